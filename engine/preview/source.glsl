#version 300 es
// The pixels of a layer, straight: from a sheet (BT.709 of limited range, alpha below) or from a still.
precision highp float;
precision highp int;

uniform sampler2D luma;
uniform sampler2D chroma;  // blue-difference above red-difference
uniform sampler2D still;
uniform bool moving;
uniform float half_height; // of a sheet: where its alpha begins, px

in vec2 texel;
out vec4 result;

vec4 source() {
  if (!moving) return texelFetch(still, ivec2(texel), 0);
  ivec2 at = ivec2(texel);
  float y = (texelFetch(luma, at, 0).r * 255.0 - 16.0) / 219.0;
  float cover = texelFetch(luma, at + ivec2(0, half_height), 0).r * 255.0;
  vec2 size = vec2(textureSize(chroma, 0));
  vec2 place = texel * 0.5 / size;
  float blue = (texture(chroma, place).r * 255.0 - 128.0) / 224.0;
  float red = (texture(chroma, place + vec2(0.0, 0.5)).r * 255.0 - 128.0) / 224.0;
  vec3 rgb = vec3(y + 1.5748 * red, y - 0.187324 * blue - 0.468124 * red, y + 1.8556 * blue);
  // the codec's noise on what is bare and on what is covered is cut off
  return vec4(clamp(rgb, 0.0, 1.0), clamp((cover - 17.5) / 216.0, 0.0, 1.0));
}

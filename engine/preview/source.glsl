#version 300 es
// The pixels of a layer, straight: from a sheet (BT.709 of limited range) or from a still.
precision highp float;
precision highp int;

uniform sampler2D cover;  // luma, alpha
uniform sampler2D chroma; // blue-difference, red-difference; half the size
uniform sampler2D still;
uniform bool moving;

in vec2 texel;
out vec4 result;

vec4 source() {
  if (!moving) return texelFetch(still, ivec2(texel), 0);
  vec2 luma_alpha = texelFetch(cover, ivec2(texel), 0).rg * 255.0;
  vec2 differences = texture(chroma, texel * 0.5 / vec2(textureSize(chroma, 0))).rg * 255.0 - 128.0;
  float y = (luma_alpha.r - 16.0) / 219.0, blue = differences.r / 224.0, red = differences.g / 224.0;
  vec3 rgb = vec3(y + 1.5748 * red, y - 0.187324 * blue - 0.468124 * red, y + 1.8556 * blue);
  // the codec's noise on what is bare and on what is covered is cut off
  return vec4(clamp(rgb, 0.0, 1.0), clamp((luma_alpha.g - 17.5) / 216.0, 0.0, 1.0));
}

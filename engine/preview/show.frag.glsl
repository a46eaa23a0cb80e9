#version 300 es
// The finished stack over the chosen ground, or the difference of two.
precision highp float;

uniform sampler2D picture;
uniform sampler2D other;
uniform int ground;      // 0 checkerboard, 1 the colour
uniform vec3 colour;
uniform float amplified; // above 0: the difference of picture and other, so many times

in vec2 texel;
out vec4 result;

void main() {
  ivec2 at = ivec2(texel);
  vec4 top = texelFetch(picture, at, 0);
  if (amplified > 0.0) {
    vec4 step_ = abs(top - texelFetch(other, at, 0));
    result = vec4(min(max(step_.rgb, vec3(step_.a)) * amplified, 1.0), 1.0);
    return;
  }
  float check = mod(floor(texel.x / 8.0) + floor(texel.y / 8.0), 2.0);
  vec3 under = ground == 0 ? vec3(mix(0.27, 0.35, check)) : colour;
  result = vec4(top.rgb + under * (1.0 - top.a), 1.0);
}

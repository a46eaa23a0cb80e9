#version 300 es
precision highp float;

uniform vec2 canvas;

out vec2 texel;

void main() {
  vec2 unit = vec2(gl_VertexID & 1, gl_VertexID >> 1);
  texel = vec2(unit.x, 1.0 - unit.y) * canvas;
  gl_Position = vec4(unit * 2.0 - 1.0, 0.0, 1.0);
}

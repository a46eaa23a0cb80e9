#version 300 es
// A layer's rectangle on the canvas. Row 0 is the top everywhere; only what is shown is turned over.
precision highp float;

uniform vec4 rect;    // x0, y0, x1, y1 on the canvas, px
uniform vec2 canvas;  // its size, px
uniform vec2 corner;  // of the layer's pixels in its texture, px

out vec2 texel;

void main() {
  vec2 unit = vec2(gl_VertexID & 1, gl_VertexID >> 1);
  vec2 place = mix(rect.xy, rect.zw, unit);
  texel = corner + unit * (rect.zw - rect.xy);
  gl_Position = vec4(place / canvas * 2.0 - 1.0, 0.0, 1.0);
}

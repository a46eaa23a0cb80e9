void main() {
  vec4 s = source();
  result = vec4(s.rgb * s.a, s.a);
}

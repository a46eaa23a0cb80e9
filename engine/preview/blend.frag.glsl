// Every blend mode of engine/blend.py, in its words and its order; b below, s above, straight colour.
uniform sampler2D below;   // the canvas as it is, premultiplied
uniform int mode;
uniform bool linear_light; // the document blends in linear light
uniform ivec2 origin;      // of the layer on the canvas: dissolve's noise is the layer's own

const float TINY = 1e-7;

vec3 quotient(vec3 upper, vec3 lower, vec3 undefined_) {
  return mix(min(upper / max(lower, TINY), 1.0), undefined_, lessThanEqual(lower, vec3(TINY)));
}

vec3 hard_light(vec3 b, vec3 s) {
  vec3 t = 2.0 * s - 1.0;
  return mix(b + t - b * t, b * 2.0 * s, lessThanEqual(s, vec3(0.5)));
}

vec3 soft_light(vec3 b, vec3 s) {
  vec3 bent = mix(sqrt(b), ((16.0 * b - 12.0) * b + 4.0) * b, lessThanEqual(b, vec3(0.25)));
  return mix(b + (2.0 * s - 1.0) * (bent - b), b - (1.0 - 2.0 * s) * b * (1.0 - b), lessThanEqual(s, vec3(0.5)));
}

float luma_of(vec3 c) { return dot(c, vec3(0.3, 0.59, 0.11)); }
float highest(vec3 c) { return max(c.r, max(c.g, c.b)); }
float lowest(vec3 c) { return min(c.r, min(c.g, c.b)); }

vec3 with_luma(vec3 c, float light) {
  c += light - luma_of(c);
  float low = lowest(c), high = highest(c);
  if (low < 0.0) c = light + (c - light) * light / max(light - low, TINY);
  if (high > 1.0) c = light + (c - light) * (1.0 - light) / max(high - light, TINY);
  return clamp(c, 0.0, 1.0);
}

float range_of(vec3 c) { return highest(c) - lowest(c); }
vec3 with_range(vec3 c, float range) { return (c - lowest(c)) / max(range_of(c), TINY) * range; }

vec3 blended(vec3 b, vec3 s) {
  vec3 one = vec3(1.0), nothing = vec3(0.0);
  bvec3 dark = lessThanEqual(s, vec3(0.5));
  switch (mode) {
    case 2: return min(b, s);                                                                    // darken
    case 3: return b * s;                                                                        // multiply
    case 4: return mix(1.0 - quotient(1.0 - b, s, one), one, greaterThanEqual(b, one));          // color-burn
    case 5: return max(b + s - 1.0, 0.0);                                                        // linear-burn
    case 6: return luma_of(s) < luma_of(b) ? s : b;                                              // darker-color
    case 7: return max(b, s);                                                                    // lighten
    case 8: return b + s - b * s;                                                                // screen
    case 9: return mix(quotient(b, 1.0 - s, one), nothing, lessThanEqual(b, nothing));           // color-dodge
    case 10: return min(b + s, 1.0);                                                             // linear-dodge
    case 11: return luma_of(s) > luma_of(b) ? s : b;                                             // lighter-color
    case 12: return hard_light(s, b);                                                            // overlay
    case 13: return soft_light(b, s);                                                            // soft-light
    case 14: return hard_light(b, s);                                                            // hard-light
    case 15: return mix(quotient(b, 2.0 * (1.0 - s), one), 1.0 - quotient(1.0 - b, 2.0 * s, one), dark); // vivid-light
    case 16: return clamp(b + 2.0 * s - 1.0, 0.0, 1.0);                                          // linear-light
    case 17: return mix(max(b, 2.0 * s - 1.0), min(b, 2.0 * s), dark);                           // pin-light
    case 18: return mix(vec3(greaterThan(b + s, one)), vec3(greaterThan(b, vec3(0.5))), equal(b + s, one)); // hard-mix
    case 19: return abs(b - s);                                                                  // difference
    case 20: return b + s - 2.0 * b * s;                                                         // exclusion
    case 21: return max(b - s, 0.0);                                                             // subtract
    case 22: return quotient(b, s, vec3(greaterThan(b, nothing)));                               // divide
    case 23: return with_luma(with_range(s, range_of(b)), luma_of(b));                           // hue
    case 24: return with_luma(with_range(b, range_of(s)), luma_of(b));                           // saturation
    case 25: return with_luma(s, luma_of(b));                                                    // color
    case 26: return with_luma(b, luma_of(s));                                                    // luminosity
    default: return s;                                                                           // normal, dissolve
  }
}

/* On or off, by the noise of engine/blend.py; here on proxy px, so its grain is coarser than in the files. */
float dissolved(float cover, ivec2 at) {
  uint mixed = uint(at.x) * 374761393u + uint(at.y) * 668265263u;
  mixed = (mixed ^ (mixed >> 13)) * 1274126177u;
  return cover > float((mixed ^ (mixed >> 16)) & 0xFFFFu) / 65536.0 ? 1.0 : 0.0;
}

vec3 to_light(vec3 c) { return mix(pow((c + 0.055) / 1.055, vec3(2.4)), c / 12.92, lessThanEqual(c, vec3(0.04045))); }
vec3 to_code(vec3 c) { return mix(1.055 * pow(c, vec3(1.0 / 2.4)) - 0.055, c * 12.92, lessThanEqual(c, vec3(0.0031308))); }

void main() {
  vec4 under = texelFetch(below, ivec2(gl_FragCoord.xy), 0);
  vec4 s = source();
  vec3 b = clamp(under.rgb / max(under.a, TINY), 0.0, 1.0);
  if (mode == 1) s.a = dissolved(s.a, ivec2(gl_FragCoord.xy) - origin);
  if (linear_light) { b = to_light(b); s.rgb = to_light(s.rgb); }
  vec3 rgb = s.rgb * s.a * (1.0 - under.a) + b * under.a * (1.0 - s.a) + s.a * under.a * blended(b, s.rgb);
  float a = s.a + under.a * (1.0 - s.a);
  if (linear_light) rgb = to_code(clamp(rgb / max(a, TINY), 0.0, 1.0)) * a;
  result = vec4(rgb, a);
}

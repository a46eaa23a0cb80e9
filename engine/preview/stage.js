// The stage: layers blended in WebGL on a canvas of proxy pixels.

/** In the order of the cases in blend.frag.glsl. */
const MODES = [
  "normal", "dissolve", "darken", "multiply", "color-burn", "linear-burn", "darker-color", "lighten", "screen",
  "color-dodge", "linear-dodge", "lighter-color", "overlay", "soft-light", "hard-light", "vivid-light", "linear-light",
  "pin-light", "hard-mix", "difference", "exclusion", "subtract", "divide", "hue", "saturation", "color", "luminosity",
];

class Program {
  /**
   * @param {WebGL2RenderingContext} gl
   * @param {string} vertex
   * @param {string} fragment
   */
  constructor(gl, vertex, fragment) {
    this.gl = gl;
    this.program = gl.createProgram();
    for (const [type, text] of [[gl.VERTEX_SHADER, vertex], [gl.FRAGMENT_SHADER, fragment]]) {
      const shader = gl.createShader(type);
      gl.shaderSource(shader, text);
      gl.compileShader(shader);
      gl.attachShader(this.program, shader);
    }
    gl.linkProgram(this.program);
    if (!gl.getProgramParameter(this.program, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(this.program));
    /** @type {Record<string, WebGLUniformLocation>} */
    this.at = {};
    for (let i = 0; i < gl.getProgramParameter(this.program, gl.ACTIVE_UNIFORMS); i++) {
      const { name } = gl.getActiveUniform(this.program, i);
      this.at[name] = gl.getUniformLocation(this.program, name);
    }
  }
}

class Target {
  /** A picture that can be drawn into. @param {WebGL2RenderingContext} gl @param {number[]} size */
  constructor(gl, [width, height]) {
    this.texture = newTexture(gl, gl.NEAREST);
    gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA8, width, height);
    this.frame = gl.createFramebuffer();
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.frame);
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, this.texture, 0);
  }
}

/** @param {WebGL2RenderingContext} gl @param {number} filter */
function newTexture(gl, filter) {
  const texture = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, texture);
  for (const name of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(gl.TEXTURE_2D, name, filter);
  for (const name of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T]) gl.texParameteri(gl.TEXTURE_2D, name, gl.CLAMP_TO_EDGE);
  return texture;
}

/** What a layer covers at a frame, proxy px. @param {Place} place @param {number} frame */
function covered({ shown, crop }, frame) {
  const turn = shown.findLast(([from]) => from <= frame);
  return turn ? turn.slice(1) : crop;
}

class Stage {
  /**
   * Throws where the browser has no WebGL 2.
   * @param {HTMLCanvasElement} canvas
   * @param {number[]} size  proxy px
   */
  constructor(canvas, size) {
    const gl = canvas.getContext("webgl2", { alpha: false, antialias: false, depth: false });
    if (!gl) throw new Error("this browser has no WebGL 2");
    this.gl = gl;
    this.canvas = canvas;
    this.size = size;
    const text = (/** @type {string} */ id) => element(id).textContent.trimStart();
    const vertex = text("layer.vert.glsl");
    this.normal = new Program(gl, vertex, text("source.glsl") + text("normal.frag.glsl"));
    this.blend = new Program(gl, vertex, text("source.glsl") + text("blend.frag.glsl"));
    this.over = new Program(gl, text("show.vert.glsl"), text("show.frag.glsl"));
    [this.stack, this.floor, this.first, this.last] = [0, 1, 2, 3].map(() => new Target(gl, size));
    this.below = newTexture(gl, gl.NEAREST);
    gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA8, ...size);
    this.floorKey = ""; // what the floor was drawn of
    /** @type {{cover: WebGLTexture, chroma: WebGLTexture, size: number[], shown: number}[]} */
    this.sheets = [];
    /** @type {Map<string, WebGLTexture>} */
    this.stills = new Map();
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    gl.disable(gl.DITHER);
  }

  /** @param {SheetFacts} facts */
  addSheet({ size: [width, height] }) {
    const { gl } = this;
    const cover = newTexture(gl, gl.NEAREST);
    gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RG8, width, height / 2);
    const chroma = newTexture(gl, gl.LINEAR);
    gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RG8, width / 2, height / 4);
    this.sheets.push({ cover, chroma, size: [width, height / 2], shown: -1 });
  }

  /** @param {string} name @param {ImageBitmap} bitmap */
  addStill(name, bitmap) {
    const { gl } = this;
    const texture = newTexture(gl, gl.NEAREST);
    gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, false);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, gl.RGBA, gl.UNSIGNED_BYTE, bitmap);
    this.stills.set(name, texture);
  }

  /** A decoded frame of a sheet. @param {number} number @param {number} frame @param {Pixels} pixels */
  upload(number, frame, { cover, chroma }) {
    const { gl } = this;
    const sheet = this.sheets[number];
    if (sheet.shown === frame) return;
    const [width, height] = sheet.size;
    for (const [texture, shrink, values] of [[sheet.cover, 1, cover], [sheet.chroma, 2, chroma]]) {
      gl.bindTexture(gl.TEXTURE_2D, texture);
      const bytes = new Uint8Array(values.buffer);
      gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, width / shrink, height / shrink, gl.RG, gl.UNSIGNED_BYTE, bytes);
    }
    sheet.shown = frame;
  }

  /**
   * Blend layers, bottom to top, into the stack. Those at the bottom that never change are kept as the floor.
   * @param {{place: Place, blend: string}[]} layers
   * @param {number} frame
   * @param {?number[]} background  straight RGBA, 0..1
   */
  compose(layers, frame, background) {
    const { gl } = this;
    const moving = layers.findIndex((layer) => layer.place.sheet !== null);
    const rest = moving < 0 ? layers.length : moving;
    const key = JSON.stringify([background, layers.slice(0, rest).map((layer) => layer.place.still)]);
    gl.viewport(0, 0, ...this.size);
    if (key !== this.floorKey) {
      this.#clear(this.floor, background);
      for (const layer of layers.slice(0, rest)) this.#lay(layer, frame);
      this.floorKey = key;
    }
    this.#copy(this.floor, this.stack);
    for (const layer of layers.slice(rest)) this.#lay(layer, frame);
  }

  /** @param {Target} target @param {?number[]} background */
  #clear(target, background) {
    const { gl } = this;
    const [red, green, blue, alpha] = background ?? [0, 0, 0, 0];
    gl.bindFramebuffer(gl.FRAMEBUFFER, target.frame);
    gl.clearColor(red * alpha, green * alpha, blue * alpha, alpha);
    gl.clear(gl.COLOR_BUFFER_BIT);
  }

  /** Leaves `to` bound. @param {Target} from @param {Target} to */
  #copy(from, to) {
    const { gl } = this;
    gl.bindFramebuffer(gl.READ_FRAMEBUFFER, from.frame);
    gl.bindFramebuffer(gl.DRAW_FRAMEBUFFER, to.frame);
    gl.blitFramebuffer(0, 0, ...this.size, 0, 0, ...this.size, gl.COLOR_BUFFER_BIT, gl.NEAREST);
    gl.bindFramebuffer(gl.FRAMEBUFFER, to.frame);
  }

  /** @param {{place: Place, blend: string}} layer @param {number} frame */
  #lay({ place, blend }, frame) {
    const { gl } = this;
    const [x0, y0, x1, y1] = covered(place, frame);
    if (x0 >= x1 || y0 >= y1) return;
    const plain = blend === "normal" && !FILM.linear;
    const { program, at } = plain ? this.normal : this.blend;
    gl.useProgram(program);
    this.#pixels(place, at, x0 - place.crop[0], y0 - place.crop[1]);
    gl.uniform4f(at.rect, x0, y0, x1, y1);
    gl.uniform2f(at.canvas, ...this.size);
    if (plain) {
      gl.enable(gl.BLEND);
      gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    } else {
      this.#look(x0, y0, Math.min(x1, this.size[0]), Math.min(y1, this.size[1]));
      gl.uniform1i(at.below, 3);
      gl.uniform1i(at.mode, MODES.indexOf(blend));
      gl.uniform1i(at.linear_light, FILM.linear ? 1 : 0);
      gl.uniform2i(at.origin, place.crop[0], place.crop[1]);
    }
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
    gl.disable(gl.BLEND);
  }

  /**
   * Bind what a layer's pixels come from.
   * @param {Place} place
   * @param {Record<string, WebGLUniformLocation>} at
   * @param {number} x @param {number} y  where in its crop
   */
  #pixels(place, at, x, y) {
    const { gl } = this;
    const sheet = place.sheet === null ? null : this.sheets[place.sheet];
    const textures = [sheet?.cover ?? null, sheet?.chroma ?? null, this.stills.get(place.still) ?? null];
    textures.forEach((texture, unit) => {
      gl.activeTexture(gl.TEXTURE0 + unit);
      gl.bindTexture(gl.TEXTURE_2D, texture ?? this.below);
    });
    gl.activeTexture(gl.TEXTURE0);
    gl.uniform1i(at.cover, 0);
    gl.uniform1i(at.chroma, 1);
    gl.uniform1i(at.still, 2);
    gl.uniform1i(at.moving, sheet ? 1 : 0);
    gl.uniform2f(at.corner, place.at[0] + x, place.at[1] + y);
  }

  /** Keep what lies below, for a blend mode to look at. */
  #look(x0, y0, x1, y1) {
    const { gl } = this;
    gl.activeTexture(gl.TEXTURE3);
    gl.bindTexture(gl.TEXTURE_2D, this.below);
    gl.copyTexSubImage2D(gl.TEXTURE_2D, 0, x0, y0, x0, y0, x1 - x0, y1 - y0);
    gl.activeTexture(gl.TEXTURE0);
  }

  /** Keep the stack as the first or the last frame, for the seam. @param {Target} target */
  keep(target) {
    this.#copy(this.stack, target);
  }

  /**
   * Show pictures side by side on the canvas.
   * @param {{picture: Target, other?: Target, amplified?: number}[]} views
   * @param {?number[]} colour  RGB 0..1 of the ground; null: a checkerboard
   * @param {boolean} upright  one below the other
   */
  show(views, colour, upright) {
    const { gl, canvas, size: [width, height] } = this;
    const across = upright ? 1 : views.length;
    const down = upright ? views.length : 1;
    if (canvas.width !== across * width || canvas.height !== down * height) {
      [canvas.width, canvas.height] = [across * width, down * height];
    }
    const { program, at } = this.over;
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.useProgram(program);
    views.forEach(({ picture, other = picture, amplified = 0 }, index) => {
      gl.viewport(upright ? 0 : index * width, upright ? (down - 1 - index) * height : 0, width, height);
      gl.bindTexture(gl.TEXTURE_2D, picture.texture);
      gl.activeTexture(gl.TEXTURE1);
      gl.bindTexture(gl.TEXTURE_2D, other.texture);
      gl.activeTexture(gl.TEXTURE0);
      gl.uniform1i(at.picture, 0);
      gl.uniform1i(at.other, 1);
      gl.uniform2f(at.canvas, width, height);
      gl.uniform1i(at.ground, colour ? 1 : 0);
      gl.uniform3f(at.colour, ...(colour ?? [0, 0, 0]));
      gl.uniform1f(at.amplified, amplified);
      gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
    });
  }

  /** Premultiplied RGBA bytes of a picture, rows from the top. @param {Target} target */
  pixels(target) {
    const { gl, size: [width, height] } = this;
    const bytes = new Uint8Array(4 * width * height);
    gl.bindFramebuffer(gl.FRAMEBUFFER, target.frame);
    gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, bytes);
    return bytes;
  }
}

// The film: which layers are seen, the frames they need, and the stage they are put on.

class Film {
  /** Throws where the browser cannot play it. @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    if (!("VideoDecoder" in window)) throw new Error("this browser has no WebCodecs, or not for this page");
    this.stage = new Stage(canvas, FILM.small);
    this.count = FILM.frames;
    /** @type {Set<string>} */
    this.solo = new Set();
    /** @type {Set<string>} */
    this.mute = new Set();
    this.exported = FILM.composite !== null; // show the composite as it was exported
    this.onframe = () => {};
    this.onfailure = (/** @type {string} */ _why) => {};
    /** @type {{frame: number, done: () => void}[]} */
    this.awaited = [];
    const room = KEPT_BYTES / Math.max(1, DATA.sheets.length);
    this.sheets = DATA.sheets.map((facts, number) => {
      this.stage.addSheet(facts);
      return new Sheet(facts, embedded(`sheet-${number}`), room, () => this.#came());
    });
  }

  /** Tell of a decoder that has given up. */
  check() {
    const broken = this.sheets.find((sheet) => sheet.failure);
    if (broken) this.onfailure(broken.failure);
  }

  #came() {
    this.check();
    this.awaited = this.awaited.filter(({ frame, done }) => !this.want(frame, false) || done());
    this.onframe();
  }

  /** Wait until everything for a frame is there. @param {number} frame @returns {Promise<void>} */
  reach(frame) {
    return new Promise((done) => {
      if (this.want(frame, false)) done();
      else this.awaited.push({ frame, done });
    });
  }

  /** Load the stills. */
  async load() {
    const names = FILM.layers.map((layer) => layer.place.still).filter((name) => name);
    const options = { premultiplyAlpha: "none", colorSpaceConversion: "none" };
    await Promise.all(names.map(async (name) => {
      const bitmap = await createImageBitmap(new Blob([embedded(`still-${name}`)], { type: "image/webp" }), options);
      this.stage.addStill(name, bitmap);
    }));
  }

  /** @param {{id: string}} layer */
  seen(layer) {
    return this.solo.size ? this.solo.has(layer.id) : !this.mute.has(layer.id);
  }

  /** The composite stands in while nothing is taken out of it. */
  get asExported() {
    return this.exported && FILM.composite !== null && !this.solo.size && FILM.layers.every((each) => this.seen(each));
  }

  /** What is put on the stage, bottom to top. */
  get stack() {
    if (this.asExported) return [{ place: FILM.composite, blend: "normal" }];
    return FILM.layers.filter((layer) => this.seen(layer));
  }

  /** The sheets that the stack needs. */
  get needed() {
    return new Set(this.stack.map((layer) => layer.place.sheet).filter((number) => number !== null));
  }

  /** Decode towards a frame. Says whether everything for it is there. @param {number} frame @param {boolean} round */
  want(frame, round) {
    let ready = true;
    for (const number of this.needed) {
      this.sheets[number].want(frame, round);
      ready &&= this.sheets[number].ready.has(frame);
    }
    return ready;
  }

  /** Blend a frame that is there. @param {number} frame @param {?number[]} background */
  compose(frame, background) {
    for (const number of this.needed) this.stage.upload(number, frame, this.sheets[number].ready.get(frame));
    this.stage.compose(this.stack, frame, this.asExported ? null : background);
  }
}

// Time: playing, scrubbing, stepping; and what was shown too late.

class Player {
  /** @param {Film} film @param {() => void} draw  shows this.frame */
  constructor(film, draw) {
    this.film = film;
    this.draw = draw;
    this.frame = 0;
    this.playing = false;
    /** @type {?number} when frame 0 was due, ms */
    this.began = null;
    this.loop = true;
    this.speed = 1;
    this.dropped = 0; // frames that were due and not shown, since play began
    this.shown = -1;
    this.opened = 0; // ms from the page's beginning to its first picture
    this.stale = true; // the picture has to be drawn again
    this.away = false; // the stage shows something else
    this.onchange = () => {}; // playing began or ended, or time moved while it did not play
    this.request = 0; // of the browser's next picture, while it plays
    film.onframe = () => this.#settle();
    document.addEventListener("visibilitychange", () => this.#goOn()); // nothing is shown, or late, in a hidden page
  }

  /** @param {boolean} on */
  play(on) {
    if (on === this.playing || (on && this.film.count < 2)) return;
    if (on && !this.loop && this.frame === this.film.count - 1) this.frame = 0;
    this.playing = on;
    this.began = null; // the clock starts when the first frames are there
    this.dropped = 0;
    cancelAnimationFrame(this.request);
    if (on) this.request = requestAnimationFrame((now) => this.#tick(now));
    this.onchange();
  }

  /** Time goes on from the present frame. */
  #goOn() {
    this.began = null;
  }

  /** @param {number} frame */
  seek(frame) {
    this.frame = Math.max(0, Math.min(this.film.count - 1, Math.round(frame)));
    this.#goOn();
    this.stale = true;
    this.#settle();
    this.onchange();
  }

  /** @param {number} frames */
  step(frames) {
    this.play(false);
    const { count } = this.film;
    this.seek(this.loop ? (((this.frame + frames) % count) + count) % count : this.frame + frames);
  }

  /** @param {number} speed */
  setSpeed(speed) {
    this.speed = speed;
    this.#goOn();
    this.onchange();
  }

  /** @param {boolean} loop */
  setLoop(loop) {
    this.loop = loop;
    this.#goOn(); // the clock counts the rounds, and the last one is to be played to its end
    this.onchange();
  }

  /** Draw again: what is seen has changed. */
  refresh() {
    this.stale = true;
    this.#settle();
  }

  /** While time stands still: show the present frame as soon as it is there. */
  #settle() {
    const runs = this.playing && this.began !== null; // then the clock says what is shown
    if (this.away || runs || !this.stale || !this.film.want(this.frame, this.loop)) return;
    this.stale = false;
    this.shown = this.frame;
    this.draw();
    this.opened ||= performance.now();
  }

  /** @param {number} now  ms */
  #tick(now) {
    this.request = requestAnimationFrame((later) => this.#tick(later));
    if (this.away) return;
    if (this.began === null) {
      if (!this.film.want(this.frame, this.loop)) return;
      this.began = now - (this.frame * 1000) / (FPS * this.speed);
    }
    const due = Math.floor(((now - this.began) * FPS * this.speed) / 1000 + 1e-3);
    this.#show(due);
  }

  /** @param {number} due  frames since the first, however often round */
  #show(due) {
    const { count } = this.film;
    if (!this.loop && due >= count) {
      this.seek(count - 1);
      this.play(false);
      return;
    }
    const frame = due % count;
    if (frame === this.shown && !this.stale) return;
    if (!this.film.want(frame, this.loop)) return;
    const skipped = (frame - this.shown - 1 + count) % count;
    if (this.speed <= 1 && !this.stale) this.dropped += skipped;
    this.frame = this.shown = frame;
    this.stale = false;
    this.draw();
  }
}

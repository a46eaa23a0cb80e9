// Sheets: movies that hold several layers, decoded frame by frame. Any frame can be asked for; those that follow are
// decoded ahead, and what was decoded stays while there is room.

const AHEAD = 8; // frames decoded before they are due
const KEPT_BYTES = 192e6; // of all sheets together

class Sheet {
  /**
   * @param {SheetFacts} facts
   * @param {Uint8Array} bytes  all chunks, one behind the other
   * @param {number} room  bytes it may keep
   * @param {() => void} tell  called when a frame has come
   */
  constructor(facts, bytes, room, tell) {
    [this.width, this.height] = facts.size;
    this.keys = facts.keys;
    this.ends = facts.chunks.map(((end) => (size) => (end += size))(0));
    this.bytes = bytes;
    this.tell = tell;
    this.frameBytes = (this.width * this.height * 3) / 2;
    this.most = Math.max(2 * AHEAD, Math.floor(room / this.frameBytes));
    /** @type {Map<number, Uint8Array>} frames at hand: luma, then both chromas */
    this.ready = new Map();
    /** @type {Uint8Array[]} buffers to be used again */
    this.spare = [];
    this.next = -1; // the frame that the decoder is given next
    this.pending = new Set(); // given, and not come back
    this.failure = "";
    this.turn = 0;
    this.#open();
  }

  get count() {
    return this.ends.length;
  }

  #open() {
    const turn = (this.turn += 1);
    this.decoder = new VideoDecoder({
      output: (frame) => this.#take(frame, turn),
      error: (error) => {
        this.failure = error.message;
        this.tell();
      },
    });
    this.decoder.configure({
      codec: "vp8", codedWidth: this.width, codedHeight: this.height,
      hardwareAcceleration: "prefer-software", optimizeForLatency: true,
    });
  }

  /**
   * Keep the pixels of a decoded frame.
   * @param {VideoFrame} frame
   * @param {number} turn  of the decoder that gives it
   */
  async #take(frame, turn) {
    const index = frame.timestamp;
    const buffer = this.spare.pop() ?? new Uint8Array(this.frameBytes);
    try {
      if (frame.format !== "I420") throw new Error(`decoded frames are ${frame.format}, not I420`);
      const chroma = this.width * this.height;
      await frame.copyTo(buffer, { layout: [
        { offset: 0, stride: this.width },
        { offset: chroma, stride: this.width / 2 },
        { offset: chroma * 1.25, stride: this.width / 2 },
      ] });
      if (this.ready.has(index)) this.spare.push(buffer);
      else this.ready.set(index, buffer);
    } catch (error) {
      this.failure = String(error.message ?? error);
    }
    frame.close();
    if (turn === this.turn) this.pending.delete(index);
    this.tell();
  }

  /**
   * Decode a frame and those that follow it, as far as they are not at hand.
   * @param {number} frame
   * @param {boolean} round  the first follows the last
   */
  want(frame, round) {
    if (this.failure) return;
    const wanted = [];
    for (let i = 0; i < Math.min(AHEAD, this.count); i++) {
      const index = frame + i;
      if (index < this.count || round) wanted.push(index % this.count);
    }
    this.#forget(wanted);
    if (this.pending.size && !wanted.some((index) => this.pending.has(index))) this.#restart();
    for (const index of wanted) {
      if (!this.ready.has(index) && !this.pending.has(index)) this.#decode(index);
      if (this.pending.size > AHEAD + 1) break;
    }
  }

  /** @param {number} index */
  #decode(index) {
    const key = this.keys.findLast((each) => each <= index) ?? 0;
    if (this.next < key || this.next > index) this.next = key;
    for (; this.next <= index; this.next++) {
      const start = this.next ? this.ends[this.next - 1] : 0;
      this.pending.add(this.next);
      this.decoder.decode(new EncodedVideoChunk({
        type: this.next === key ? "key" : "delta", timestamp: this.next,
        data: this.bytes.subarray(start, this.ends[this.next]),
      }));
    }
  }

  /** Drop what the decoder is busy with: somebody jumped elsewhere. */
  #restart() {
    this.decoder.close();
    this.pending.clear();
    this.next = -1;
    this.#open();
  }

  /** Give back what is over and not wanted, the oldest first. @param {number[]} wanted */
  #forget(wanted) {
    for (const [index, buffer] of this.ready) {
      if (this.ready.size <= this.most) break;
      if (wanted.includes(index)) continue;
      this.ready.delete(index);
      if (this.spare.length < AHEAD) this.spare.push(buffer);
    }
  }
}

// Sheets: movies that hold several layers, decoded frame by frame. Any frame can be asked for; those that follow are
// decoded ahead, and what was decoded stays while there is room.

/** A frame as the stage takes it: luma and alpha side by side, and both chromas. @typedef {{cover: Uint16Array, chroma: Uint16Array}} Pixels */

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
    this.area = (this.width * this.height) / 2; // of the colour
    this.most = Math.max(2 * AHEAD, Math.floor(room / (2.5 * this.area)));
    /** @type {Map<number, Pixels>} frames at hand */
    this.ready = new Map();
    /** @type {Pixels[]} buffers to be used again */
    this.spare = [];
    /** @type {Uint8Array[]} of frames that are being copied */
    this.copies = [];
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
      codec: "vp09.00.41.08", codedWidth: this.width, codedHeight: this.height,
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
    const copy = this.copies.pop() ?? new Uint8Array(3 * this.area);
    try {
      if (frame.format !== "I420") throw new Error(`decoded frames are ${frame.format}, not I420`);
      const stride = this.width / 2;
      await frame.copyTo(copy, { layout: [
        { offset: 0, stride: this.width }, { offset: 2 * this.area, stride }, { offset: 2.5 * this.area, stride },
      ] });
      if (!this.ready.has(index)) this.ready.set(index, this.#paired(copy));
    } catch (error) {
      this.failure = String(error.message ?? error);
    }
    frame.close();
    this.copies.push(copy);
    if (turn === this.turn) this.pending.delete(index);
    this.tell();
  }

  /** Two values a texel: the stage then reads two texels a pixel, not four. @param {Uint8Array} planes @returns {Pixels} */
  #paired(planes) {
    const { area } = this;
    const pixels = this.spare.pop() ?? { cover: new Uint16Array(area), chroma: new Uint16Array(area / 4) };
    pair(pixels.cover, planes, 0, area);
    pair(pixels.chroma, planes, 2 * area, 2.5 * area);
    return pixels;
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
    if (this.pending.size && !this.#leadsTo(wanted)) this.#restart();
    for (const index of wanted) {
      if (!this.ready.has(index) && !this.pending.has(index)) this.#decode(index);
      if (this.pending.size > AHEAD + 1) break;
    }
  }

  /** What the decoder is busy with is wanted, or on the way. @param {number[]} wanted */
  #leadsTo(wanted) {
    const onTheWay = this.next > this.#keyBefore(wanted[0]) && this.next <= wanted[0];
    return onTheWay || wanted.some((index) => this.pending.has(index));
  }

  /** @param {number} index */
  #keyBefore(index) {
    return this.keys.findLast((each) => each <= index) ?? 0;
  }

  /** @param {number} index */
  #decode(index) {
    const key = this.#keyBefore(index);
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
    for (const [index, pixels] of this.ready) {
      if (this.ready.size <= this.most) break;
      if (wanted.includes(index)) continue;
      this.ready.delete(index);
      if (this.spare.length < AHEAD) this.spare.push(pixels);
    }
  }
}

/** @param {Uint16Array} pairs @param {Uint8Array} bytes @param {number} low @param {number} high  where they start */
function pair(pairs, bytes, low, high) {
  for (let i = 0; i < pairs.length; i++) pairs[i] = bytes[low + i] | (bytes[high + i] << 8);
}

// The timeline: a row a layer, front first, with its parts in time, and the ruler above.

const SECONDS = FILM.frames / FPS;

/** @param {number} seconds */
const share = (seconds) => `${(100 * Math.max(0, Math.min(1, seconds / SECONDS))).toFixed(3)}%`;

class Timeline {
  /**
   * @param {Player} player
   * @param {(id: string) => void} select
   * @param {(kind: "solo" | "mute", id: string) => void} toggle
   */
  constructor(player, select, toggle) {
    this.player = player;
    this.rows = new Map();
    const list = element("rows");
    for (const layer of [...FILM.layers].reverse()) {
      const row = this.#row(layer, select, toggle);
      this.rows.set(layer.id, row);
      list.append(row.item);
    }
    this.#ruler();
    this.#scrub(element("lanes"));
  }

  /** @param {LayerFacts} layer */
  #row(layer, select, toggle) {
    const switches = [["solo", "S", "Solo"], ["mute", "M", "Mute"]].map(([kind, letter, word]) => {
      const label = `${word} ${layer.path}`;
      const button = make("button", { type: "button", class: kind, "aria-pressed": "false", "aria-label": label, title: label }, [letter]);
      button.addEventListener("click", () => toggle(kind, layer.id));
      return button;
    });
    const name = make("button", { type: "button", class: "name", title: layer.path }, [
      make("bdi", {}, [layer.name || "(no name)"]),
    ]);
    name.addEventListener("click", () => select(layer.id));
    const lane = make("div", { class: "lane", "aria-hidden": "true" }, bars(layer));
    const parts = layer.motions.filter(({ slot }) => !["in", "out"].includes(slot)).length;
    const item = make("li", {}, [make("div", { class: "head" }, [...switches, name]), lane]);
    item.style.setProperty("--rows", String(Math.max(1, parts)));
    return { item, name, solo: switches[0], mute: switches[1] };
  }

  #ruler() {
    const ruler = element("ruler");
    const step = [0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300].find((each) => SECONDS / each <= 10) ?? 600;
    for (let second = 0; second < SECONDS - step / 4; second += step) {
      const tick = make("span", {}, [`${+second.toFixed(2)} s`]);
      tick.style.left = share(second);
      ruler.append(tick);
    }
  }

  /** Press and drag anywhere beside the bars. @param {HTMLElement} lanes */
  #scrub(lanes) {
    const seek = (/** @type {PointerEvent} */ event) => {
      const box = element("ruler").getBoundingClientRect();
      this.player.play(false);
      this.player.seek(((event.clientX - box.left) / box.width) * FILM.frames - 0.5);
    };
    lanes.addEventListener("pointerdown", (event) => {
      if (event.button || !(event.target instanceof Element) || event.target.closest("button")) return;
      if (event.clientX < element("ruler").getBoundingClientRect().left) return;
      lanes.setPointerCapture(event.pointerId);
      seek(event);
    });
    lanes.addEventListener("pointermove", (event) => lanes.hasPointerCapture(event.pointerId) && seek(event));
  }

  /** @param {number} frame */
  at(frame) {
    element("needle").style.setProperty("--at", String((frame + 0.5) / FILM.frames));
  }

  /** @param {Film} film @param {string} selected */
  mark(film, selected) {
    for (const layer of FILM.layers) {
      const row = this.rows.get(layer.id);
      row.solo.setAttribute("aria-pressed", String(film.solo.has(layer.id)));
      row.mute.setAttribute("aria-pressed", String(film.mute.has(layer.id)));
      row.item.classList.toggle("unseen", !film.seen(layer));
      row.name.setAttribute("aria-current", String(layer.id === selected));
      row.item.classList.toggle("selected", layer.id === selected);
    }
  }
}

/** The parts of a layer, as bars. @param {LayerFacts} layer */
function bars(layer) {
  const [from, to] = layer.frames.map((frame) => frame / FPS);
  const moves = layer.motions.length > 0 || layer.rides;
  const whole = bar(moves ? "life" : "life holds", from, to, moves ? "" : "holds");
  if (layer.rides) whole.append(`with ${layer.rides}`);
  const inner = (slot) => layer.motions.filter((motion) => motion.slot === slot);
  const starts = inner("in").map((motion) => motion.start + motion.duration);
  const ends = inner("out").map((motion) => motion.start);
  const span = [Math.max(from, ...starts), Math.min(to, ...ends)];
  const found = [whole];
  const middle = layer.motions.filter((motion) => !["in", "out"].includes(motion.slot));
  middle.forEach((motion, index) => {
    const [start, end] = motion.slot === "loop" ? span : [motion.start, motion.start + motion.duration];
    const piece = bar(motion.slot, start, end, motion.name);
    piece.style.setProperty("--row", String(index));
    const hidden = Math.max(start, ...starts.filter((each) => each < end)) - start; // under its entrance
    if (hidden > 0) piece.style.paddingLeft = share(hidden);
    if (motion.slot === "loop") rounds(piece, motion, end - start);
    found.push(piece);
  });
  for (const motion of [...inner("in"), ...inner("out")]) {
    found.push(bar(motion.slot, motion.start, motion.start + motion.duration, motion.name));
  }
  return found;
}

/** A mark wherever a loop begins anew. @param {HTMLElement} piece @param {Motion} motion @param {number} length */
function rounds(piece, motion, length) {
  piece.title += `, ${motion.duration.toFixed(2)} s a round`;
  if (length / motion.duration > 60) return;
  for (let at = motion.duration; at < length - 0.01; at += motion.duration) {
    const tick = make("i");
    tick.style.left = `${(100 * at) / length}%`;
    piece.append(tick);
  }
}

/** @param {string} kind @param {number} start @param {number} end @param {string} text */
function bar(kind, start, end, text) {
  const title = `${kind}: ${text}, ${start.toFixed(2)} s to ${end.toFixed(2)} s`;
  const piece = make("div", { class: `bar ${kind}`, title }, [make("span", {}, [text])]);
  piece.style.left = share(start);
  piece.style.width = `calc(${share(end)} - ${share(start)})`;
  return piece;
}

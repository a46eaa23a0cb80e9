// The page put together: film, player, timeline, panel and the controls around them.

const GROUNDS = { checker: null, black: [0, 0, 0], white: [1, 1, 1], colour: null, canvas: null };
const SPEEDS = [0.1, 0.25, 0.5, 1, 2, 4];

class Page {
  /** @param {Film} film */
  constructor(film) {
    this.film = film;
    this.selected = "";
    this.ground = FILM.background ? "canvas" : "checker";
    this.seam = false;
    this.regions = false;
    this.restored = false;
    this.player = new Player(film, () => this.#draw());
    this.player.onchange = () => this.#changed();
    film.onfailure = (why) => {
      this.player.play(false);
      this.player.away = true;
      fallBack(`frames cannot be decoded (${why})`);
    };
    this.timeline = new Timeline(this.player, (id) => this.select(id), (kind, id) => this.toggle(kind, id));
    this.#controls();
    listenToKeys(this.#actions());
    outlines();
    document.body.classList.toggle("has-ground", FILM.background !== null);
    document.body.classList.toggle("has-composite", FILM.composite !== null);
    new ResizeObserver(() => this.#fit()).observe(element("view"));
    this.select("");
    this.#changed();
  }

  get background() {
    return this.ground === "canvas" ? FILM.background : null;
  }

  get colour() {
    if (this.ground !== "colour") return GROUNDS[this.ground];
    const code = /** @type {HTMLInputElement} */ (element("colour")).value;
    return [1, 3, 5].map((at) => parseInt(code.slice(at, at + 2), 16) / 255);
  }

  #draw() {
    const { film, player } = this;
    film.compose(player.frame, this.background);
    film.stage.show([{ picture: film.stage.stack }], this.colour, false);
    this.#time();
  }

  #time() {
    const { frame } = this.player;
    const text = `${timeOf(frame)}, frame ${frame}`;
    element("time").textContent = timeOf(frame);
    element("frame").textContent = `${frame} / ${FILM.frames - 1}`;
    const scrub = /** @type {HTMLInputElement} */ (element("scrub"));
    scrub.value = String(frame);
    scrub.setAttribute("aria-valuetext", text);
    this.timeline.at(frame);
    const { dropped, playing } = this.player;
    element("dropped").textContent = playing && dropped ? `${dropped} frames dropped` : "";
  }

  /** Something beside the picture has changed. */
  #changed() {
    const { player, film } = this;
    element("play").setAttribute("aria-pressed", String(player.playing));
    element("play").setAttribute("aria-label", player.playing ? "Pause" : "Play");
    element("loop").setAttribute("aria-pressed", String(player.loop));
    /** @type {HTMLSelectElement} */ (element("speed")).value = String(player.speed);
    this.timeline.mark(film, this.selected);
    for (const input of document.querySelectorAll("input[name=ground]")) input.checked = input.value === this.ground;
    for (const [id, on] of [["regions", this.regions], ["seam", this.seam], ["exported", film.asExported]]) {
      element(id).setAttribute("aria-pressed", String(on));
    }
    element("outlines").toggleAttribute("hidden", !this.regions || this.seam);
    element("view").classList.toggle("seam", this.seam);
    element("stacking").textContent = element("stacking").title = stacking(film);
    if (!player.playing) element("said").textContent = `${timeOf(player.frame)}, frame ${player.frame}`;
    this.#time();
    if (DATA.live && this.restored) keepState(this);
  }

  /** Solo, mute, background: draw what is seen now. */
  #redraw() {
    this.#changed();
    if (this.seam) this.#showSeam();
    else this.player.refresh();
  }

  /** @param {string} id */
  select(id) {
    this.selected = id;
    showPanel(id);
    this.timeline.rows.get(id)?.item.scrollIntoView({ block: "nearest" });
    for (const box of document.querySelectorAll("#outlines rect")) box.classList.toggle("selected", box.dataset.id === id);
    this.#changed();
  }

  /** @param {"solo" | "mute"} kind @param {string} id */
  toggle(kind, id) {
    const set = this.film[kind];
    if (!set.delete(id)) set.add(id);
    this.#redraw();
  }

  /** @param {string} ground */
  setGround(ground) {
    this.ground = ground;
    this.#redraw();
  }

  /** @param {boolean} on */
  setSeam(on) {
    this.seam = this.player.away = on;
    if (on) this.player.play(false);
    this.#redraw();
    this.#fit();
  }

  async #showSeam() {
    const { stage } = this.film;
    if (!(await drawSeam(this.film, this.background, () => this.seam))) return;
    stage.show(seamViews(stage), this.colour, this.upright);
    this.#fit();
  }

  /** Pictures of the seam stand one below the other where there is more room that way. */
  get upright() {
    const view = element("view");
    const [width, height] = FILM.small;
    return view.clientWidth / (3 * width) < Math.min(view.clientHeight / (3 * height), view.clientWidth / width) ;
  }

  /** As large as the room allows, in the canvas's own proportions. */
  #fit() {
    const [across, down] = !this.seam ? [1, 1] : this.upright ? [1, 3] : [3, 1];
    const view = element("view");
    const [width, height] = [FILM.small[0] * across, FILM.small[1] * down];
    const scale = Math.min((view.clientWidth - 24) / width, (view.clientHeight - (this.seam ? 56 : 24)) / height);
    const picture = element("picture");
    picture.style.width = `${Math.max(16, Math.floor(width * scale))}px`;
    picture.style.height = `${Math.max(16, Math.floor(height * scale))}px`;
    picture.classList.toggle("upright", down > 1);
    if (this.seam && this.film.stage.canvas.height !== height) this.#showSeam();
  }

  #controls() {
    const { player } = this;
    const press = (/** @type {string} */ id, /** @type {() => void} */ action) => element(id).addEventListener("click", action);
    const seek = (/** @type {() => void} */ move) => () => {
      if (this.seam) this.setSeam(false);
      move();
    };
    press("play", seek(() => player.play(!player.playing)));
    press("back", seek(() => player.step(-1)));
    press("forward", seek(() => player.step(1)));
    press("loop", () => this.#actions().l());
    press("regions", () => this.#actions().r());
    press("seam", () => this.setSeam(!this.seam));
    press("exported", () => this.#actions().c());
    press("whole", () => this.select(""));
    press("keys", () => this.#actions()["?"]());
    element("scrub").addEventListener("input", (event) => seek(() => {
      player.play(false);
      player.seek(Number(event.target.value));
    })());
    element("speed").addEventListener("change", (event) => player.setSpeed(Number(event.target.value)));
    for (const input of document.querySelectorAll("input[name=ground]")) {
      input.addEventListener("change", () => this.setGround(input.value));
    }
    element("colour").addEventListener("input", () => this.setGround("colour"));
    this.seek = seek;
  }

  #actions() {
    const { player, film, seek } = this;
    const speed = (/** @type {number} */ by) => player.setSpeed(SPEEDS[Math.max(0, Math.min(SPEEDS.length - 1, SPEEDS.indexOf(player.speed) + by))]);
    const step = (/** @type {number} */ by) => (event) => seek(() => player.step(event.shiftKey ? 10 * by : by))();
    return {
      " ": seek(() => player.play(!player.playing)), k: seek(() => player.play(!player.playing)),
      ArrowLeft: step(-1), ArrowRight: step(1),
      Home: seek(() => player.seek(0)), End: seek(() => { player.play(false); player.seek(film.count - 1); }),
      ",": () => speed(-1), ".": () => speed(1),
      ArrowUp: () => this.#neighbour(1), ArrowDown: () => this.#neighbour(-1),
      s: () => this.selected && this.toggle("solo", this.selected),
      m: () => this.selected && this.toggle("mute", this.selected),
      a: () => { film.solo.clear(); film.mute.clear(); this.#redraw(); },
      l: () => player.setLoop(!player.loop),
      b: () => this.#nextGround(),
      r: () => { this.regions = !this.regions; this.#changed(); },
      e: () => this.setSeam(!this.seam),
      c: () => { film.exported = FILM.composite !== null && !film.exported; this.#redraw(); },
      "?": () => /** @type {HTMLDialogElement} */ (element("help")).showModal(),
    };
  }

  #nextGround() {
    const names = [...document.querySelectorAll("input[name=ground]")].map((input) => input.value);
    this.setGround(names[(names.indexOf(this.ground) + 1) % names.length]);
  }

  /** @param {number} up */
  #neighbour(up) {
    const ids = FILM.layers.map((layer) => layer.id);
    const at = ids.indexOf(this.selected);
    this.select(ids[at < 0 ? (up > 0 ? 0 : ids.length - 1) : Math.max(0, Math.min(ids.length - 1, at + up))]);
  }

  /** Begin as the page was left, or at the beginning. */
  restore() {
    const played = DATA.live ? restoreState(this) : null;
    this.restored = true;
    this.player.play(played ?? !matchMedia("(prefers-reduced-motion: reduce)").matches);
    this.#redraw();
  }
}

/** What is on the stage, in a sentence. @param {Film} film */
function stacking(film) {
  if (film.asExported) return `Shown as exported: the layers do not stack to the composite (${FILM.why})`;
  if (FILM.composite) return `Layers stacked here; the exported composite looks different (${FILM.why})`;
  return "";
}

/** Regions of the layers, over the picture. */
function outlines() {
  const svg = element("outlines");
  svg.setAttribute("viewBox", `0 0 ${FILM.size[0]} ${FILM.size[1]}`);
  for (const layer of FILM.layers) {
    const [x0, y0, x1, y1] = layer.region;
    const box = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    const values = { x: x0, y: y0, width: Math.max(0, x1 - x0), height: Math.max(0, y1 - y0) };
    for (const [name, value] of Object.entries(values)) box.setAttribute(name, String(value));
    box.dataset.id = layer.id;
    svg.append(box);
  }
}

/** Another way of seeing it, where this one does not work. @param {string} why */
function fallBack(why) {
  const { href, kind } = DATA.composite ?? {};
  const shown = href ? make(kind, kind === "video" ? { src: href, controls: "", loop: "", muted: "" } : { src: href, alt: "The composite" }) : "";
  const what = href ? "What you see is the composite file." : "There is no composite file to show instead.";
  if (document.body.classList.contains("without-stage")) return;
  element("view").prepend(make("p", { class: "trouble", role: "alert" }, [`Layers cannot be shown: ${why}. ${what}`]), shown);
  element("view").classList.add("fallback");
  document.body.classList.add("without-stage");
}

async function start() {
  const canvas = /** @type {HTMLCanvasElement} */ (element("stage"));
  canvas.addEventListener("webglcontextlost", () => fallBack("the browser has taken its graphics memory back; load the page again"));
  let page;
  try {
    const film = new Film(canvas);
    await film.load();
    page = new Page(film);
  } catch (error) {
    new Timeline({ play() {}, seek() {} }, showPanel, () => {});
    showPanel("");
    element("whole").addEventListener("click", () => showPanel(""));
    fallBack(error.message ?? String(error));
    return null;
  }
  page.restore();
  page.film.check();
  return page;
}

if (DATA.live) stayAlive();
/** For tests and for the curious. */
window.artPreview = start();

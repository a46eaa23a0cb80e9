// A page that is served loads itself anew when its folder has changed, and goes on as it was left.

const KEEP = `art preview ${location.pathname}`; // where the state waits meanwhile

/** @param {Page} page */
function keepState({ player, film, ground, regions, selected }) {
  sessionStorage.setItem(KEEP, JSON.stringify({
    seconds: player.frame / FPS, playing: player.playing, loop: player.loop, speed: player.speed,
    solo: [...film.solo], mute: [...film.mute], ground, exported: film.exported,
    colour: /** @type {HTMLInputElement} */ (element("colour")).value, regions, selected,
  }));
}

/** Gives whether it played; null where nothing was kept. @param {Page} page @returns {?boolean} */
function restoreState(page) {
  const text = sessionStorage.getItem(KEEP);
  if (!text) return null;
  const { player, film } = page;
  const kept = JSON.parse(text);
  const known = new Set(FILM.layers.map((layer) => layer.id));
  for (const kind of ["solo", "mute"]) film[kind] = new Set(kept[kind].filter((id) => known.has(id)));
  [player.loop, player.speed, page.regions] = [kept.loop, kept.speed, kept.regions];
  film.exported = kept.exported && FILM.composite !== null;
  page.ground = kept.ground === "canvas" && !FILM.background ? "checker" : kept.ground;
  /** @type {HTMLInputElement} */ (element("colour")).value = kept.colour;
  player.seek(kept.seconds * FPS);
  page.select(known.has(kept.selected) ? kept.selected : "");
  return kept.playing;
}

/** Listen to the server. */
function stayAlive() {
  const events = new EventSource(DATA.live);
  const say = (/** @type {string} */ text) => {
    element("news").textContent = text;
    element("news").hidden = !text;
  };
  events.addEventListener("changed", () => location.reload());
  events.addEventListener("problem", (event) => say(event.data));
  events.addEventListener("error", () => say("The server is away; waiting for it."));
  events.addEventListener("open", () => say(""));
}

// The panel: what is known of the selected layer, or of the film, and its files.

/** @param {number} bytes */
const sizeOf = (bytes) => (bytes < 1 << 20 ? `${Math.max(1, Math.round(bytes / 1024))} kB` : `${(bytes / (1 << 20)).toFixed(1)} MB`);

/** @param {string} id  of a layer; empty: the film */
function showPanel(id) {
  const layer = FILM.layers.find((each) => each.id === id);
  const files = DATA.files.filter((file) => file.layer === (layer ? layer.id : null));
  const parts = layer ? aboutLayer(layer) : aboutFilm();
  element("panel-title").replaceChildren(make("bdi", {}, [layer ? layer.name || "(no name)" : FILM.source]));
  element("facts").replaceChildren(...parts.flatMap(([term, text]) => [make("dt", {}, [term]), make("dd", {}, [text])]));
  element("files").replaceChildren(...files.map(fileRow));
  element("no-files").hidden = files.length > 0;
  element("whole").hidden = !layer;
}

/** @param {LayerFacts} layer @returns {[string, string][]} */
function aboutLayer(layer) {
  const [x0, y0, x1, y1] = layer.region;
  const said = layer.motions.map(told).join("\n") || (layer.rides ? `moves with ${layer.rides}` : "holds");
  const stacks = { exact: "exactly", "needs-blend": "with its blend mode" }[layer.recomposes];
  return [
    ["Path", layer.path],
    ["Does", said],
    ["Blend mode", layer.blend],
    ["Region", `${x1 - x0} × ${y1 - y0} at ${x0}, ${y0}${layer.region_given ? " (given)" : ""}`],
    ["Shown", `frames ${layer.frames[0]} to ${layer.frames[1] - 1}`],
    ["In its pixels", layer.baked.join(", ") || "nothing beside itself"],
    ["Stacks", stacks ?? `not alone: ${layer.why}`],
    ...layer.notes.map((note) => /** @type {[string, string]} */ (["Note", note])),
  ];
}

/** @param {Motion} motion */
function told({ slot, name, start, duration }) {
  if (slot === "prompt") return `“${name}”`;
  if (slot === "loop") return `loop ${name}, ${duration.toFixed(2)}\u00a0s`;
  return `${slot === name ? "" : `${slot} `}${name}, ${start.toFixed(2)} to\u00a0${(start + duration).toFixed(2)}\u00a0s`;
}

/** @returns {[string, string][]} */
function aboutFilm() {
  const moving = FILM.layers.filter((layer) => layer.motions.length).length;
  const stacks = { exact: "stack exactly", "needs-blend": "stack with their blend modes" }[DATA.recomposes];
  return [
    ["Canvas", `${FILM.size[0]} × ${FILM.size[1]} px`],
    ["Length", `${SECONDS.toFixed(2)} s, ${FILM.frames} frames at ${+FPS.toFixed(3)}${FILM.loop ? ", loops" : ""}`],
    ["Layers", `${FILM.layers.length}, ${moving} of them move`],
    ["Files", stacks ?? `do not stack to the composite: ${FILM.why || DATA.why}`],
    ["Shown here", `${FILM.small[0]} × ${FILM.small[1]} px${DATA.reduced ? ", reduced so that all layers play at once" : ""}`],
    ...(FILM.linear ? [/** @type {[string, string]} */ (["Light", "blends in linear light"])] : []),
    ...(FILM.prompt ? [/** @type {[string, string]} */ (["Scene", FILM.prompt])] : []),
  ];
}

/** @param {{path: string, href: string, codec: string, bytes: number, size: number[], note: string, ok: boolean}} file */
function fileRow(file) {
  const link = make("a", { href: file.href }, [file.path]);
  const facts = [file.codec, file.size[0] ? `${file.size[0]} × ${file.size[1]}` : "", sizeOf(file.bytes)].filter(Boolean);
  const check = make("span", { class: file.ok ? "ok" : "odd" }, [file.note]);
  return make("li", {}, [link, make("span", { class: "about" }, [facts.join(" · ")]), ...(file.note ? [check] : [])]);
}

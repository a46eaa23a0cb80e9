// What Python put into the page: facts as JSON, movies and stills as base64 text.

/**
 * @typedef {{slot: string, name: string, start: number, duration: number}} Motion  seconds
 * @typedef {{crop: number[], sheet: ?number, at: number[], shown: number[][],
 *   still: string}} Place  proxy px
 * @typedef {{id: string, path: string, name: string, kind: string, blend: string, opacity: number, baked: string[],
 *   recomposes: string, why: string, region: number[], region_given: boolean, frames: number[], motions: Motion[],
 *   rides: string, notes: string[], place: Place}} LayerFacts
 * @typedef {{file: string, size: number[], chunks: number[], keys: number[]}} SheetFacts
 */

/** @param {string} id */
const element = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** The facts of this page. */
const DATA = JSON.parse(element("data").textContent);
const FILM = DATA.film;
const FPS = DATA.fps; // frames a second, as a number

/**
 * Take the bytes that stand in the page under a name: a long film is not kept twice.
 * @param {string} id
 */
function embedded(id) {
  const block = element(id);
  const text = block.textContent.trim();
  block.remove();
  if ("fromBase64" in Uint8Array) return Uint8Array.fromBase64(text);
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

/**
 * A new element. Text is only ever set as text: names of layers come from strangers.
 * @param {string} tag
 * @param {Record<string, string>} [attributes]
 * @param {(Node | string)[]} [children]
 */
function make(tag, attributes = {}, children = []) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

/** @param {number} frame */
const timeOf = (frame) => `${(frame / FPS).toFixed(2)} s`;

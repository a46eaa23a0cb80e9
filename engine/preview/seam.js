// The loop seam: the last frame, the first, and how far they are apart, beside an ordinary step.

const AMPLIFIED = 8;

/**
 * Draw the three pictures and measure them. Gives false when somebody turned away meanwhile.
 * @param {Film} film
 * @param {?number[]} background
 * @param {() => boolean} wanted
 */
async function drawSeam(film, background, wanted) {
  const { stage, count } = film;
  /** @type {Uint8Array[]} */
  const pictures = [];
  for (const [frame, target] of [[count - 1, stage.last], [Math.min(1, count - 1), stage.first], [0, stage.first]]) {
    await film.reach(frame);
    if (!wanted()) return false;
    film.compose(frame, background);
    stage.keep(target);
    pictures.push(stage.pixels(target));
  }
  const [last, second, first] = pictures;
  const seam = apart(last, first);
  const step = apart(first, second);
  element("seam-facts").textContent =
    `Last to first: mean ${seam.mean.toFixed(2)}, largest ${seam.most} of 255. ` +
    `First to second: mean ${step.mean.toFixed(2)}, largest ${step.most}.`;
  return true;
}

/** Mean and largest difference of two pictures, in levels. @param {Uint8Array} a @param {Uint8Array} b */
function apart(a, b) {
  let sum = 0;
  let most = 0;
  for (let i = 0; i < a.length; i++) {
    const step = Math.abs(a[i] - b[i]);
    sum += step;
    if (step > most) most = step;
  }
  return { mean: sum / a.length, most };
}

/** @param {Stage} stage */
const seamViews = (stage) => [
  { picture: stage.last },
  { picture: stage.first },
  { picture: stage.last, other: stage.first, amplified: AMPLIFIED },
];

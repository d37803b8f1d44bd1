// The layers of a model in training as figures: how its weights are spread, and how they have changed since the last look.
// Knows programs, numbers and SVG; nothing of the page.

/** @import { Model } from "../pad/engine/operations.js" */

const BINS = 31; // odd, so that zero is in the middle of one
const [WIDTH, HEIGHT] = [124, 44]; // of a picture, in its own units

/**
 * @typedef {object} LayerFigures
 * @property {string} title what kind of layer it is
 * @property {number} count how many weights
 * @property {number} spread root mean square of the weights
 * @property {number | null} change root mean square of their changes, in spreads; null where there was no look before
 * @property {number[]} weights how many weights there are in each bin from the largest below zero to the largest above
 * @property {number[] | null} changes the same of the changes, on a scale of their own
 */

/** The weights of every layer that has some, by its place. @param {Model} model @returns {Map<number, Float32Array>} */
export function weightsOf(model) {
  /** @type {Map<number, Float32Array>} */
  const found = new Map();
  model.layers.forEach(({ shape }, index) => {
    if (shape.length > 1) found.set(index, Float32Array.from(model.weightsOf(index)));
  });
  return found;
}

/**
 * @param {Model["layers"]} layers
 * @param {Map<number, Float32Array>} weights
 * @param {Map<number, Float32Array> | null} before the weights at the last look
 * @returns {LayerFigures[]}
 */
export function figuresOf(layers, weights, before) {
  return [...weights].map(([index, values]) => {
    const earlier = before?.get(index);
    const changes = earlier?.length === values.length ? values.map((value, at) => value - earlier[at]) : null;
    const spread = rootMeanSquare(values);
    return {
      title: titleOf(layers[index]),
      count: values.length,
      spread,
      change: changes && spread ? rootMeanSquare(changes) / spread : null,
      weights: histogram(values),
      changes: changes && histogram(changes),
    };
  });
}

/** @param {{ kind: string, shape: number[] }} layer */
function titleOf({ kind, shape }) {
  if (kind === "linear") return `Linear, ${shape[1]} → ${shape[0]}`;
  const kernel = `${shape[shape.length - 1]} × ${shape[shape.length - 1]}`;
  if (kernel === "1 × 1") return `Scale of each of ${shape[0]} channels`;
  return kind === "depthwise"
    ? `Each channel, ${kernel}, ${shape[0]}`
    : `Convolution, ${kernel}, ${shape[1]} → ${shape[0]}`;
}

/** @param {Float32Array} values */
function rootMeanSquare(values) {
  let sum = 0;
  for (const value of values) sum += value * value;
  return Math.sqrt(sum / (values.length || 1));
}

/**
 * How many values there are in each bin; the bins reach as far on both sides of zero as the values on one.
 *
 * @param {Float32Array} values
 */
export function histogram(values) {
  const finite = values.filter(Number.isFinite);
  let most = 0;
  for (const value of finite) most = Math.max(most, Math.abs(value));
  /** @type {number[]} */
  const counts = Array(BINS).fill(0);
  for (const value of finite) {
    const share = most ? (value / most + 1) / 2 : 0.5;
    counts[Math.min(Math.floor(share * BINS), BINS - 1)] += 1;
  }
  return counts;
}

/** @param {number[]} counts */
function outline(counts) {
  const most = Math.max(...counts, 1);
  return counts
    .map((count, bin) => {
      const y = (HEIGHT * (1 - count / most)).toFixed(1);
      return `${(WIDTH * bin) / BINS},${y} ${(WIDTH * (bin + 1)) / BINS},${y}`.replace(/(\.\d)\d+/g, "$1");
    })
    .join(" ");
}

/** @param {number} share */
const percent = (share) => `${Number((100 * share).toPrecision(2))}%`;

/** The figures as markup. @param {LayerFigures[]} figures */
export function pictureOf(figures) {
  return figures
    .map(({ title, count, spread, change, weights, changes }) => {
      const changed = change === null ? "" : `, changed by ${percent(change)}`;
      const lines = [
        `<polygon class="weights" points="0,${HEIGHT} ${outline(weights)} ${WIDTH},${HEIGHT}"/>`,
      ];
      if (changes) lines.push(`<polyline class="changes" points="${outline(changes)}"/>`);
      return (
        `<figure><figcaption>${title}</figcaption>` +
        `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" aria-hidden="true">${lines.join("")}</svg>` +
        `<p>${count.toLocaleString("en")} weights, ±${Number(spread.toPrecision(2))}${changed}</p></figure>`
      );
    })
    .join("");
}

/** What is said of dead units, layer by layer. @param {[number, number][]} dead how many, and of how many */
export function deadWords(dead) {
  if (!dead.length) return "";
  const layers = dead.map(([count, all]) => `${count} of ${all}`);
  return `Dead, that is zero for a hundred validation digits, layer by layer: ${layers.join(", ")}`;
}

// Numbers → pictures: which of many to show, and the pixels of one. Knows no model and no page.

/** Red, green and blue, 0 to 255. @typedef {[number, number, number]} Color */

/**
 * What a model computes, as a square picture.
 *
 * @typedef {object} Picture
 * @property {string} name what it shows, for people
 * @property {number} side in pixels
 * @property {ArrayLike<number>} values row by row; positive and negative ones have colors of their own
 * @property {number} limit the size of a value at which its color is full
 * @property {ArrayLike<number>} [light] 0 to 1 for each value: where it is 0 the color is pale; without it nowhere
 * @property {number} strength 0 to 1: how much it says about the ink that is on the pad
 * @property {boolean} [isStill] whether its values are always the same for its name
 */

const PALE = 0.3; // of the full color, where there is no light
const SHEEN = 0.25; // opacity that light alone gives, so that the ink is seen where a value is next to nothing

/**
 * Paints a picture: each value is a color that is the more opaque the larger the value is.
 *
 * @param {Uint8ClampedArray} pixels four bytes for each value: red, green, blue and opacity
 * @param {Picture} picture
 * @param {Color} positive
 * @param {Color} negative
 */
export function paint(pixels, { values, limit, light }, positive, negative) {
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index] / (limit || 1);
    const color = value < 0 ? negative : positive;
    for (let part = 0; part < 3; part += 1) pixels[4 * index + part] = color[part];
    const lit = light?.[index] ?? 1;
    const opacity = Math.min(1, Math.abs(value)) * (PALE + (1 - PALE) * lit) + (light ? SHEEN * lit : 0);
    pixels[4 * index + 3] = 255 * Math.min(1, opacity);
  }
}

/**
 * The strongest of many, each in a place of its own: what is shown already keeps its place while it is nearly
 * among the strongest, so that pictures don't change places with every move of the pen.
 *
 * @param {ArrayLike<number>} strengths
 * @param {number} count how many are shown
 * @param {number[]} shown the indices that were shown before, by place
 * @returns {number[]} indices, by place
 */
export function strongest(strengths, count, shown) {
  const order = Array.from(strengths, (_, index) => index).sort(
    (one, other) => strengths[other] - strengths[one],
  );
  const nearly = new Set(order.slice(0, 2 * count));
  const places = Array.from({ length: Math.min(count, order.length) }, (_, place) =>
    nearly.has(shown[place]) ? shown[place] : -1,
  );
  const fresh = order.filter((index) => !places.includes(index));
  return places.map((index) => (index < 0 ? /** @type {number} */ (fresh.shift()) : index));
}

/**
 * A color of the style sheets, which write it as #rrggbb.
 *
 * @param {string} text
 * @returns {Color}
 */
export function colorOf(text) {
  const [red, green, blue] = (text.match(/[0-9a-f]{2}/gi) ?? []).map((pair) => parseInt(pair, 16));
  return [red ?? 0, green ?? 0, blue ?? 0];
}

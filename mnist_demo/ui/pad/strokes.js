// The drawing as data: strokes as people drew them over, at most, one picture; every step can be undone.
// Knows nothing of pixels, screens or servers. Coordinates and widths are in units of the pad's side, y down.

/**
 * @typedef {object} Stroke
 * @property {number[]} points x0, y0, x1, y1, …
 * @property {number} width the pen's diameter
 * @property {boolean} erases
 */

/**
 * A picture of ink, which fills the pad.
 *
 * @typedef {object} Picture
 * @property {string} source its data address
 * @property {CanvasImageSource & { naturalWidth: number, naturalHeight: number }} image the same, decoded
 */

/** @typedef {{ picture: Picture | null, strokes: Stroke[] }} Ink */

const MIN_SPACING = 0.002; // points closer to the one before add nothing that a pen this wide can show
const MANY_POINTS = 2000; // from here on points are taken more sparsely, so that a long drawing stays quick to read
const MAX_STEPS = 200; // that can be undone
const CURVE_STEPS = 6; // points that `smooth` puts on each piece of a curve

/** @param {number} number */
const rounded = (number) => Math.round(number * 1e4) / 1e4;

export class Drawing {
  /** @type {Picture | null} */
  picture = null;

  /** @type {Stroke[]} */
  strokes = [];

  /** @type {Ink[]} */
  #past = [];

  /** @type {Ink[]} */
  #future = [];

  #spacing = MIN_SPACING;

  /** Whether there is no ink to read: an eraser alone leaves none. */
  get isBlank() {
    return !this.picture && !this.strokes.some((stroke) => !stroke.erases);
  }

  /** Whether nothing at all was drawn, so that there is nothing to clear. */
  get isEmpty() {
    return !this.picture && !this.strokes.length;
  }

  get canUndo() {
    return this.#past.length > 0;
  }

  get canRedo() {
    return this.#future.length > 0;
  }

  /**
   * Starts a stroke and returns it.
   *
   * @param {number} x
   * @param {number} y
   * @param {number} width
   * @param {boolean} erases
   * @returns {Stroke}
   */
  begin(x, y, width, erases) {
    const count = this.strokes.reduce((sum, stroke) => sum + stroke.points.length / 2, 0);
    this.#spacing = MIN_SPACING * (1 + count / MANY_POINTS);
    const stroke = { points: [rounded(x), rounded(y)], width: rounded(width), erases };
    this.replace(this.picture, [...this.strokes, stroke]);
    return stroke;
  }

  /**
   * Adds a point to the newest stroke. Returns whether it was far enough from the last one to be taken.
   *
   * @param {number} x
   * @param {number} y
   */
  extend(x, y) {
    const { points } = this.strokes[this.strokes.length - 1];
    const [lastX, lastY] = points.slice(-2);
    if (Math.hypot(x - lastX, y - lastY) < this.#spacing) return false;
    points.push(rounded(x), rounded(y));
    return true;
  }

  /**
   * Puts other ink in the place of what is there, as one step.
   *
   * @param {Picture | null} picture
   * @param {Stroke[]} strokes
   */
  replace(picture, strokes) {
    this.#past.push({ picture: this.picture, strokes: this.strokes });
    if (this.#past.length > MAX_STEPS) this.#past.shift();
    this.#future = [];
    this.picture = picture;
    this.strokes = strokes;
  }

  /** Takes the last step back. Returns whether there was one. */
  undo() {
    return this.#step(this.#past, this.#future);
  }

  /** Takes the last undone step again. Returns whether there was one. */
  redo() {
    return this.#step(this.#future, this.#past);
  }

  /**
   * @param {Ink[]} from
   * @param {Ink[]} to
   */
  #step(from, to) {
    const ink = from.pop();
    if (!ink) return false;
    to.push({ picture: this.picture, strokes: this.strokes });
    this.picture = ink.picture;
    this.strokes = ink.strokes;
    return true;
  }
}

/**
 * Returns a curve through few points as many points: quadratic pieces between the midpoints, as the pad draws them.
 *
 * @param {number[]} points x0, y0, x1, y1, …
 */
export function smooth(points) {
  const count = points.length / 2;
  if (count < 3) return points;
  /** @param {number} index */
  const at = (index) => [points[2 * index], points[2 * index + 1]];
  /** @param {number} index */
  const midpointAfter = (index) => [0, 1].map((axis) => (at(index)[axis] + at(index + 1)[axis]) / 2);
  const curve = at(0);
  for (let index = 1; index < count - 1; index += 1) {
    const [start, bend, end] = [midpointAfter(index - 1), at(index), midpointAfter(index)];
    for (let step = 0; step <= CURVE_STEPS; step += 1) {
      const t = step / CURVE_STEPS;
      for (const axis of [0, 1])
        curve.push(rounded((1 - t) ** 2 * start[axis] + 2 * t * (1 - t) * bend[axis] + t * t * end[axis]));
    }
  }
  return [...curve, ...at(count - 1)];
}

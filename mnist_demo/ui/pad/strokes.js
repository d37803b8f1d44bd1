// The ink's truth: strokes as people drew them over, at most, one picture; every step can be undone.
// Knows nothing of pixels, screens or servers. Coordinates and widths are in units of the pad's side, y down.

const NEAR = 0.002; // points closer than this to the one before add nothing that a pen this wide can show
const MANY_POINTS = 2000; // from here on points are taken more sparsely, so that a long drawing stays quick to read
const STEPS_KEPT = 200;

const rounded = (number) => Math.round(number * 1e4) / 1e4;

class Drawing {
  constructor() {
    this.picture = null; // {source: data URL, image: decoded image} or null
    this.strokes = []; // {points: [x0, y0, x1, y1, ...], width, erases}
    this.past = [];
    this.future = [];
  }

  get blank() {
    return !this.picture && !this.strokes.some((stroke) => !stroke.erases);
  }

  get size() {
    return this.strokes.reduce((sum, stroke) => sum + stroke.points.length / 2, 0);
  }

  begin(x, y, width, erases) {
    this.spacing = NEAR * (1 + this.size / MANY_POINTS);
    const stroke = { points: [rounded(x), rounded(y)], width: rounded(width), erases };
    this.#step(this.picture, [...this.strokes, stroke]);
    return stroke;
  }

  // Whether the point was far enough from the last one to be taken.
  extend(x, y) {
    const { points } = this.strokes.at(-1);
    const [lastX, lastY] = points.slice(-2);
    if (Math.hypot(x - lastX, y - lastY) < this.spacing) return false;
    points.push(rounded(x), rounded(y));
    return true;
  }

  replace(picture, strokes) {
    this.#step(picture, strokes);
  }

  undo() {
    return this.#move(this.past, this.future);
  }

  redo() {
    return this.#move(this.future, this.past);
  }

  #step(picture, strokes) {
    this.past.push([this.picture, this.strokes]);
    if (this.past.length > STEPS_KEPT) this.past.shift();
    this.future = [];
    [this.picture, this.strokes] = [picture, strokes];
  }

  #move(from, to) {
    if (!from.length) return false;
    to.push([this.picture, this.strokes]);
    [this.picture, this.strokes] = from.pop();
    return true;
  }
}

// A curve through few points, as many points: quadratic pieces between the midpoints, as the pad draws them.
function smooth(points) {
  const at = (index) => [points[2 * index], points[2 * index + 1]];
  const middle = ([ax, ay], [bx, by]) => [(ax + bx) / 2, (ay + by) / 2];
  const count = points.length / 2;
  if (count < 3) return points;
  const curve = [...at(0)];
  for (let index = 1; index < count - 1; index += 1) {
    const [start, bend, end] = [middle(at(index - 1), at(index)), at(index), middle(at(index), at(index + 1))];
    for (let step = 0; step <= 6; step += 1) {
      const t = step / 6;
      const mix = (a, b, c) => rounded((1 - t) * (1 - t) * a + 2 * t * (1 - t) * b + t * t * c);
      curve.push(mix(start[0], bend[0], end[0]), mix(start[1], bend[1], end[1]));
    }
  }
  return [...curve, ...at(count - 1)];
}

// Strokes → the digit that the models read: the translation of mnist_demo/ink/strokes.py and lines.py, which say
// each rule and why, to the last bit: the same float64 and whole numbers in the same order. Knows no models.

/** @import { Stroke } from "../strokes.js" */

/** Corners or steps x0, y0, x1, y1, … @typedef {number[]} Points */
/** In sides of the pad. @typedef {{ points: Points, width: number, erases: boolean }} Line */

const SIDE = 28; // pixels of the digit
const FINE = 8; // fine pixels for each of its pixels
const GRID = 20 * FINE; // fine pixels: the box that a digit fills
const PEN = 17; // fine pixels
const DOT = 0.5;
const MAX_REACH = (SIDE / 2) * FINE - FINE / 2;
const PAD = 448;
const MAX_ROWS = 300_000;
const MAX_CUT_STEPS = 16_000;
const FILTER = Int32Array.of(0, 3, 8, 19, 34, 51, 66, 75, 75, 66, 51, 34, 19, 8, 3, 0);
const WHOLE = 512 ** 2;
const NUDGE = 1e-6;
const FARTHEST = 2; // how far from the pad points are taken, and the widths of pens: payloads.py has them too
const WIDTHS = [0.002, 0.5];

/** @param {number} value @param {number} low @param {number} high */
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
/** @param {number} steps @param {number} most */
const everyOf = (steps, most) => Math.max(1, Math.ceil(steps / most));
/** @param {number} radius */
const longestStep = (radius) => Math.max(1, radius / 4);
/** @param {number} radius */
const rowsOf = (radius) => 2 * Math.trunc(radius) + 1;
/** @param {Line} line */
const radiusOf = ({ width }) => Math.max(0.5, width * (PAD / 2));
/** @param {Line} line */
const onPad = ({ points }) => points.map((value) => value * PAD);

/**
 * The digit as 784 bytes, row by row, 255 = ink; null where there is no ink.
 *
 * @param {Stroke[]} strokes
 */
export function digitOf(strokes) {
  const fitted = fit(strokes);
  return fitted && filter(fitted.grid, fitted.middle.x, fitted.middle.y);
}

/**
 * The ink on the fine grid, in the size and place that the digit has it; null where there is no ink.
 *
 * @param {Stroke[]} strokes
 */
export function fit(strokes) {
  const left = cut(strokes.map(lineOf).filter(({ points }) => points.length));
  return left.length ? fitLines(left) : null;
}

/** What of a stroke reaches the server: see payloads.py. @param {Stroke} stroke @returns {Line} */
function lineOf({ points, width, erases }) {
  const taken = [];
  for (let index = 0; index + 1 < points.length; index += 2) {
    if (!Number.isFinite(points[index]) || !Number.isFinite(points[index + 1])) continue;
    for (const value of points.slice(index, index + 2))
      taken.push(Math.fround(clamp(value, -FARTHEST, 1 + FARTHEST)));
  }
  return { points: taken, width: clamp(width, WIDTHS[0], WIDTHS[1]), erases };
}

/** How many steps lead from the corner at `index` to the next. @param {Points} points @param {number} index @param {number} longest */
function countPart(points, index, longest) {
  const across = Math.abs(points[index + 2] - points[index]);
  return Math.max(1, Math.ceil(Math.max(across, Math.abs(points[index + 3] - points[index + 1])) / longest));
}

/** @param {Points[]} lines @param {number} longest */
function countSteps(lines, longest) {
  let count = 0;
  for (const points of lines)
    for (let index = 0; index + 3 < points.length; index += 2) count += countPart(points, index, longest);
  return count;
}

/** The steps along lines; of all of them, one of so many. @param {Points[]} lines @param {number} longest @param {number} every */
function walk(lines, longest, every) {
  const steps = [];
  let next = 0; // the steps until the next one that is taken
  for (const points of lines) {
    for (let index = 0; index + 3 < points.length; index += 2) {
      const count = countPart(points, index, longest);
      const [x, y] = [points[index], points[index + 1]];
      for (; next < count; next += every) {
        const share = next / count;
        steps.push(x + (points[index + 2] - x) * share, y + (points[index + 3] - y) * share);
      }
      next -= count;
    }
    steps.push(points[points.length - 2], points[points.length - 1]);
  }
  return steps;
}

/**
 * Marks which pixels of a square grid lie in a disc around any of the steps.
 *
 * @param {Uint8Array} grid
 * @param {number} side
 * @param {Points} steps
 * @param {number} radius
 */
function draw(grid, side, steps, radius) {
  const reach = Math.trunc(radius);
  // each row of a disc opens at its first pixel and closes after its last: what is open is covered
  const edges = new Int32Array(side * (side + 1));
  for (let down = -reach; down <= reach; down += 1) {
    const half = Math.floor(Math.sqrt(radius * radius - down * down));
    for (let index = 0; index < steps.length; index += 2) {
      const [column, row] = [Math.floor(steps[index]), Math.floor(steps[index + 1]) + down];
      if (row < 0 || row >= side) continue;
      edges[row * (side + 1) + clamp(column - half, 0, side)] += 1;
      edges[row * (side + 1) + clamp(column + half + 1, 0, side)] -= 1;
    }
  }
  for (let row = 0; row < side; row += 1) {
    for (let column = 0, open = 0; column < side; column += 1) {
      open += edges[row * (side + 1) + column];
      if (open) grid[row * side + column] = 1;
    }
  }
}

/** The pens' lines, cut where they leave the pad and where a later stroke erases them. @param {Line[]} lines */
function cut(lines) {
  const isOff = (/** @type {number} */ value) => value < 0 || value > 1;
  if (!lines.some(({ erases, points }) => erases || points.some(isOff))) return lines;
  let [rows, count] = [0, 0];
  for (const line of lines) {
    const radius = radiusOf(line);
    if (line.erases) rows += countSteps([onPad(line)], longestStep(radius)) * rowsOf(radius);
    count += countSteps([onPad(line)], 0.5);
  }
  const erased = new Uint8Array(PAD * PAD);
  const pixel = (/** @type {number} */ value) => Math.min(Math.trunc(value * PAD), PAD - 1);
  /** @type {Line[]} */
  const left = [];
  for (const line of lines.toReversed()) {
    if (line.erases) {
      const radius = radiusOf(line);
      draw(erased, PAD, walk([onPad(line)], longestStep(radius), everyOf(rows, MAX_ROWS)), radius);
      continue;
    }
    const steps = walk([onPad(line)], 0.5, everyOf(count, MAX_CUT_STEPS)).map((value) => value / PAD);
    /** @type {Points | null} */
    let points = null;
    for (let index = 0; index < steps.length; index += 2) {
      const [x, y] = [steps[index], steps[index + 1]];
      if (isOff(x) || isOff(y) || erased[pixel(y) * PAD + pixel(x)]) points = null;
      else if (points) points.push(x, y);
      else left.push({ ...line, points: (points = [x, y]) });
    }
  }
  return left;
}

/** @param {Line[]} lines */
function fitLines(lines) {
  const [low, high] = [
    [Infinity, Infinity],
    [-Infinity, -Infinity],
  ];
  let least = 0;
  for (const { points, width } of lines) {
    least = Math.max(least, DOT * width);
    points.forEach((value, index) => {
      low[index % 2] = Math.min(low[index % 2], value);
      high[index % 2] = Math.max(high[index % 2], value);
    });
  }
  const extent = Math.max(high[0] - low[0], high[1] - low[1]);
  const scale = (GRID - PEN) / Math.max(extent, least);
  const zoom = extent < least ? GRID / (extent * scale + PEN) : 1;
  const corners = lines.map(({ points }) => points.map((value, index) => value - low[index % 2]));
  let drawn = drawLines(corners, scale, zoom);
  let middle = measure(drawn.grid);
  if (middle.reach > MAX_REACH) {
    drawn = drawLines(corners, scale, zoom * (MAX_REACH / middle.reach));
    middle = measure(drawn.grid);
  }
  return { ...drawn, middle, low, lines };
}

/** The fine pixels that the lines cover, and how they come about. @param {Points[]} corners @param {number} scale @param {number} zoom */
function drawLines(corners, scale, zoom) {
  const lines = corners.map((points) => points.map((value) => value * (scale * zoom)));
  const radius = (PEN * zoom) / 2 - 0.4375;
  const longest = longestStep(radius);
  const every = everyOf(countSteps(lines, longest) * rowsOf(radius), MAX_ROWS);
  const margin = (PEN * zoom) / 2 + NUDGE;
  const steps = walk(lines, longest, every).map((value) => value + margin);
  return { grid: cover(steps, radius), steps, radius, margin, scale: scale * zoom, longest: longest * every };
}

/** The fine pixels in a disc around any of the steps. @param {Points} steps @param {number} radius */
export function cover(steps, radius) {
  const grid = new Uint8Array(GRID * GRID);
  draw(grid, GRID, steps, radius);
  return grid;
}

/** The center of mass, and how far the ink's box reaches from there. @param {Uint8Array} grid */
function measure(grid) {
  const [columns, rows] = [new Int32Array(GRID), new Int32Array(GRID)];
  for (let row = 0, at = 0; row < GRID; row += 1) {
    for (let column = 0; column < GRID; column += 1, at += 1) {
      columns[column] += grid[at];
      rows[row] += grid[at];
    }
  }
  let reach = 0;
  const [x, y] = [columns, rows].map((counts) => {
    let [mass, moment, size] = [0, 0, 0];
    for (let place = 0; place < GRID; place += 1) {
      mass += counts[place];
      moment += counts[place] * place;
      if (counts[place]) size = place + 1;
    }
    const middle = moment / mass + 0.5;
    reach = Math.max(reach, middle, size - middle);
    return middle;
  });
  return { x, y, reach };
}

/** The digit with a fine pixel in its middle, of which every pixel is a mean. @param {Uint8Array} grid @param {number} x @param {number} y */
export function filter(grid, x, y) {
  const half = (SIDE * FINE + FINE) / 2;
  const columns = blur(grid, GRID, Math.floor(half + 0.5 - x));
  const sums = blur(columns, SIDE, Math.floor(half + 0.5 - y));
  return Uint8Array.from(sums, (sum) => Math.floor((sum * 255 + WHOLE / 2) / WHOLE));
}

/**
 * Means along the rows of a grid, for each of the digit's columns; the result has a row for each column of it.
 *
 * @param {Uint8Array | Int32Array} grid
 * @param {number} height its rows
 * @param {number} start the filter's column of the grid's first
 */
function blur(grid, height, start) {
  const sums = new Int32Array(SIDE * height);
  for (let row = 0; row < height; row += 1) {
    for (let place = 0; place < SIDE; place += 1) {
      for (let tap = 0; tap < FILTER.length; tap += 1) {
        const column = FINE * place + tap - start;
        if (column >= 0 && column < GRID)
          sums[place * height + row] += FILTER[tap] * grid[row * GRID + column];
      }
    }
  }
  return sums;
}

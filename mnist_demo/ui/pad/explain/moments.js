// A drawing in time: what was on the pad after each share of the line, and how sure of its final answer a model was.
// The pen's speed isn't kept, so the length of the line is the time. Knows ink and numbers; nothing of the page.

/** @import { Stroke } from "../strokes.js" */

/** The moments of a drawing; the last one is the whole of it. */
export const MOMENTS = 24;

/**
 * The strokes as they were when a share of the whole line was drawn.
 *
 * @param {Stroke[]} strokes
 * @param {number} share 0 to 1
 * @returns {Stroke[]}
 */
export function until(strokes, share) {
  if (share >= 1) return strokes;
  let left = share * strokes.reduce((sum, stroke) => sum + lengthOf(stroke), 0);
  /** @type {Stroke[]} */
  const drawn = [];
  for (const stroke of strokes) {
    const length = lengthOf(stroke);
    if (left < length) return [...drawn, shortened(stroke, left)];
    drawn.push(stroke);
    left -= length;
  }
  return drawn;
}

/**
 * Where strokes begin, as shares of the whole line.
 *
 * @param {Stroke[]} strokes
 */
export function beginnings(strokes) {
  const lengths = strokes.map(lengthOf);
  const whole = lengths.reduce((sum, length) => sum + length, 0);
  let before = 0;
  return lengths.map((length) => {
    const share = whole && before / whole;
    before += length;
    return share;
  });
}

/** How long a stroke is; a dot is as long as it is wide. @param {Stroke} stroke */
export function lengthOf({ points, width }) {
  let length = 0;
  for (let at = 2; at < points.length; at += 2)
    length += Math.hypot(points[at] - points[at - 2], points[at + 1] - points[at - 1]);
  return Math.max(length, width);
}

/** The first part of a stroke, of that length. @param {Stroke} stroke @param {number} length @returns {Stroke} */
function shortened(stroke, length) {
  const { points } = stroke;
  let left = length;
  for (let at = 2; at < points.length; at += 2) {
    const [x, y] = [points[at] - points[at - 2], points[at + 1] - points[at - 1]];
    const step = Math.hypot(x, y);
    if (step >= left) {
      const share = step && left / step;
      return {
        ...stroke,
        points: [...points.slice(0, at), points[at - 2] + x * share, points[at - 1] + y * share],
      };
    }
    left -= step;
  }
  return stroke;
}

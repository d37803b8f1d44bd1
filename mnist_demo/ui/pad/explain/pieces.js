// A drawing cut into pieces, and the digit without each of them. The digit keeps the size and the place that it has
// as a whole: otherwise rubbing out a piece would move all the others. Knows ink; nothing of models and pages.

/** @import { Stroke } from "../strokes.js" */

import { cover, filter, fit } from "../engine/ink.js";

const LENGTH = 24; // fine pixels of a piece, about: three of the digit's 28, one and a half times the pen's width
const MAX_PIECES = 24; // of a drawing: a long one has longer pieces, so that it takes no longer to explain

/**
 * A piece of a stroke.
 *
 * @typedef {object} Piece
 * @property {number[]} points x0, y0, x1, y1, … in sides of the pad
 * @property {number} width of the pen, in sides of the pad
 * @property {[number, number]} steps the first of the line's steps that are its own, and the first that aren't
 * @property {[number, number]} line the same of its whole line
 */

/**
 * @typedef {object} Cut
 * @property {Piece[]} pieces in the order in which they were drawn; together they are all of the ink
 * @property {(gone: Piece[]) => Uint8Array} without the digit without these pieces, 784 bytes
 */

/**
 * Cuts a drawing into pieces of about the same length; null where there is no ink.
 *
 * @param {Stroke[]} strokes
 * @returns {Cut | null}
 */
export function cutIntoPieces(strokes) {
  const fitted = fit(strokes);
  if (!fitted) return null;
  const { steps, radius, margin, scale, longest, low, middle } = fitted;
  const lines = linesOf(steps, longest);
  const length = Math.max(LENGTH / longest, steps.length / 2 / MAX_PIECES);
  const onPad = steps.map((value, index) => (value - margin) / scale + low[index % 2]);
  const pieces = lines.flatMap((line, number) => {
    const { width } = fitted.lines[number] ?? fitted.lines[0]; // two lines that touch may be one here
    const count = Math.max(1, Math.round((line[1] - line[0]) / length));
    return Array.from({ length: count }, (_, index) => {
      const [from, to] = [index, index + 1].map(
        (part) => line[0] + Math.round(((line[1] - line[0]) * part) / count),
      );
      const points = onPad.slice(2 * from, 2 * Math.min(to + 1, line[1])); // as far as the next one's first step
      return { points, width, steps: /** @type {[number, number]} */ ([from, to]), line };
    });
  });
  return {
    pieces,
    without(gone) {
      const isGone = new Uint8Array(steps.length / 2);
      for (const piece of gone) isGone.fill(1, ...piece.steps);
      const left = steps.filter((_, index) => !isGone[index >> 1]);
      return filter(cover(left, radius), middle.x, middle.y);
    },
  };
}

/**
 * The pieces with half a piece more at both ends: less than a pen's width of a gap would be filled by what is left.
 *
 * @param {Piece} piece
 * @returns {Piece}
 */
export function widened(piece) {
  const [from, to] = piece.steps;
  const half = Math.round((to - from) / 2);
  return { ...piece, steps: [Math.max(piece.line[0], from - half), Math.min(piece.line[1], to + half)] };
}

/**
 * Where lines begin and end among the steps: a step that is farther from the one before starts a new one.
 *
 * @param {number[]} steps
 * @param {number} longest the most from a step of a line to its next, along either axis
 * @returns {[number, number][]}
 */
function linesOf(steps, longest) {
  /** @type {[number, number][]} */
  const lines = [];
  const far = 1.01 * longest;
  for (let step = 0; 2 * step < steps.length; step += 1) {
    const [x, y] = [2 * step, 2 * step + 1];
    const across = Math.max(Math.abs(steps[x] - steps[x - 2]), Math.abs(steps[y] - steps[y - 2]));
    const line = lines[lines.length - 1];
    if (line && across <= far) line[1] = step + 1;
    else lines.push([step, step + 1]);
  }
  return lines;
}

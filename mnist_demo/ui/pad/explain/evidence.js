// How much each piece of a drawing speaks for a model's answer: the piece is rubbed out, and the model asked again.
//
// Source: Zeiler and Fergus, *Visualizing and Understanding Convolutional Networks*, 2014, with pieces of strokes in
// the place of squares of an image. Knows numbers; nothing of the page.

/** @import { Model } from "../engine/operations.js" */
/** @import { Cut } from "./pieces.js" */

import { widened } from "./pieces.js";

/**
 * How much a model prefers a digit: to the other digit, or to all the others together (its log-odds).
 *
 * @param {number[]} logits
 * @param {number} digit
 * @param {number | null} other
 */
export function preference(logits, digit, other) {
  if (other !== null) return logits[digit] - logits[other];
  const others = logits.filter((_, index) => index !== digit);
  const most = Math.max(...others);
  return logits[digit] - most - Math.log(others.reduce((sum, logit) => sum + Math.exp(logit - most), 0));
}

/**
 * What the model loses of its preference without each piece: positive where the piece speaks for the digit.
 *
 * @param {Model} model
 * @param {Cut} cut
 * @param {number} digit
 * @param {number | null} other
 * @param {() => Promise<boolean>} goOn awaited between two pieces; false gives up
 * @returns {Promise<number[] | null>} by piece; null if it was given up
 */
export async function weigh(model, cut, digit, other, goOn) {
  const whole = preference(model.logits(cut.without([])), digit, other);
  const weights = [];
  for (const piece of cut.pieces) {
    if (!(await goOn())) return null;
    weights.push(whole - preference(model.logits(cut.without([widened(piece)])), digit, other));
  }
  return weights;
}

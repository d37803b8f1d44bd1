// What explains an answer: pieces of the ink, the digit without them, their weights, and the drawing in time.

import assert from "node:assert/strict";
import { test } from "node:test";

import { digitOf } from "../../mnist_demo/ui/pad/engine/ink.js";
import { preference, weigh } from "../../mnist_demo/ui/pad/explain/evidence.js";
import { beginnings, until } from "../../mnist_demo/ui/pad/explain/moments.js";
import { cutIntoPieces, widened } from "../../mnist_demo/ui/pad/explain/pieces.js";

const pen = (...points) => ({ points, width: 0.06, erases: false });
const SEVEN = [pen(0.25, 0.2, 0.75, 0.2, 0.45, 0.85), pen(0.35, 0.5, 0.65, 0.5)];
const DRAWINGS = {
  "a seven in two strokes": SEVEN,
  "a dot": [pen(0.5, 0.5)],
  "an erased line": [pen(0.1, 0.5, 0.9, 0.5), { points: [0.5, 0.1, 0.5, 0.9], width: 0.1, erases: true }],
  "a scribble": [pen(...Array.from({ length: 600 }, (_, index) => 0.5 + 0.4 * Math.sin(index * index)))],
  "a line that leaves the pad": [pen(0.5, 0.5, 1.5, 0.5, 1.5, 0.7, 0.5, 0.7)],
};

for (const [name, strokes] of Object.entries(DRAWINGS)) {
  test(`${name}: its pieces are all of the ink, each part once`, () => {
    const { pieces } = cutIntoPieces(strokes);
    const steps = pieces.map((piece) => piece.steps);
    assert.equal(steps[0][0], 0);
    for (let index = 1; index < steps.length; index += 1) assert.equal(steps[index][0], steps[index - 1][1]);
    for (const {
      steps: [from, to],
      line,
      points,
    } of pieces) {
      assert.ok(from < to && line[0] <= from && to <= line[1]);
      assert.ok(points.every((value) => value > -0.001 && value < 1.001));
    }
    assert.ok(pieces.length <= 40);
  });

  test(`${name}: nothing rubbed out is the digit, everything rubbed out is none`, () => {
    const { pieces, without } = cutIntoPieces(strokes);
    assert.deepEqual(without([]), digitOf(strokes));
    assert.ok(without(pieces).every((byte) => byte === 0));
  });
}

test("nothing is no ink to cut", () => {
  assert.equal(cutIntoPieces([]), null);
  assert.equal(cutIntoPieces([{ ...pen(0.5, 0.5), erases: true }]), null);
});

test("what is left stays where it was", () => {
  const { pieces, without } = cutIntoPieces(SEVEN);
  const [whole, rest] = [without([]), without([pieces[0]])];
  assert.ok(
    whole.every((byte, index) => rest[index] <= byte),
    "ink only goes",
  );
  const bottom = (/** @type {Uint8Array} */ digit) => digit.findLastIndex((byte) => byte > 128);
  assert.equal(bottom(rest), bottom(whole));
});

test("a widened piece stays within its line", () => {
  for (const piece of cutIntoPieces(SEVEN).pieces) {
    const [from, to] = widened(piece).steps;
    assert.ok(from >= piece.line[0] && to <= piece.line[1] && from <= piece.steps[0] && to >= piece.steps[1]);
  }
});

test("a preference is the log-odds, or the difference to one other digit", () => {
  const logits = Array(10).fill(0);
  logits[3] = 5;
  assert.ok(Math.abs(preference(logits, 3, null) - (5 - Math.log(9))) < 1e-12);
  assert.equal(preference(logits, 3, 8), 5);
  assert.ok(
    Number.isFinite(
      preference(
        logits.map((logit) => 1000 * logit),
        3,
        null,
      ),
    ),
  );
});

/** A model that counts the ink in the upper half for a 1, in the lower half for a 2. */
const halves = {
  logits(digit) {
    const sum = (from, to) => digit.slice(from, to).reduce((total, byte) => total + byte, 0) / 1000;
    return [0, sum(0, 392), sum(392, 784), 0, 0, 0, 0, 0, 0, 0];
  },
};

test("pieces that speak for the digit weigh more than nothing, the others less", async () => {
  const cut = cutIntoPieces([pen(0.5, 0.1, 0.5, 0.9)]);
  const weights = await weigh(halves, cut, 1, 2, async () => true);
  assert.equal(weights.length, cut.pieces.length);
  assert.ok(weights[0] > 0 && weights.at(-1) < 0);
});

test("it gives up when it is told to", async () => {
  let asked = 0;
  const cut = cutIntoPieces(SEVEN);
  assert.equal(await weigh(halves, cut, 1, null, async () => (asked += 1) < 3), null);
  assert.equal(asked, 3);
});

test("a drawing in time: strokes come one after the other", () => {
  const strokes = [pen(0, 0, 0.5, 0), pen(0, 0.5, 0.5, 0.5)];
  assert.deepEqual(until(strokes, 0.25), [pen(0, 0, 0.25, 0)]);
  assert.deepEqual(until(strokes, 0.75), [strokes[0], pen(0, 0.5, 0.25, 0.5)]);
  assert.equal(until(strokes, 1), strokes);
  assert.deepEqual(beginnings(strokes), [0, 0.5]);
  assert.deepEqual(strokes, [pen(0, 0, 0.5, 0), pen(0, 0.5, 0.5, 0.5)], "the drawing itself is left alone");
});

test("dots have a time of their own", () => {
  const dots = [pen(0.2, 0.2), pen(0.8, 0.8)];
  assert.deepEqual(until(dots, 0.6).length, 2);
  assert.deepEqual(beginnings(dots), [0, 0.5]);
  assert.deepEqual(beginnings([]), []);
});

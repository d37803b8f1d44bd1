// The layers of a model in training as figures.

import assert from "node:assert/strict";
import { test } from "node:test";

import { deadWords, figuresOf, histogram, pictureOf } from "../../mnist_demo/ui/training/layers.js";

const LAYERS = [
  { kind: "convolution", shape: [16, 1, 5, 5] },
  { kind: "max-pool", shape: [0] },
  { kind: "depthwise", shape: [16, 3, 3] },
  { kind: "depthwise", shape: [32, 1, 1] },
  { kind: "linear", shape: [10, 256] },
];

test("a histogram reaches as far below zero as above, with zero in the middle", () => {
  const counts = histogram(Float32Array.of(-1, 0, 0, 0.5));
  assert.equal(counts.length, 31);
  assert.equal(counts[0], 1);
  assert.equal(counts[15], 2);
  assert.equal(counts[23], 1);
  assert.equal(
    counts.reduce((one, other) => one + other),
    4,
  );
  assert.equal(histogram(Float32Array.of(2, 2))[30], 2, "the largest is in the last one");
});

test("weights that are all zero, or no numbers any more, have a histogram too", () => {
  assert.equal(histogram(new Float32Array(5))[15], 5);
  assert.equal(
    histogram(Float32Array.of(NaN, NaN)).every((count) => count === 0),
    true,
  );
});

test("changes are those since the last look, in spreads of the weights", () => {
  const weights = new Map([[4, Float32Array.of(2, -2, 2, -2)]]);
  const before = new Map([[4, Float32Array.of(2, -2, 2, -2.2)]]);
  const [first] = figuresOf(LAYERS, weights, null);
  assert.deepEqual([first.spread, first.change, first.changes], [2, null, null]);
  const [later] = figuresOf(LAYERS, weights, before);
  assert.ok(Math.abs(later.change - 0.05) < 1e-6);
  assert.equal(later.changes[30], 1);
  const [other] = figuresOf(LAYERS, weights, new Map([[4, Float32Array.of(1)]]));
  assert.equal(other.change, null, "another form is no earlier moment of this one");
});

test("dead units are counted layer by layer", () => {
  assert.match(
    deadWords([
      [0, 16],
      [3, 128],
    ]),
    /layer by layer: 0 of 16, 3 of 128$/,
  );
  assert.equal(deadWords([]), "");
});

test("each layer says what it is and how many weights it has", () => {
  const weights = new Map([0, 2, 3, 4].map((index) => [index, new Float32Array(1234).fill(0.5)]));
  const markup = pictureOf(figuresOf(LAYERS, weights, weights));
  for (const words of [
    "Convolution, 5 × 5, 1 → 16",
    "Each channel, 3 × 3, 16",
    "Scale of each of 32 channels",
    "Linear, 256 → 10",
  ])
    assert.ok(markup.includes(words), words);
  assert.match(markup, /1,234 weights, ±0\.5, changed by 0%/);
  assert.equal(markup.match(/class="changes"/g).length, 4);
});

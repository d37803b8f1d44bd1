// What a model computes, as pictures: which of many, their colors, and what they are for each kind of model.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { Model } from "../../mnist_demo/ui/pad/engine/operations.js";
import { insideOf } from "../../mnist_demo/ui/pad/insides/kinds.js";
import { colorOf, paint, strongest } from "../../mnist_demo/ui/pad/insides/pictures.js";

const FILE = new URL("../../mnist_demo/ui/pad/engine/operations.wasm", import.meta.url);
const arithmetic = new WebAssembly.Module(readFileSync(FILE));
const PIXELS = 784;

/** A program whose weights are given in order. @param {object[]} operations @param {number[]} weights */
function model(operations, weights) {
  const whole = operations.map((operation) => ({ relu: false, padding: 0, shape: [0], ...operation }));
  const header = {
    format: 1,
    bits: 32,
    normalization: [0, 1],
    temperature: 1,
    min_confidence: null,
    shift: 0,
  };
  let text = JSON.stringify({ ...header, operations: whole });
  text = text.padEnd(Math.ceil(text.length / 4) * 4);
  const bytes = new Uint8Array(4 + text.length + 4 * weights.length);
  new DataView(bytes.buffer).setUint32(0, text.length, true);
  bytes.set(new TextEncoder().encode(text), 4);
  new Float32Array(bytes.buffer, 4 + text.length).set(weights);
  return new Model(arithmetic, bytes.buffer);
}

const digit = Uint8Array.from({ length: PIXELS }, (_, index) => (index === 400 ? 255 : 0));

test("the strongest are shown, each in a place of its own", () => {
  assert.deepEqual(strongest([0, 5, 1, 9, 3], 2, []), [3, 1]);
  assert.deepEqual(strongest([0, 5, 1, 9, 3], 9, []), [3, 1, 4, 2, 0]);
});

test("what is nearly among the strongest keeps its place", () => {
  assert.deepEqual(strongest([4, 5, 6, 1, 0], 2, [1, 0]), [1, 0]);
  assert.deepEqual(strongest([9, 5, 6, 7, 0], 2, [4, 0]), [3, 0]);
});

test("a value's size is its opacity, its sign the color", () => {
  const pixels = new Uint8ClampedArray(12);
  const picture = { name: "", side: 1, values: [2, -1, 9], limit: 2, strength: 1 };
  paint(pixels, picture, [1, 2, 3], [4, 5, 6]);
  assert.deepEqual([...pixels], [1, 2, 3, 255, 4, 5, 6, 128, 1, 2, 3, 255]);
});

test("where there is no light a color is pale, and light alone can be seen", () => {
  const pixels = new Uint8ClampedArray(8);
  paint(
    pixels,
    { name: "", side: 1, values: [1, 0], limit: 1, light: [0, 1], strength: 1 },
    [0, 0, 0],
    [0, 0, 0],
  );
  assert.ok(pixels[3] > 50 && pixels[3] < 100);
  assert.ok(pixels[7] > 40 && pixels[7] < 90);
});

test("nothing at all is nothing to see", () => {
  const pixels = new Uint8ClampedArray(4);
  paint(pixels, { name: "", side: 1, values: [0], limit: 0, strength: 0 }, [1, 1, 1], [1, 1, 1]);
  assert.equal(pixels[3], 0);
});

test("a color of the style sheets", () => {
  assert.deepEqual(colorOf(" #302fAC"), [0x30, 0x2f, 0xac]);
  assert.deepEqual(colorOf(""), [0, 0, 0]);
});

test("a linear model has a stencil for each digit, lit by the ink", () => {
  const weights = Array.from({ length: 7850 }, (_, index) => (index < 7840 ? Math.floor(index / PIXELS) : 0));
  const linear = model([{ kind: "linear", shape: [10, PIXELS] }], weights);
  linear.answer(digit, true);
  const inside = insideOf(linear);
  const pictures = inside.pictures(digit, 7, "lane");
  assert.equal(
    pictures.length,
    inside.groups("lane").reduce((sum, { count }) => sum + count, 0),
  );
  assert.equal(pictures[0].name, "Stencil of 7");
  assert.ok(pictures[0].values.every((value) => value === 7));
  assert.deepEqual(
    pictures.slice(1).map(({ values }) => values[0]),
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  );
  assert.equal(pictures[0].light[400], 1);
  assert.equal(inside.pictures(digit, 7, "page").length, 10);
});

test("an MLP has its most active hidden units, each with the weights that it looks with", () => {
  const units = 20;
  const first = Array.from({ length: units * PIXELS }, (_, index) => Math.floor(index / PIXELS) / 10);
  const rest = Array(units + 10 * units + 10).fill(0);
  const operations = [
    { kind: "linear", relu: true, shape: [units, PIXELS] },
    { kind: "linear", shape: [10, units] },
  ];
  const mlp = model(operations, [...first, ...rest]);
  const inside = insideOf(mlp);
  mlp.answer(digit, true);
  const pictures = inside.pictures(digit, 0, "lane");
  assert.deepEqual(
    pictures.slice(0, 2).map(({ name }) => name),
    ["Hidden unit 20", "Hidden unit 19"],
  );
  assert.ok(Math.abs(pictures[0].values[5] - 1.9) < 1e-6);
  assert.equal(pictures[0].strength, 1);
  assert.equal(inside.pictures(digit, 0, "page").length, units);
});

test("a unit of the second layer makes something of the active units of the first that are shown", () => {
  const first = Array.from({ length: 3 * PIXELS }, (_, index) => [1, 10, -100][Math.floor(index / PIXELS)]);
  const second = [2, 3, 5, 0, 0, 0];
  const operations = [
    { kind: "linear", relu: true, shape: [3, PIXELS] },
    { kind: "linear", relu: true, shape: [2, 3] },
    { kind: "linear", shape: [10, 2] },
  ];
  const mlp = model(operations, [...first, 0, 0, 0, ...second, 0, 0, ...Array(30).fill(0)]);
  const inside = insideOf(mlp);
  mlp.answer(digit, true);
  assert.equal(inside.pictures(digit, 0, "lane").length, 3);
  const pictures = inside.pictures(digit, 0, "page");
  assert.deepEqual(
    inside.groups("page").map(({ count }) => count),
    [3, 2],
  );
  assert.equal(pictures[3].name, "Hidden unit 1 of layer 2");
  assert.ok(pictures[3].values.every((value) => value === 2 * 1 + 3 * 10)); // the third hands nothing on
  assert.equal(pictures[4].strength, 0);
});

test("a CNN has the maps of the last convolution before each pooling", () => {
  const operations = [
    { kind: "convolution", relu: true, padding: 1, shape: [2, 1, 3, 3] },
    { kind: "max-pool" },
    { kind: "convolution", relu: true, padding: 1, shape: [2, 2, 3, 3] },
    { kind: "linear", shape: [10, 2 * 14 * 14] },
  ];
  const identity = [0, 0, 0, 0, 1, 0, 0, 0, 0];
  const none = Array(9).fill(0);
  const weights = [
    ...none,
    ...identity,
    0,
    0,
    ...none,
    ...identity,
    ...none,
    ...none,
    0,
    0,
    ...Array(10 * 392 + 10).fill(0),
  ];
  const cnn = model(operations, weights);
  const inside = insideOf(cnn);
  cnn.answer(digit, true);
  assert.deepEqual(
    inside.groups("lane").map(({ title, count }) => [title, count]),
    [
      ["Block 1: 28 × 28", 2],
      ["Block 2: 14 × 14", 2],
    ],
  );
  const pictures = inside.pictures(digit, 0, "lane");
  assert.deepEqual(
    pictures.map(({ name }) => name),
    [
      "Feature map 2 of block 1",
      "Feature map 1 of block 1",
      "Feature map 1 of block 2",
      "Feature map 2 of block 2",
    ],
  );
  assert.equal(pictures[0].values[400], 1);
  assert.equal(
    pictures[0].values.reduce((sum, value) => sum + value),
    1,
  );
  assert.equal(pictures[2].values[7 * 14 + 4], 1);
});

test("what is kept is the digit that was to be kept, and not what was asked since", () => {
  const identity = [0, 0, 0, 0, 1, 0, 0, 0, 0];
  const operations = [
    { kind: "convolution", padding: 1, shape: [1, 1, 3, 3] },
    { kind: "max-pool" },
    { kind: "linear", shape: [10, 196] },
  ];
  const plain = model(operations, [...identity, 0, ...Array(1970).fill(0)]);
  plain.keep(0);
  plain.answer(digit, true);
  plain.answer(new Uint8Array(PIXELS));
  assert.equal(plain.kept.get(0).values.indexOf(1), 400);
});

// A program that can't be used is refused when it is loaded, before it answers anything.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { Model } from "../../mnist_demo/ui/pad/engine/operations.js";

const FILE = new URL("../../mnist_demo/ui/pad/engine/operations.wasm", import.meta.url);
const arithmetic = new WebAssembly.Module(readFileSync(FILE));
const LINEAR = { kind: "linear", relu: false, padding: 0, shape: [10, 784] };
const HEADER = { format: 1, bits: 32, normalization: [0, 1], temperature: 1, min_confidence: null, shift: 0 };

/** @param {object} changes @param {number} count of weights */
function packed(changes = {}, count = 7850) {
  let text = JSON.stringify({ ...HEADER, operations: [LINEAR], ...changes });
  text = text.padEnd(Math.ceil(text.length / 4) * 4);
  const bytes = new Uint8Array(4 + text.length + 4 * count);
  new DataView(bytes.buffer).setUint32(0, text.length, true);
  bytes.set(new TextEncoder().encode(text), 4);
  new Float32Array(bytes.buffer, 4 + text.length)[count - 1] = 1; // the last class's bias
  return bytes.buffer;
}

test("a program answers", () => {
  const { probabilities, doubtful } = new Model(arithmetic, packed()).answer(new Uint8Array(784));
  assert.equal(probabilities.length, 10);
  assert.ok(Math.abs(probabilities[9] - Math.E / (9 + Math.E)) < 1e-6);
  assert.equal(doubtful, false);
});

test("an answer of less than the least confidence is doubtful", () => {
  const model = new Model(arithmetic, packed({ min_confidence: 0.5 }));
  assert.equal(model.answer(new Uint8Array(784)).doubtful, true);
});

const REFUSED = {
  "another format": [packed({ format: 2 }), /format 2/],
  "too few weights": [packed({}, 7849), /7849 weights, not 7850/],
  "an unknown operation": [packed({ operations: [{ ...LINEAR, kind: "lineal" }] }), /no operation lineal/],
  "inputs that don't fit": [packed({ operations: [{ ...LINEAR, shape: [10, 783] }] }, 7840), /784 inputs/],
  "eleven classes": [packed({ operations: [{ ...LINEAR, shape: [11, 784] }] }, 8635), /11 logits/],
  "no program": [new ArrayBuffer(64), /./],
  "an empty file": [new ArrayBuffer(0), /./],
};
for (const [what, [bytes, message]] of Object.entries(REFUSED))
  test(`refuses ${what}`, () => assert.throws(() => new Model(arithmetic, bytes), message));

test("refuses what needs more than 32 MB", () => {
  const operations = [
    { ...LINEAR, shape: [12_000, 784] },
    { ...LINEAR, shape: [10, 12_000] },
  ];
  const count = 12_000 * 785 + 10 * 12_001;
  assert.throws(() => new Model(arithmetic, packed({ operations }, count)), /memory/);
});

test("takes other weights of the same form, and no others", () => {
  const model = new Model(arithmetic, packed());
  const other = packed();
  new Float32Array(other, other.byteLength - 4 * 10).fill(3, 4, 5); // the bias of class 4
  assert.equal(model.take(other), true);
  const digit = new Uint8Array(784);
  assert.deepEqual(model.answer(digit), new Model(arithmetic, other).answer(digit));
  assert.equal(model.answer(digit).probabilities.indexOf(Math.max(...model.answer(digit).probabilities)), 4);
  assert.equal(model.take(packed({ temperature: 2 })), false);
  assert.equal(model.answer(digit).probabilities[4] > 0.5, true, "they are as they were");
});

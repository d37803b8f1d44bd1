// The file of training digits, as the page reads it: what is nearest, what is typical, what is refused.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { Exemplars } from "../../mnist_demo/ui/pad/explain/exemplars.js";

const FILE = new URL("../../checkpoints/cnn.exemplars", import.meta.url);

function shipped() {
  const bytes = readFileSync(FILE);
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
}

/** A file of the format of safetensors. */
function packed(tensors, metadata) {
  let at = 0;
  const header = { __metadata__: metadata };
  for (const [name, values] of Object.entries(tensors)) {
    header[name] = { dtype: "U8", shape: [values.length], data_offsets: [at, (at += values.length)] };
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + at);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(Object.values(tensors).flat(), 8 + text.length);
  return bytes.buffer;
}

const METADATA = { sources: '["here", "there"]', columns: "40" };
const SMALL = {
  vectors: [127, 0, 90, 90, 0, 127, 256 - 127, 0],
  labels: [3, 3, 3, 8],
  sources: [0, 1, 1, 0],
  picture: [1, 2],
};

test("the nearest point the same way", () => {
  const exemplars = new Exemplars(packed(SMALL, METADATA));
  assert.deepEqual(exemplars.nearest([0.1, 5], 2), [2, 1]);
  assert.deepEqual(exemplars.nearest([-3, 1], 1), [3]);
  assert.equal(exemplars.nearest([1, 1], 9).length, 4);
});

test("typical ones are the first of their digit", () => {
  const exemplars = new Exemplars(packed(SMALL, METADATA));
  assert.deepEqual(exemplars.typical(3, 2), [0, 1]);
  assert.deepEqual(exemplars.typical(8, 5), [3]);
  assert.deepEqual(exemplars.typical(5, 5), []);
  assert.deepEqual([exemplars.nameOf(1), exemplars.nameOf(3)], ["A 3, from there", "A 8, from here"]);
});

test("what isn't such a file is refused", () => {
  const { labels, ...less } = SMALL;
  for (const bytes of [
    new ArrayBuffer(0),
    new ArrayBuffer(100),
    packed(less, METADATA),
    packed({ ...SMALL, labels: [1, 2, 3] }, METADATA),
    packed({ ...SMALL, labels: [] }, METADATA),
    packed(SMALL, undefined),
    shipped().slice(0, 5000),
  ])
    assert.throws(() => new Exemplars(bytes));
  assert.equal(labels.length, 4);
});

test("the shipped ones are found within five milliseconds", () => {
  const exemplars = new Exemplars(shipped());
  const bytes = new Uint8Array(exemplars.picture);
  assert.deepEqual(
    [...bytes.slice(1, 4)],
    [..."PNG"].map((letter) => letter.charCodeAt(0)),
  );
  const vector = Float32Array.from({ length: 128 }, (_, index) => Math.max(0, Math.sin(index)));
  exemplars.nearest(vector, 8);
  const times = Array.from({ length: 21 }, () => {
    const started = performance.now();
    assert.equal(exemplars.nearest(vector, 8).length, 8);
    return performance.now() - started;
  }).sort((one, other) => one - other);
  assert.ok(times[10] < 5, `${times[10]} ms`);
});

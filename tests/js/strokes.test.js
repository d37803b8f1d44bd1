// The drawing as data: what counts as ink, what is taken of a pen's way, undo and redo.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { Drawing, smooth } from "../../mnist_demo/ui/pad/strokes.js";

const picture = { source: "data:image/png;base64,", image: /** @type {any} */ ({}) };

describe("blank and empty", () => {
  test("a new drawing is both", () => {
    const drawing = new Drawing();
    assert.equal(drawing.isBlank, true);
    assert.equal(drawing.isEmpty, true);
  });

  test("an eraser's stroke alone is no ink, but can be cleared", () => {
    const drawing = new Drawing();
    drawing.begin(0.5, 0.5, 0.06, true);
    assert.equal(drawing.isBlank, true);
    assert.equal(drawing.isEmpty, false);
  });

  test("a stroke is ink, and so is a picture", () => {
    const drawn = new Drawing();
    drawn.begin(0.5, 0.5, 0.06, false);
    const brought = new Drawing();
    brought.replace(picture, []);
    for (const drawing of [drawn, brought]) assert.equal(drawing.isBlank, false);
  });
});

describe("points", () => {
  test("are rounded to a ten-thousandth of the pad", () => {
    const drawing = new Drawing();
    const stroke = drawing.begin(0.123456, 0.00004, 0.0600001, false);
    assert.deepEqual(stroke, { points: [0.1235, 0], width: 0.06, erases: false });
  });

  test("that are too near to the last one are left out", () => {
    const drawing = new Drawing();
    const { points } = drawing.begin(0.5, 0.5, 0.06, false);
    assert.equal(drawing.extend(0.5015, 0.5), false);
    assert.equal(drawing.extend(0.5025, 0.5), true);
    assert.deepEqual(points, [0.5, 0.5, 0.5025, 0.5]);
  });

  test("are taken more sparsely in a drawing of many points", () => {
    const drawing = new Drawing();
    drawing.begin(0, 0, 0.06, false);
    for (let step = 1; step <= 6000; step += 1) drawing.extend(step % 2, step / 6000);
    drawing.begin(0.5, 0.5, 0.06, false);
    assert.equal(drawing.extend(0.507, 0.5), false, "four times the usual distance is 0.008");
    assert.equal(drawing.extend(0.509, 0.5), true);
  });
});

describe("undo and redo", () => {
  /** @param {Drawing} drawing @param {number} x */
  const stroke = (drawing, x) => drawing.begin(x, 0.5, 0.06, false);

  test("walk through the steps and back", () => {
    const drawing = new Drawing();
    const first = stroke(drawing, 0.1);
    const second = stroke(drawing, 0.2);
    assert.equal(drawing.undo(), true);
    assert.deepEqual(drawing.strokes, [first]);
    assert.equal(drawing.redo(), true);
    assert.deepEqual(drawing.strokes, [first, second]);
    assert.equal(drawing.redo(), false);
    assert.equal(drawing.canRedo, false);
  });

  test("stop at the first step", () => {
    const drawing = new Drawing();
    stroke(drawing, 0.1);
    assert.equal(drawing.undo(), true);
    assert.equal(drawing.canUndo, false);
    assert.equal(drawing.undo(), false);
    assert.equal(drawing.isEmpty, true);
  });

  test("a new step forgets what was undone", () => {
    const drawing = new Drawing();
    stroke(drawing, 0.1);
    drawing.undo();
    stroke(drawing, 0.2);
    assert.equal(drawing.canRedo, false);
  });

  test("bring a cleared picture back with its strokes", () => {
    const drawing = new Drawing();
    drawing.replace(picture, []);
    const over = stroke(drawing, 0.1);
    drawing.replace(null, []);
    drawing.undo();
    assert.equal(drawing.picture, picture);
    assert.deepEqual(drawing.strokes, [over]);
  });

  test("remember two hundred steps and no more", () => {
    const drawing = new Drawing();
    for (let step = 0; step < 205; step += 1) stroke(drawing, step / 1000);
    let undone = 0;
    while (drawing.undo()) undone += 1;
    assert.equal(undone, 200);
    assert.equal(drawing.strokes.length, 5);
  });
});

describe("smooth", () => {
  test("leaves one and two points as they are", () => {
    assert.deepEqual(smooth([0.1, 0.2, 0.3, 0.4]), [0.1, 0.2, 0.3, 0.4]);
  });

  test("starts and ends where the points do, and keeps a straight line straight", () => {
    const curve = smooth([0, 0, 0.2, 0.1, 0.6, 0.3, 1, 0.5]);
    assert.deepEqual(curve.slice(0, 2), [0, 0]);
    assert.deepEqual(curve.slice(-2), [1, 0.5]);
    for (let index = 0; index < curve.length; index += 2)
      assert.ok(Math.abs(curve[index] / 2 - curve[index + 1]) < 2e-4, `point ${index / 2} is off the line`);
  });

  test("rounds a corner off", () => {
    const curve = smooth([0, 0, 1, 0, 1, 1]);
    for (let index = 2; index < curve.length - 2; index += 2)
      assert.ok(curve[index] < 1 || curve[index + 1] > 0, "the corner itself isn't on the curve");
    assert.ok(curve.length / 2 > 5);
  });
});

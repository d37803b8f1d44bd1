// Curves as SVG: what is where, on every kind of axis, and what is read at one place.

import assert from "node:assert/strict";
import { test } from "node:test";

import { MARGIN, plot, readAt, scalesOf, smoothed, ticksTo } from "../../mnist_demo/ui/training/plot.js";

const OPTIONS = {
  quantity: "loss",
  by: "epoch",
  smoothing: 0,
  isLogarithmic: false,
  width: 458,
  height: 252,
  references: [],
};
const [RIGHT, BOTTOM] = [OPTIONS.width - MARGIN.right, OPTIONS.height - MARGIN.bottom];

/** @param {number[]} actual @param {number[]} expected @param {number} within */
function assertNear(actual, expected, within) {
  assert.equal(actual.length, expected.length);
  actual.forEach((value, index) => assert.ok(Math.abs(value - expected[index]) <= within, `${actual}`));
}

/** @param {number[]} losses at whole epochs */
const points = (losses) =>
  losses.map((loss, epoch) => ({
    epoch,
    seconds: 3 * epoch,
    loss,
    accuracy: Number.isFinite(loss) ? 1 - loss / 10 : null,
  }));

/** @param {object} changes */
const run = (changes = {}) => ({
  number: 1,
  name: "Run 1",
  color: "red",
  epochs: 4,
  steps: 100,
  images: 6000,
  limit: 2.5,
  training: points([2, 1, 0.5]),
  validation: points([2, 1.5]),
  marks: [],
  remarks: [],
  ...changes,
});

/** The places on a path, [x, y] in pixels. @param {string} svg @param {string} kind */
function placesOf(svg, kind) {
  const [, path] = svg.match(new RegExp(`class="${kind}" d="([^"]*)"`));
  return [...path.matchAll(/[ML]([-\d.]+),([-\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)]);
}

test("a curve goes from the left to where its run is, and from the top down", () => {
  const [first, , last] = placesOf(plot([run()], OPTIONS), "training");
  assertNear(first, [MARGIN.left, MARGIN.top + 200 * (1 - 2 / 2.5)], 0.05);
  assertNear(last, [MARGIN.left + 400 / 2, MARGIN.top + 200 * (1 - 0.5 / 2.5)], 0.05);
});

test("it is drawn over epochs, steps, images or time", () => {
  const ends = { epoch: [4, 0.5], step: [400, 0.5], images: [24_000, 0.5], seconds: [6, 1] };
  for (const [by, [most, share]] of Object.entries(ends)) {
    const svg = plot([run()], { ...OPTIONS, by });
    const [x] = placesOf(svg, "training").at(-1);
    assert.equal(x, MARGIN.left + 400 * share, by);
    const { xTicks } = scalesOf([run()], { ...OPTIONS, by });
    const last = xTicks.at(-1);
    assert.ok(last.at <= RIGHT + 1 && Number.parseFloat(last.text) <= most, by);
  }
});

test("on a logarithmic axis a tenth is as far from one as one from ten", () => {
  const { y } = scalesOf([run({ training: points([2, 0.2, 0.02]) })], { ...OPTIONS, isLogarithmic: true });
  assert.ok(Math.abs(y(1) - y(10) - (y(0.1) - y(1))) < 1e-6);
  assert.equal(y(0.01), BOTTOM);
});

test("of an accuracy what it lacks is logarithmic", () => {
  const training = [0.1, 0.9, 0.995].map((accuracy, epoch) => ({ epoch, seconds: epoch, loss: 1, accuracy }));
  const options = { ...OPTIONS, quantity: "accuracy", isLogarithmic: true };
  const { y, yTicks } = scalesOf([run({ training, validation: [] })], options);
  assert.ok(Math.abs(y(0) - y(0.9) - (y(0.9) - y(0.99))) < 1e-6);
  assert.ok(y(0.99) < y(0.9), "better is higher up");
  assert.deepEqual(
    yTicks.map(({ text }) => text),
    ["99.9%", "99%", "90%", "0%"],
  );
  assert.ok(y(1) >= MARGIN.top, "a perfect score has a place");
});

test("smoothing keeps the first value and the constant, and is an average of all before", () => {
  assertNear(smoothed([3, 3, 3], 0.9), [3, 3, 3], 1e-9);
  assert.deepEqual(smoothed([1, 2, 3], 0), [1, 2, 3]);
  assertNear(smoothed([4, 1], 0.5), [4, (0.25 * 4 + 0.5 * 1) / 0.75], 1e-9);
});

test("a smoothed curve has its raw one beneath", () => {
  const svg = plot([run()], { ...OPTIONS, smoothing: 0.8 });
  assert.ok(svg.indexOf('class="training raw"') < svg.indexOf('class="training"'));
  const plain = plot([run()], OPTIONS);
  assert.ok(!plain.includes("raw"));
  assert.deepEqual(placesOf(svg, "training raw"), placesOf(plain, "training"));
});

test("a loss beyond the axis is cut off, and missing values are left out", () => {
  const training = points([2, 1e9, NaN]).map((point) => ({ ...point, loss: point.loss || null }));
  const places = placesOf(plot([run({ training })], OPTIONS), "training");
  assert.deepEqual(
    places.map(([, y]) => y),
    [52, MARGIN.top],
  );
});

test("says where the newest run was changed and what its curve shows, as text", () => {
  const remarks = [{ epoch: 1, word: "spikes", sentence: "It leaps to <b>5</b> & back." }];
  const svg = plot([run({ number: 1 }), run({ number: 2, marks: [1], remarks })], OPTIONS);
  assert.equal(svg.match(/class="mark"/g).length, 1);
  assert.match(svg, /<title>It leaps to &#60;b&#62;5&#60;\/b&#62; &#38; back\.<\/title>/);
  assert.match(svg, />spikes<\/text>/);
});

test("a run's name and color can't become markup", () => {
  const svg = plot([run({ name: "<img>", color: '"><img>' })], OPTIONS);
  assert.ok(!svg.includes("<img"));
});

test("the accuracy of a shipped model is a line", () => {
  const references = [{ name: "cnn", title: "CNN", accuracy: 0.9969 }];
  const svg = plot([run()], { ...OPTIONS, quantity: "accuracy", references });
  assert.match(svg, /CNN, shipped: 99\.69%/);
  assert.ok(!plot([run()], { ...OPTIONS, references }).includes("shipped"));
});

test("all curves are read at one place, and none beyond its end", () => {
  const longer = run({
    number: 2,
    name: "Run 2",
    training: points([2, 1, 0.5, 0.25, 0.1]),
    validation: points([2, 1, 1, 1, 1]),
  });
  const { place, rows } = readAt([run(), longer], OPTIONS, MARGIN.left + 100);
  assert.equal(place, "Epoch 1");
  assert.deepEqual(
    rows.map(({ name, training, validation }) => [name, training, validation]),
    [
      ["Run 2", "1.0000", "1.0000"],
      ["Run 1", "1.0000", "1.5000"],
    ],
  );
  assert.deepEqual(
    readAt([run(), longer], OPTIONS, RIGHT).rows.map(({ training }) => training),
    ["0.1000", "–"],
  );
});

test("an empty plot has axes and nothing to read", () => {
  assert.match(plot([], OPTIONS), /class="grid"/);
  assert.deepEqual(readAt([], OPTIONS, 100), { at: 100, place: "", rows: [] });
});

test("ticks are round numbers", () => {
  assert.deepEqual(ticksTo(2.5, 6), [0, 0.5, 1, 1.5, 2, 2.5]);
  assert.deepEqual(ticksTo(10, 6), [0, 2, 4, 6, 8, 10]);
});

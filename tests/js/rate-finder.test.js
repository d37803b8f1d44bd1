// What the learning-rate finder draws.

import assert from "node:assert/strict";
import { test } from "node:test";

import { curve } from "../../mnist_demo/ui/training/rate-finder.js";

const FOUND = { rates: [0.0001, 0.001, 0.01, 0.1], losses: [2, 1, 0.5, 1e9], suggestion: 0.01 };

/** @param {string} svg */
const placesOf = (svg) =>
  svg
    .match(/points="([^"]*)"/)[1]
    .split(" ")
    .map((place) => place.split(",").map(Number));

test("rates are on a logarithmic axis, and a loss that explodes stays on the picture", () => {
  const places = placesOf(curve(FOUND));
  const steps = places.slice(1).map(([x], index) => x - places[index][0]);
  assert.ok(Math.max(...steps) - Math.min(...steps) < 0.2);
  assert.ok(places[1][1] > places[0][1], "a smaller loss is further down");
  assert.equal(places[3][1], 6);
});

test("the suggestion is a line, where there is one", () => {
  assert.match(curve(FOUND), /class="suggestion" x1="([\d.]+)"/);
  assert.ok(!curve({ ...FOUND, suggestion: null }).includes("suggestion"));
});

test("powers of ten are ticks", () => {
  assert.deepEqual(
    [...curve(FOUND).matchAll(/middle">([^<]*)</g)].map(([, text]) => text),
    ["10⁻⁴", "0.001", "0.01", "0.1"],
  );
});

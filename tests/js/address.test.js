// A drawing as the fragment of an address: there and back, small, and nothing that isn't one is taken for one.

import assert from "node:assert/strict";
import { test } from "node:test";

import { LinkError, fragmentOf, strokesOf } from "../../mnist_demo/ui/pad/address.js";

const pen = (points, width = 0.06, erases = false) => ({ points, width, erases });
const arc = (count) =>
  Array.from({ length: 2 * count }, (_, index) => {
    const turn = (Math.floor(index / 2) / count) * 5;
    return 0.5 + 0.35 * (index % 2 ? Math.sin(turn) : Math.cos(turn));
  });
/** @param {number[]} bytes */
const link = (bytes) =>
  `#draw=${btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "")}`;

test("there and back", () => {
  const strokes = [
    pen([0.25, 0.2, 0.75, 0.2, 0.45, 0.85]),
    pen([0.5, 0.5], 0.1, true),
    pen([-0.5, 0.1, 1.5, 0.9]),
  ];
  assert.deepEqual(strokesOf(fragmentOf(strokes)), strokes);
});

test("a usual digit takes at most 600 characters and stays what it was", () => {
  const fragment = fragmentOf([pen(arc(150)), pen(arc(60))]);
  assert.ok(fragment.length <= 600, String(fragment.length));
  const [{ points }] = strokesOf(fragment);
  assert.deepEqual(points.slice(0, 2), [0.85, 0.5]);
  assert.ok(points.every((value) => value > 0.14 && value < 0.86));
});

test("random drawings come back within half a step", () => {
  let state = 1;
  const random = () => (state = (state * 16807) % 2147483647) / 2147483647;
  for (let round = 0; round < 200; round += 1) {
    const strokes = Array.from({ length: 1 + Math.floor(random() * 5) }, () =>
      pen(
        Array.from({ length: 2 * (1 + Math.floor(random() * 20)) }, () => random() * 3 - 1),
        0.06,
        random() < 0.3,
      ),
    );
    const back = strokesOf(fragmentOf(strokes));
    assert.equal(back.length, strokes.length);
    back.forEach(({ points, erases }, index) => {
      assert.equal(erases, strokes[index].erases);
      assert.ok(Math.abs(points[0] - strokes[index].points[0]) <= 0.0005001);
      assert.ok(Math.abs(points.at(-1) - strokes[index].points.at(-1)) <= 0.0005001);
    });
  }
});

test("an address about something else is none to a drawing", () => {
  for (const other of ["", "#", "#training", "#train=abc", "draw=AQ"]) assert.equal(strokesOf(other), null);
});

const good = fragmentOf([pen([0.25, 0.2, 0.75, 0.2])]);
const REFUSED = {
  empty: "#draw=",
  "wrong characters": "#draw=A%00?/",
  "an impossible length": "#draw=AQAAA",
  truncated: good.slice(0, -3),
  "no stroke": link([1]),
  "a stroke without points": link([1, 60, 0]),
  "a number that never ends": link([1, 255, 255, 255, 255, 255, 255]),
  "a place far away": link([1, 60, 1, 255, 255, 127, 0]),
  "version 0": link([0, 60, 1, 1, 1]),
  "ten thousand strokes": link([1, ...Array(10_000).fill([60, 1, 1, 1]).flat()].slice(0, 14_000)),
  "twenty thousand points": link([1, 60, 160, 156, 1, ...Array(9_000).fill(1)]),
};
for (const [what, fragment] of Object.entries(REFUSED))
  test(`refuses ${what}`, () => assert.throws(() => strokesOf(fragment), LinkError));

test("says what is wrong with a link that is too long, and with one of a future version", () => {
  assert.throws(() => strokesOf(`#draw=${"A".repeat(30_000)}`), /too long/);
  assert.throws(() => strokesOf(link([2, 60, 1, 1, 1])), /newer version/);
});

test("what is no place becomes one", () => {
  const [{ points }] = strokesOf(fragmentOf([pen([NaN, 0.5, Infinity, -Infinity])]));
  assert.deepEqual(points, [0, 0.5, 3, -2]);
});

test("a drawing that is too long has no link", () => {
  assert.throws(() => fragmentOf(Array(300).fill(pen([0.1, 0.1]))), /too long/);
  assert.throws(() => fragmentOf([pen(Array.from({ length: 60_000 }, (_, index) => index % 7))]), /too long/);
});

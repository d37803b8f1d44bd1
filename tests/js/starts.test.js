// How the choices to start with say what to expect.

import assert from "node:assert/strict";
import { test } from "node:test";

import { duration, percent } from "../../mnist_demo/ui/training/starts.js";

test("a time is said no more exactly than it is known", () => {
  const said = [0.2, 1.4, 3.6, 12.4, 19.4, 22, 63, 89, 95, 400].map(duration);
  assert.deepEqual(said, ["1 s", "1 s", "4 s", "12 s", "19 s", "20 s", "65 s", "90 s", "2 min", "7 min"]);
});

test("an accuracy has one decimal", () => {
  assert.equal(percent(0.9277), "92.8%");
  assert.equal(percent(0.9921), "99.2%");
});

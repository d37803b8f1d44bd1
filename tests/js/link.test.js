// The link to a set-up: what it says, and what is made of links by strangers.

import assert from "node:assert/strict";
import { test } from "node:test";

import { linkTo, setUpOf } from "../../mnist_demo/ui/training/link.js";

const ORIGINAL = { epochs: "2", hidden: "64, 64", blurred: false, seed: "0" };

test("a link has the recipe and what differs from it", () => {
  assert.equal(linkTo("cnn-fast", { recipe: "cnn-fast", ...ORIGINAL }, ORIGINAL), "#train=cnn-fast");
  const changed = { recipe: "cnn-fast", ...ORIGINAL, hidden: "128, 32", blurred: true };
  assert.equal(linkTo("cnn-fast", changed, ORIGINAL), "#train=cnn-fast&hidden=128%2C+32&blurred=true");
});

test("what a link says is read back", () => {
  const changed = { recipe: "a b&c", ...ORIGINAL, hidden: "128, 32", seed: "7" };
  assert.deepEqual(setUpOf(linkTo("a b&c", changed, ORIGINAL)), {
    recipe: "a b&c",
    settings: { hidden: "128, 32", seed: "7" },
  });
});

test("other fragments are no links, damaged ones are read as far as they go", () => {
  for (const fragment of ["", "#training", "#draw=abc", `#train=${"x".repeat(3000)}`])
    assert.equal(setUpOf(fragment), null);
  assert.deepEqual(setUpOf("#train="), { recipe: "", settings: {} });
  assert.deepEqual(setUpOf("#train=%E0%A4%A&seed"), { recipe: "%E0%A4%A", settings: { seed: "" } });
});

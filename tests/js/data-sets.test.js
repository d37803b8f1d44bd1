// Which data set replaces one that is missing, what is said of it, and how many of its images are held out.

import assert from "node:assert/strict";
import { test } from "node:test";

import { missingData, replacement, validationSize } from "../../mnist_demo/ui/training/data-sets.js";

const ALL_HERE = { mnist: "here", "mnist-pen": "here", "uci-digits": "here" };
const NO_PEN = { ...ALL_HERE, "mnist-pen": "away" };
const NO_MNIST = { ...ALL_HERE, mnist: "away", "mnist-pen": "away" };

test("nothing replaces what is here, can be fetched, or isn't known yet", () => {
  for (const place of ["here", "reachable", "unknown"])
    assert.equal(replacement("mnist", { ...ALL_HERE, mnist: place }), null, place);
  assert.equal(replacement("mnist", {}), null);
});

test("MNIST alone replaces MNIST with pen strokes, and the UCI digits replace MNIST", () => {
  assert.equal(replacement("mnist-pen", NO_PEN), "mnist");
  assert.equal(replacement("mnist", NO_MNIST), "uci-digits");
  assert.equal(replacement("mnist-pen", NO_MNIST), "uci-digits");
  assert.equal(replacement("uci-digits", NO_MNIST), null);
});

test("what is missing is said where it matters", () => {
  assert.equal(missingData("mnist", ALL_HERE), "");
  assert.equal(missingData("mnist", NO_PEN), "", "the chosen set is here");
  assert.match(
    missingData("mnist-pen", NO_PEN),
    /^The pen strokes can’t be found .*: choose another data set\.$/,
  );
  assert.match(missingData("mnist", NO_MNIST), /: choose the 1,797 UCI digits/);
  assert.match(missingData("uci-digits", NO_MNIST), /: these are the 1,797 UCI digits/);
});

test("a recipe's split is kept where it leaves more than half to learn from, else a fifth is held out", () => {
  assert.equal(validationSize(5000, 60_000), 5000);
  assert.equal(validationSize(0, 1497), 0);
  assert.equal(validationSize(5000, 1500), 300);
  assert.equal(validationSize(750, 1500), 300);
  assert.equal(validationSize(5000, 1497), 299, "images come whole");
});

// What the answers come to: agreement, disagreement, doubt, in words.

import assert from "node:assert/strict";
import { test } from "node:test";

import { judge, oddOneOut } from "../../mnist_demo/ui/pad/verdict.js";

function votes(...digits) {
  return digits.map((digit) => ({ title: "MLP", digit, isDoubtful: null }));
}

test("without an answer it says what to do", () => {
  assert.deepEqual(judge([], false), {
    kind: "empty",
    sign: "",
    sentence: "Draw a digit and watch",
    note: "",
    isOutvoted: [],
  });
});

test("one answer is its model's", () => {
  const { kind, sentence } = judge(votes(7), false);
  assert.deepEqual([kind, sentence], ["agree", "MLP reads 7"]);
});

test("several equal answers are counted in words", () => {
  const sentences = [2, 3, 4, 5, 6, 7].map((count) => judge(votes(...Array(count).fill(0)), false).sentence);
  assert.deepEqual(sentences, [
    "Both read 0",
    "All three read 0",
    "All four read 0",
    "All five read 0",
    "All six read 0",
    "All read 0",
  ]);
});

test("a minority is outvoted", () => {
  const { kind, sign, sentence, isOutvoted } = judge(votes(7, 1, 7, 2), false);
  assert.deepEqual([kind, sign, sentence], ["disagree", "≠", "They disagree: "]);
  assert.deepEqual(isOutvoted, [false, true, false, true]);
});

test("where no digit leads everybody is outvoted", () => {
  assert.deepEqual(judge(votes(7, 1), false).isOutvoted, [true, true]);
  assert.deepEqual(judge(votes(4, 4, 9, 9), false).isOutvoted, [true, true, true, true]);
  assert.equal(judge(votes(4, 4, 9, 9), false).kind, "disagree");
});

/** Three votes: one that can't tell what isn't a digit, and two that can. */
function doubted(...doubts) {
  const theirs = votes(7, 1, 7);
  doubts.forEach((isDoubtful, index) =>
    Object.assign(theirs[index + 1], { title: `CNN ${index}`, isDoubtful }),
  );
  return theirs;
}

test("the first model that can tell decides whether it is a digit, even where they disagree", () => {
  const { kind, sentence, note, isOutvoted } = judge(doubted(true, false), false);
  assert.deepEqual([kind, sentence], ["doubtful", "Doesn’t look like a digit"]);
  assert.match(note, /^Only the CNN 0 has learned/);
  assert.deepEqual(isOutvoted, [false, false, false]);
});

test("another one's doubt changes nothing", () => {
  assert.equal(judge(doubted(false, true), false).kind, "disagree");
});

test("while the pen is down nothing is said about what isn't a digit", () => {
  assert.equal(judge(doubted(true, true), true).kind, "disagree");
});

test("the odd one out is a single model against all others, of a digit", () => {
  const named = (...digits) =>
    digits.map((digit, index) => ({ title: "ABCDE"[index], digit, isDoubtful: null }));
  assert.equal(oddOneOut(named(4, 9, 4, 4)), "B");
  assert.equal(oddOneOut(named(4, 4, 4, 4)), null);
  assert.equal(oddOneOut(named(4, 9, 4, 9)), null);
  assert.equal(oddOneOut(named(4, 9, 4, 7)), null);
  assert.equal(oddOneOut(named(4, 9, 7, 1, 4)), null);
  assert.equal(oddOneOut(named(4, 9)), null);
  assert.equal(oddOneOut([]), null);
  assert.equal(oddOneOut([...named(4, 9, 4), { title: "E", digit: 4, isDoubtful: true }]), null);
});

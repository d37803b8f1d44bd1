// What the answers come to: agreement, disagreement, doubt, in words.

import assert from "node:assert/strict";
import { test } from "node:test";

import { judge } from "../../mnist_demo/ui/pad/verdict.js";

function votes(...digits) {
  return digits.map((digit) => ({ title: "MLP", digit, isDoubtful: false }));
}

test("without an answer it says what to do", () => {
  assert.deepEqual(judge([]), {
    kind: "empty",
    sign: "",
    sentence: "Draw a digit: the models answer as you draw",
    isOutvoted: [],
  });
});

test("one answer is its model's", () => {
  const { kind, sentence } = judge(votes(7));
  assert.deepEqual([kind, sentence], ["agree", "MLP reads 7"]);
});

test("several equal answers are counted in words", () => {
  const sentences = [2, 3, 4, 5, 6, 7].map((count) => judge(votes(...Array(count).fill(0))).sentence);
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
  const { kind, sign, sentence, isOutvoted } = judge(votes(7, 1, 7, 2));
  assert.deepEqual([kind, sign, sentence], ["disagree", "≠", "They disagree: "]);
  assert.deepEqual(isOutvoted, [false, true, false, true]);
});

test("nobody is outvoted in a draw", () => {
  assert.deepEqual(judge(votes(7, 1)).isOutvoted, [false, false]);
});

test("one model's doubt is everybody's, even where they disagree", () => {
  const doubted = votes(7, 1, 7);
  doubted[1].isDoubtful = true;
  const { kind, sentence, isOutvoted } = judge(doubted);
  assert.deepEqual([kind, sentence], ["doubtful", "Doesn’t look like a digit"]);
  assert.deepEqual(isOutvoted, [false, false, false]);
});

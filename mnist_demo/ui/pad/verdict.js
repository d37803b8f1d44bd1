// What the models' answers come to, taken together: do they agree, and is it a digit at all?
// Knows words and numbers only; nothing of the page.

/** @typedef {{ title: string, digit: number, isDoubtful: boolean }} Vote */

/**
 * @typedef {object} Verdict
 * @property {"empty" | "agree" | "disagree" | "doubtful"} kind
 * @property {string} sign a single character, or ""
 * @property {string} sentence without the digits of a disagreement, which follow it
 * @property {boolean[]} isOutvoted of each vote, whether more models read another digit
 */

const COUNTS = ["No", "One", "Both", "All three", "All four", "All five", "All six"];

/**
 * Judges the votes of the models that answer.
 *
 * @param {Vote[]} votes
 * @returns {Verdict}
 */
export function judge(votes) {
  const digits = votes.map(({ digit }) => digit);
  const nobody = votes.map(() => false);
  if (votes.some(({ isDoubtful }) => isDoubtful))
    return { kind: "doubtful", sign: "?", sentence: "Doesn’t look like a digit", isOutvoted: nobody };
  if (!votes.length)
    return {
      kind: "empty",
      sign: "",
      sentence: "Draw a digit: the models answer as you draw",
      isOutvoted: [],
    };
  if (new Set(digits).size === 1) {
    const readers = votes.length === 1 ? `${votes[0].title} reads` : `${COUNTS[votes.length] ?? "All"} read`;
    return { kind: "agree", sign: "=", sentence: `${readers} ${digits[0]}`, isOutvoted: nobody };
  }
  /** @param {number} digit */
  const count = (digit) => digits.filter((other) => other === digit).length;
  const most = Math.max(...digits.map(count));
  const isOutvoted = digits.map((digit) => count(digit) < most);
  return { kind: "disagree", sign: "≠", sentence: "They disagree: ", isOutvoted };
}

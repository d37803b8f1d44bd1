// What the models' answers come to, taken together: do they agree, and is it a digit at all?
// Knows words and numbers only; nothing of the page.

/**
 * @typedef {object} Vote
 * @property {string} title the model's
 * @property {number} digit
 * @property {boolean | null} isDoubtful whether the model flags the ink as not a digit; null where it never learned to
 */

/**
 * @typedef {object} Verdict
 * @property {"empty" | "agree" | "disagree" | "doubtful"} kind
 * @property {string} sign a single character, or ""
 * @property {string} sentence without the digits of a disagreement, which follow it
 * @property {string} note one more sentence, or ""
 * @property {boolean[]} isOutvoted of each vote, whether it isn't the one digit that most models read
 */

const COUNTS = ["No", "One", "Both", "All three", "All four", "All five", "All six"];

/**
 * Judges the votes of the models that answer.
 *
 * Whether it is a digit at all is decided by the first model that has learned to tell, alone: the others have
 * never seen anything but digits, and are as sure of a letter as of a digit.
 *
 * @param {Vote[]} votes
 * @param {boolean} isDrawing whether the pen is down: half a digit often looks like none, which nobody should be told
 * @returns {Verdict}
 */
export function judge(votes, isDrawing) {
  const digits = votes.map(({ digit }) => digit);
  const detector = votes.find(({ isDoubtful }) => isDoubtful !== null);
  if (!votes.length)
    return {
      kind: "empty",
      sign: "",
      sentence: "Draw a digit and watch",
      note: "",
      isOutvoted: [],
    };
  if (detector?.isDoubtful && !isDrawing)
    return {
      kind: "doubtful",
      sign: "?",
      sentence: "Doesn’t look like a digit",
      note: votes.length > 1 ? `Only the ${detector.title} has learned what isn’t one` : "",
      isOutvoted: votes.map(() => false),
    };
  if (new Set(digits).size === 1) {
    const readers = votes.length === 1 ? `${votes[0].title} reads` : `${COUNTS[votes.length] ?? "All"} read`;
    const isOutvoted = votes.map(() => false);
    return { kind: "agree", sign: "=", sentence: `${readers} ${digits[0]}`, note: "", isOutvoted };
  }
  /** @param {number} digit */
  const count = (digit) => digits.filter((other) => other === digit).length;
  const most = Math.max(...digits.map(count));
  const leading = new Set(digits.filter((digit) => count(digit) === most));
  const isOutvoted = digits.map((digit) => leading.size > 1 || !leading.has(digit));
  return { kind: "disagree", sign: "≠", sentence: "They disagree: ", note: "", isOutvoted };
}

/**
 * The title of the only model that reads something else than all others; null where there is none, and where the ink
 * isn't a digit.
 *
 * @param {Vote[]} votes of at least three models
 */
export function oddOneOut(votes) {
  const { kind, isOutvoted } = judge(votes, false);
  const odd = votes.filter((_, index) => isOutvoted[index]);
  const others = new Set(votes.filter((_, index) => !isOutvoted[index]).map(({ digit }) => digit));
  return kind === "disagree" && votes.length > 2 && odd.length === 1 && others.size === 1
    ? odd[0].title
    : null;
}

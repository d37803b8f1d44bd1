// Asks what the ink says: at most one question at a time, always about the newest ink, again after a failure.
// Knows nothing of the page and of who answers; it is given functions to call.

/** @import { Stroke } from "./strokes.js" */

/**
 * @typedef {object} Question
 * @property {string} visitor
 * @property {number} ink the counter of the ink that is asked about
 * @property {string} models a model's name, or "all"
 * @property {string | null} picture
 * @property {Stroke[]} strokes
 */

/**
 * @typedef {object} Prediction
 * @property {number[]} probabilities ten
 * @property {number} milliseconds
 * @property {boolean} [doubtful] whether the model flags the ink as not a digit
 */

/**
 * @typedef {object} Answer
 * @property {number} ink the question's counter
 * @property {boolean} [blank] there is no ink to read
 * @property {string} [digit] base64 of 784 bytes, row by row, 255 = ink
 * @property {Record<string, Prediction>} [answers] by the model's name
 * @property {string} [error] a sentence for people
 * @property {boolean} [busy] the error is worth another try
 */

const TIMEOUT = 5000; // milliseconds
const FIRST_PAUSE = 250; // milliseconds before another try; doubles with each failure
const MAX_PAUSE = 2000;

/** @typedef {{ version: number, hasTimedOut: boolean }} Request */

export class Reader {
  #version = 0; // raised by whatever makes the last answer old
  #shown = 0; // the version whose answer is on the page
  #failures = 0;

  /** @type {Request | null} */
  #underWay = null;

  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #pause = undefined;

  /**
   * @param {object} options
   * @param {(question: Question) => Promise<Answer | undefined>} options.ask resolves to undefined when there was no answer
   * @param {() => Question} options.question what to ask now
   * @param {(answer: Answer) => void} options.show puts an answer on the page
   * @param {(isAway: boolean) => void} options.setAway says whether the server stays away
   */
  constructor({ ask, question, show, setAway }) {
    this.ask = ask;
    this.question = question;
    this.show = show;
    this.setAway = setAway;
  }

  /** Asks about the ink as it is now, as soon as the question under way is answered. */
  read() {
    this.#version += 1;
    this.#send();
  }

  /** There is no ink and nothing to ask: answers to older ink come too late. */
  rest() {
    this.#version += 1;
    this.#shown = this.#version;
    this.#recover();
  }

  /** Asks again at once instead of waiting out the pause after a failure: call it when the network is back. */
  retry() {
    if (this.#pause === undefined) return;
    clearTimeout(this.#pause);
    this.#pause = undefined;
    this.#send();
  }

  async #send() {
    if (this.#underWay || this.#pause !== undefined || this.#shown === this.#version) return;
    /** @type {Request} */
    const request = { version: this.#version, hasTimedOut: false };
    this.#underWay = request;
    const timer = setTimeout(() => {
      request.hasTimedOut = true;
      this.#fail(request);
    }, TIMEOUT);
    const question = this.question();
    const answer = await this.#answerTo(question);
    clearTimeout(timer);
    if (answer?.ink === question.ink && !answer.busy) this.#succeed(request, answer);
    else if (!request.hasTimedOut) this.#fail(request);
  }

  /** @param {Question} question */
  async #answerTo(question) {
    try {
      return await this.ask(question);
    } catch {
      return undefined; // as when there was no answer
    }
  }

  /**
   * @param {Request} request
   * @param {Answer} answer
   */
  #succeed(request, answer) {
    const isNews = request.version > this.#shown;
    if (isNews) this.#shown = request.version;
    if (this.#underWay === request) this.#underWay = null;
    this.#recover();
    this.#send(); // first, so that the server reads newer ink while this answer is put on the page
    if (isNews) this.show(answer);
  }

  /** @param {Request} request */
  #fail(request) {
    if (this.#underWay === request) this.#underWay = null;
    if (this.#shown === this.#version) return;
    this.#failures += 1;
    if (this.#failures > 1 || request.hasTimedOut) this.setAway(true);
    clearTimeout(this.#pause);
    this.#pause = setTimeout(
      () => this.retry(),
      Math.min(FIRST_PAUSE * 2 ** (this.#failures - 1), MAX_PAUSE),
    );
  }

  #recover() {
    clearTimeout(this.#pause);
    this.#pause = undefined;
    if (this.#failures) this.setAway(false);
    this.#failures = 0;
  }
}

// One model's lane: what is known about the model, what it computes, and what it answered last.
// Writes only what changed and measures nothing: what an answer costs the browser is part of the pen's delay.

/** @import { Model as Program } from "./engine/operations.js" */
/** @import { Enlarged } from "./insides/enlarged.js" */
/** @import { Room } from "./insides/kinds.js" */
/** @import { Prediction } from "./reader.js" */

import { find, setText } from "../component.js";
import { InsideView } from "./insides/view.js";

/**
 * What the page knows about a model.
 *
 * @typedef {object} Model
 * @property {string} name
 * @property {string} title its name for people
 * @property {string} sentence what kind of model it is, in a few words
 * @property {number} parameters how many numbers were learned
 * @property {number} test_accuracy between 0 and 1, on MNIST's test images
 * @property {boolean} detects whether it has learned what isn't a digit
 * @property {string} [color] the name of its color, where that isn't its own name
 */

const CLASSES = 10;
const TIMES_KEPT = 15; // of a model's last answers, whose median is shown
const BAR_STEP = 1 / 256; // of a bar's length; what is finer can't be seen, and would keep all the bars moving
const LEAST_RUNNER_UP = 0.03; // what has less of a chance isn't worth a word
const LEAST_SHOWN = 0.0005; // of ten probabilities most are next to nothing: a row of 0.0% says less than none

/** @param {number} share between 0 and 1 */
const percent = (share) => `${(100 * share).toFixed(1)}%`;

/**
 * A model's color as a CSS value; the colors are the theme's.
 *
 * @param {Model} model
 */
export const colorOf = (model) => `var(--model-${model.color ?? model.name}, var(--ink))`;

export class Lane {
  /** The digit that the model reads, or null. @type {number | null} */
  digit = null;

  /** Whether the model flags the ink as not a digit. */
  isDoubtful = false;

  /** The ink that the lane's answer is to; -1 while it has none. */
  ink = -1;

  /** @type {number[]} milliseconds */
  #times = [];

  /**
   * @param {HTMLTemplateElement} template
   * @param {Model} model
   * @param {Enlarged} enlarged
   */
  constructor(template, model, enlarged) {
    const lane = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
    this.element = find(lane, ".lane", HTMLElement);
    this.element.dataset.model = model.name;
    /** @param {string} name */
    const part = (name) => find(this.element, `.${name}`, HTMLElement);
    this.parts = {
      digit: part("digit"),
      odd: part("odd"),
      confidence: part("confidence"),
      runnerUp: part("runner-up"),
      where: part("where"),
      milliseconds: part("milliseconds"),
    };
    this.inside = new InsideView(part("inside"), enlarged);
    this.more = find(this.element, ".more", HTMLButtonElement);
    this.more.addEventListener("click", () => this.#open(this.more.ariaExpanded !== "true"));
    this.model = model;
    this.describe(model);
    this.rows = this.#addRows(part("row"));
    this.clear();
  }

  /** @param {boolean} isOpen whether all ten probabilities are to be seen */
  #open(isOpen) {
    this.more.ariaExpanded = String(isOpen);
    this.element.classList.toggle("open", isOpen);
    this.inside.cover(isOpen);
  }

  /**
   * Shows what is known about the model; a visitor can call their own something else.
   *
   * @param {Model} model
   */
  describe(model) {
    this.model = model;
    this.element.style.setProperty("--model", colorOf(model));
    this.more.setAttribute("aria-label", `All ten probabilities of ${model.title}`);
    setText(find(this.element, ".name", HTMLElement), model.title);
    setText(find(this.element, ".what", HTMLElement), model.sentence);
    setText(find(this.element, ".parameters", HTMLElement), model.parameters.toLocaleString("en"));
    setText(find(this.element, ".accuracy", HTMLElement), `${(100 * model.test_accuracy).toFixed(2)}%`);
  }

  /**
   * Draws the square whose area stands for the model's number of parameters.
   *
   * @param {number} most the number of parameters of the largest model
   */
  compare(most) {
    this.element.style.setProperty("--size", String(Math.sqrt(this.model.parameters / most)));
  }

  /** @param {Room} room */
  fit(room) {
    this.element.classList.toggle("alone", room === "page");
    this.inside.fit(room);
  }

  clear() {
    this.digit = null;
    this.isDoubtful = false;
    this.ink = -1;
    delete this.element.dataset.digit;
    this.markAsDifferent(false);
    setText(this.parts.digit, "–");
    setText(this.parts.confidence, "");
    setText(this.parts.runnerUp, "");
    this.inside.clear();
    for (const row of this.rows) this.#fill(row, null, false);
  }

  /**
   * Shows faintly what the model makes of a digit that nobody drew.
   *
   * @param {Program} program
   * @param {Uint8Array} pixels
   */
  rest(program, pixels) {
    const { probabilities } = program.answer(pixels, true);
    this.inside.rest(program, pixels, probabilities.indexOf(Math.max(...probabilities)));
  }

  /**
   * @param {Prediction} prediction
   * @param {Program | undefined} program the model, if it answered in the page
   * @param {Uint8Array} pixels the digit that it saw
   */
  show({ probabilities, milliseconds, doubtful = false }, program, pixels) {
    const order = probabilities
      .map((_, digit) => digit)
      .sort((one, other) => probabilities[other] - probabilities[one]);
    const [digit, second] = order;
    this.digit = digit;
    this.isDoubtful = doubtful;
    this.element.dataset.digit = String(digit);
    setText(this.parts.digit, String(digit));
    setText(this.parts.confidence, percent(probabilities[digit]));
    const isClose = probabilities[second] >= LEAST_RUNNER_UP;
    setText(this.parts.runnerUp, isClose ? `or ${second}: ${percent(probabilities[second])}` : "");
    this.#showTime(milliseconds, program !== undefined);
    this.rows.forEach((row, index) => this.#fill(row, probabilities[index], index === digit));
    this.inside.show(program, pixels, digit);
  }

  /**
   * The median of the last answers from there: one alone is mostly noise.
   *
   * @param {number} milliseconds
   * @param {boolean} isHere
   */
  #showTime(milliseconds, isHere) {
    const where = isHere ? "Here" : "On the server";
    if (this.parts.where.textContent !== where) this.#times = [];
    setText(this.parts.where, where);
    this.element.dataset.where = isHere ? "here" : "server";
    this.#times = [...this.#times.slice(1 - TIMES_KEPT), milliseconds];
    const median = this.#times.toSorted((one, other) => one - other)[this.#times.length >> 1];
    setText(this.parts.milliseconds, median < 0.1 ? "< 0.1 ms" : `${median.toFixed(1)} ms`);
  }

  /** @param {boolean} isDifferent */
  markAsDifferent(isDifferent) {
    this.element.classList.toggle("differs", isDifferent);
    setText(this.parts.odd, isDifferent ? `≠ sees ${this.digit}` : "");
  }

  /** @param {HTMLElement} first the row of the template, which becomes the first of ten */
  #addRows(first) {
    return Array.from({ length: CLASSES }, (_, digit) => {
      const element = digit ? /** @type {HTMLElement} */ (first.cloneNode(true)) : first;
      if (digit) first.parentNode?.append(element);
      element.dataset.class = String(digit);
      setText(find(element, ".class", HTMLElement), String(digit));
      const [bar, value] = [find(element, ".bar", HTMLElement), find(element, ".value", HTMLElement)];
      return { element, bar, value, length: NaN };
    });
  }

  /**
   * @param {{ element: HTMLElement, bar: HTMLElement, value: HTMLElement, length: number }} row
   * @param {number | null} probability
   * @param {boolean} isHighest
   */
  #fill(row, probability, isHighest) {
    if (probability === null) delete row.element.dataset.probability;
    else row.element.dataset.probability = String(Number(probability.toFixed(6)));
    row.element.classList.toggle("highest", isHighest);
    const length = Math.round((probability ?? 0) / BAR_STEP) * BAR_STEP;
    if (length !== row.length) row.bar.style.transform = `scaleY(${(row.length = length)})`;
    setText(row.value, (probability ?? 0) < LEAST_SHOWN ? "" : percent(probability ?? 0));
  }
}

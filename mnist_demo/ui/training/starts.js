// The choices to start with: three recipes, how long to train, and what to expect of that on this host.
// Knows recipes by name; what their settings are is the form's.

import { find, setText } from "../component.js";

/** @typedef {Record<string, Record<string, number>>} Starts by recipe and epochs, the test accuracy to expect */

/**
 * What the form is set to.
 *
 * @typedef {object} State
 * @property {string} recipe
 * @property {string} title of the recipe
 * @property {number} epochs
 * @property {boolean} isChanged whether anything else is not as in the recipe
 * @property {boolean} hasData whether the recipes' data can be had
 */

export class QuickStarts {
  /** @type {State} */
  #state = { recipe: "", title: "", epochs: 0, isChanged: false, hasData: true };

  /** @type {Record<string, number>} */
  #epochSeconds = {};

  /**
   * @param {HTMLElement} element
   * @param {Starts} starts
   * @param {Record<string, number>} usual by recipe, its own epochs
   * @param {{ onRecipe: (name: string) => void, onEpochs: (epochs: number) => void }} listeners
   */
  constructor(element, starts, usual, { onRecipe, onEpochs }) {
    this.starts = starts;
    this.usual = usual;
    this.choices = [
      .../** @type {NodeListOf<HTMLInputElement>} */ (element.querySelectorAll("[name=start]")),
    ];
    this.length = find(element, ".length", HTMLElement);
    this.slider = find(element, "input[type=range]", HTMLInputElement);
    this.output = find(element, "output", HTMLElement);
    this.forecast = find(element, ".forecast", HTMLElement);
    element.addEventListener("input", (event) => {
      event.stopPropagation(); // these are not settings of their own
      if (event.target === this.slider) onEpochs(this.#lengths[Number(this.slider.value)]);
      else if (event.target instanceof HTMLInputElement) onRecipe(event.target.value);
    });
  }

  /**
   * Takes note of this host's speed, which the next `show` shows.
   *
   * @param {Record<string, number>} seconds by recipe, what an epoch takes; empty while that isn't known
   */
  setEpochSeconds(seconds) {
    this.#epochSeconds = seconds;
  }

  disable() {
    for (const control of [...this.choices, this.slider]) control.disabled = true;
  }

  get isMeasured() {
    return Object.keys(this.#epochSeconds).length > 0;
  }

  /**
   * Shows what the form is set to.
   *
   * @param {State} state
   */
  show(state) {
    this.#state = state;
    const { recipe, epochs, isChanged } = state;
    for (const choice of this.choices) {
      const name = choice.value;
      choice.checked = name === recipe;
      const shown = name === recipe && !isChanged ? epochs : this.usual[name];
      setText(
        find(/** @type {Element} */ (choice.parentElement), ".expected", HTMLElement),
        this.#brief(name, shown),
      );
    }
    this.length.hidden = !this.starts[recipe];
    if (this.starts[recipe]) {
      const lengths = this.#lengths;
      this.slider.max = String(lengths.length - 1);
      this.slider.value = String(nearest(lengths, epochs));
      this.slider.setAttribute("aria-valuetext", epochs === 1 ? "1 epoch" : `${epochs} epochs`);
      setText(this.output, Number.isFinite(epochs) ? String(epochs) : "");
    }
    setText(this.forecast, this.#sentence());
  }

  /** The epochs that the chosen recipe offers. */
  get #lengths() {
    return Object.keys(this.starts[this.#state.recipe] ?? {}).map(Number);
  }

  /**
   * @param {string} name of a recipe
   * @param {number} epochs
   */
  #brief(name, epochs) {
    if (!this.#state.hasData) return "";
    const accuracy = this.starts[name][epochs];
    const seconds = this.#epochSeconds[name] * epochs;
    return [accuracy && percent(accuracy), seconds && duration(seconds)].filter(Boolean).join(" · ");
  }

  #sentence() {
    const { recipe, title, epochs, isChanged, hasData } = this.#state;
    if (!hasData) return ""; // which another sentence says
    if (!this.starts[recipe]) return `Set up in All settings: ${title}.`;
    if (isChanged) return "Its settings were changed, so there is no forecast.";
    const accuracy = this.starts[recipe][epochs];
    const seconds = this.#epochSeconds[recipe] * epochs;
    const time = seconds ? `in about ${duration(seconds)} on this server` : "(time still being measured)";
    if (accuracy) return `Expect ${percent(accuracy)} of MNIST’s test digits read right, ${time}.`;
    return seconds ? `Takes about ${duration(seconds)} on this server.` : "";
  }
}

/**
 * The index of the number nearest to another one.
 *
 * @param {number[]} numbers
 * @param {number} wanted
 */
function nearest(numbers, wanted) {
  const distances = numbers.map((number) => Math.abs(number - wanted));
  return Math.max(0, distances.indexOf(Math.min(...distances)));
}

/** @param {number} share */
export function percent(share) {
  return `${(100 * share).toFixed(1)}%`;
}

/**
 * A time as people say it, no more exact than a forecast is.
 *
 * @param {number} seconds
 */
export function duration(seconds) {
  if (seconds < 1.5) return "1 s";
  if (seconds < 20) return `${Math.round(seconds)} s`;
  if (seconds < 90) return `${5 * Math.round(seconds / 5)} s`;
  return `${Math.round(seconds / 60)} min`;
}

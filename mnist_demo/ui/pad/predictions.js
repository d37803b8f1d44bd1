// The models' answers on the page: their cards, whether they agree, and the digit they saw.

/** @import { Model } from "./model-card.js" */
/** @import { Answer } from "./reader.js" */

import { find, setText } from "../component.js";
import { ModelCard, colorOf } from "./model-card.js";
import { contextOf } from "./surface.js";
import { judge } from "./verdict.js";

const SIDE = 28; // pixels
const SETTLED = 500; // milliseconds without change after which the verdict is read out

export class Predictions {
  /** @type {ModelCard[]} */
  #cards = [];

  /** @type {string | null} */
  #digit = null; // base64 of the pixels that the models saw

  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #readingOut = undefined;

  /**
   * @param {HTMLElement} stage
   * @param {Model[]} models
   */
  constructor(stage, models) {
    this.template = find(stage, "template.card-template", HTMLTemplateElement);
    this.place = find(stage, ".cards", HTMLElement);
    this.verdict = find(stage, ".verdict", HTMLElement);
    this.sign = find(this.verdict, ".sign", HTMLElement);
    this.sentence = find(this.verdict, ".sentence", HTMLElement);
    this.aloud = find(stage, ".aloud", HTMLElement);
    this.seen = contextOf(find(stage, ".seen canvas", HTMLCanvasElement));
    this.image = this.seen.createImageData(SIDE, SIDE);
    models.forEach((model) => this.add(model));
    this.recolor();
    this.clear();
  }

  /**
   * Adds a model's card, or shows the new facts on the one that it has.
   *
   * @param {Model} model
   */
  add(model) {
    const card = this.#cards.find((other) => other.model.name === model.name);
    if (card) {
      card.describe(model);
      return;
    }
    const added = new ModelCard(this.template, model);
    this.#cards.push(added);
    this.place.append(added.element);
  }

  /**
   * Leaves only these models' cards on the page; the others keep no answer that could grow old unseen.
   *
   * @param {string[]} names
   */
  choose(names) {
    for (const card of this.#cards) {
      card.element.hidden = !names.includes(card.model.name);
      if (card.element.hidden) card.clear();
    }
    this.#judge();
  }

  clear() {
    this.#cards.forEach((card) => card.clear());
    this.#showDigit(null);
    this.#judge();
  }

  /**
   * Shows what these models answered; the others keep what they show.
   *
   * @param {Answer} answer
   * @param {string[]} names
   * @param {boolean} isHere whether they answered in the page
   */
  show({ ink, answers = {}, digit, error }, names, isHere) {
    for (const card of this.#cards) {
      if (!names.includes(card.model.name) || card.element.hidden) continue;
      const prediction = answers[card.model.name];
      if (prediction) card.show(prediction, isHere);
      else card.clear();
      card.ink = error ? -1 : ink;
    }
    this.#showDigit(digit ?? null);
    this.#judge();
  }

  /** The oldest ink whose answer is on the page. */
  get oldestInk() {
    return Math.min(...this.#cards.filter(({ element }) => !element.hidden).map(({ ink }) => ink));
  }

  /** Takes the theme's ink color. Only then: to ask for a style makes the browser work it out there and then. */
  recolor() {
    const color =
      getComputedStyle(this.seen.canvas)
        .color.match(/[0-9.]+/g)
        ?.map(Number) ?? [];
    const { data } = this.image;
    for (let index = 0; index < data.length; index += 1) data[index] = color[index % 4] ?? 0;
    this.#showDigit(this.#digit);
  }

  #judge() {
    const cards = this.#cards.filter((card) => card.digit !== null);
    const votes = cards.map(({ model, digit, isDoubtful }) => ({
      title: model.title,
      digit: digit ?? 0,
      isDoubtful,
    }));
    const { kind, sign, sentence, isOutvoted } = judge(votes);
    cards.forEach((card, index) => card.markAsDifferent(isOutvoted[index]));
    this.#say(sign, sentence, kind === "disagree" ? cards : []);
    for (const name of ["empty", "disagree", "doubtful"]) this.verdict.classList.toggle(name, kind === name);
  }

  /**
   * Says the words, and after them each card's digit in the card's color.
   *
   * @param {string} sign
   * @param {string} words
   * @param {ModelCard[]} cards
   */
  #say(sign, words, cards) {
    const sentence = words + cards.map((card) => card.digit).join(", ");
    setText(this.sign, sign);
    if (this.sentence.textContent === sentence) return;
    const digits = cards.flatMap((card, index) => {
      const digit = document.createElement("span");
      digit.textContent = String(card.digit);
      digit.style.setProperty("--model", colorOf(card.model));
      return index ? [", ", digit] : [digit];
    });
    this.sentence.replaceChildren(words, ...digits);
    clearTimeout(this.#readingOut);
    this.#readingOut = setTimeout(() => setText(this.aloud, sign && sentence), SETTLED);
  }

  /** @param {string | null} digit base64 of 784 bytes, row by row, 255 = ink; null clears the view */
  #showDigit(digit) {
    this.#digit = digit;
    const bytes = digit && atob(digit);
    const { data } = this.image;
    for (let index = 0; index < SIDE * SIDE; index += 1)
      data[4 * index + 3] = bytes ? bytes.charCodeAt(index) : 0;
    this.seen.putImageData(this.image, 0, 0);
  }
}

// The models' answers on the page: their lanes, whether they agree, and the digit they saw.

/** @import { Model as Program } from "./engine/operations.js" */
/** @import { Model } from "./lane.js" */
/** @import { Answer } from "./reader.js" */
/** @import { Vote } from "./verdict.js" */

import { bytesOf, find, setText } from "../component.js";
import { Enlarged } from "./insides/enlarged.js";
import { Lane, colorOf } from "./lane.js";
import { contextOf } from "./surface.js";
import { judge } from "./verdict.js";

const SIDE = 28; // pixels
const SETTLED = 500; // milliseconds without change after which the verdict is read out

export class Predictions {
  /** @type {Lane[]} */
  #lanes = [];

  /** @type {string | null} */
  #digit = null; // base64 of the pixels that the models saw

  #isDrawing = false;

  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #readingOut = undefined;

  /**
   * @param {HTMLElement} stage
   * @param {Model[]} models
   * @param {(name: string) => Program | undefined} programOf a model that answers in the page
   */
  constructor(stage, models, programOf) {
    this.programOf = programOf;
    this.enlarged = new Enlarged(stage);
    this.template = find(stage, "template.lane-template", HTMLTemplateElement);
    this.place = find(stage, ".lanes", HTMLElement);
    this.verdict = find(stage, ".verdict", HTMLElement);
    this.sign = find(this.verdict, ".sign", HTMLElement);
    this.sentence = find(this.verdict, ".sentence", HTMLElement);
    this.note = find(this.verdict, ".note", HTMLElement);
    this.aloud = find(stage, ".aloud", HTMLElement);
    this.seen = contextOf(find(stage, ".seen canvas", HTMLCanvasElement));
    this.image = this.seen.createImageData(SIDE, SIDE);
    models.forEach((model) => this.add(model));
    this.recolor();
    this.clear();
  }

  /**
   * Adds a model's lane, or shows the new facts on the one that it has.
   *
   * @param {Model} model
   */
  add(model) {
    const lane = this.#lanes.find((other) => other.model.name === model.name);
    if (lane) lane.describe(model);
    else {
      const added = new Lane(this.template, model, this.enlarged);
      this.#lanes.push(added);
      this.place.append(added.element);
      added.inside.recolor();
    }
    this.#compare();
  }

  /**
   * Takes a model's lane off the page.
   *
   * @param {string} name
   */
  remove(name) {
    this.#lanes.find(({ model }) => model.name === name)?.element.remove();
    this.#lanes = this.#lanes.filter(({ model }) => model.name !== name);
    this.#compare();
    this.#judge();
  }

  #compare() {
    const most = Math.max(...this.#lanes.map((each) => each.model.parameters));
    this.#lanes.forEach((each) => each.compare(most));
  }

  /**
   * Leaves only these models' lanes on the page; the others keep no answer that could grow old unseen.
   *
   * @param {string[]} names
   */
  choose(names) {
    for (const lane of this.#lanes) {
      lane.element.hidden = !names.includes(lane.model.name);
      lane.fit(names.length === 1 ? "page" : "lane");
      if (lane.element.hidden) lane.clear();
    }
    this.#judge();
  }

  clear() {
    this.#lanes.forEach((lane) => lane.clear());
    this.#showDigit(null);
    this.#judge();
  }

  /**
   * Shows faintly, while nothing is drawn, what the models make of a digit.
   *
   * @param {Uint8Array} pixels
   */
  rest(pixels) {
    for (const lane of this.#lanes) {
      const program = this.programOf(lane.model.name);
      if (!program || lane.digit !== null || lane.element.hidden || lane.inside.shows(program)) continue;
      lane.rest(program, pixels);
    }
  }

  /**
   * Shows what these models answered; the others keep what they show.
   *
   * @param {Answer} answer
   * @param {string[]} names
   * @param {boolean} isHere whether they answered in the page
   */
  show({ ink, answers = {}, digit, error }, names, isHere) {
    const pixels = bytesOf(digit ?? "");
    for (const lane of this.#lanes) {
      if (!names.includes(lane.model.name) || lane.element.hidden) continue;
      const prediction = answers[lane.model.name];
      if (prediction) lane.show(prediction, isHere ? this.programOf(lane.model.name) : undefined, pixels);
      else lane.clear();
      lane.ink = error ? -1 : ink;
    }
    this.#showDigit(digit ?? null);
    this.#judge();
  }

  /** @param {boolean} isDrawing whether the pen is down: half a digit isn't judged as a whole one */
  set isDrawing(isDrawing) {
    this.#isDrawing = isDrawing;
    this.#judge();
  }

  /** What the models on the page answer. @type {Vote[]} */
  votes = [];

  /** What the answers come to: "empty", "agree", "disagree" or "doubtful". */
  kind = "empty";

  /** The pixels that the models saw, 784 bytes; null where there are none. */
  get pixels() {
    return this.#digit === null ? null : bytesOf(this.#digit);
  }

  /** The models whose lanes are on the page. */
  get models() {
    return this.#lanes.filter(({ element }) => !element.hidden).map(({ model }) => model);
  }

  /** What the answers come to, in words. */
  get words() {
    return this.sentence.textContent ?? "";
  }

  /** The oldest ink whose answer is on the page. */
  get oldestInk() {
    return Math.min(...this.#lanes.filter(({ element }) => !element.hidden).map(({ ink }) => ink));
  }

  /** Takes the theme's colors. Only then: to ask for a style makes the browser work it out there and then. */
  recolor() {
    const color =
      getComputedStyle(this.seen.canvas)
        .color.match(/[0-9.]+/g)
        ?.map(Number) ?? [];
    const { data } = this.image;
    for (let index = 0; index < data.length; index += 1) data[index] = color[index % 4] ?? 0;
    this.#showDigit(this.#digit);
    this.#lanes.forEach(({ inside }) => inside.recolor());
  }

  #judge() {
    const lanes = this.#lanes.filter((lane) => lane.digit !== null);
    this.votes = lanes.map(({ model, digit, isDoubtful }) => ({
      title: model.title,
      digit: digit ?? 0,
      isDoubtful: model.detects ? isDoubtful : null,
    }));
    const { kind, sign, sentence, note, isOutvoted } = judge(this.votes, this.#isDrawing);
    this.kind = kind;
    setText(this.note, note);
    lanes.forEach((lane, index) => lane.markAsDifferent(isOutvoted[index]));
    this.#say(sign, sentence, kind === "disagree" ? lanes : []);
    for (const name of ["empty", "disagree", "doubtful"]) this.verdict.classList.toggle(name, kind === name);
  }

  /**
   * Says the words, and after them each lane's digit in the lane's color.
   *
   * @param {string} sign
   * @param {string} words
   * @param {Lane[]} lanes
   */
  #say(sign, words, lanes) {
    const sentence = words + lanes.map((lane) => lane.digit).join(", ");
    setText(this.sign, sign);
    if (this.sentence.textContent === sentence) return;
    const digits = lanes.flatMap((lane, index) => {
      const digit = document.createElement("span");
      digit.textContent = String(lane.digit);
      digit.style.setProperty("--model", colorOf(lane.model));
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

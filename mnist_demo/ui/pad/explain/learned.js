// The row under the pad. It shows examples to try. Where the models disagree or doubt, and at the press of "Compare", it
// shows digits that they learned from instead: those most like the drawing, and typical ones of any digit.

/** @import { Model as Program } from "../engine/operations.js" */
/** @import { Source } from "../engine/answers-here.js" */

import { find } from "../../component.js";
import { fetched } from "../engine/answers-here.js";
import { contextOf } from "../surface.js";
import { Exemplars } from "./exemplars.js";

const SIDE = 28; // pixels of a digit
const SHOWN = 8; // at most; a narrow page hides the last ones

export class Learned {
  /** @type {{ exemplars: Exemplars, picture: ImageBitmap, name: string } | null} */
  #loaded = null;

  /** @type {"examples" | "learned" | null} */
  #choice = null; // what the visitor chose to see; null as the answers suggest

  /** @type {Uint8Array | null} */
  #digit = null;

  #isUncertain = false;

  /**
   * @param {HTMLElement} stage
   * @param {(name: string) => Program | undefined} programOf a model that answers in the page
   */
  constructor(stage, programOf) {
    this.programOf = programOf;
    this.examples = find(stage, ".examples", HTMLElement);
    this.learned = find(stage, ".learned", HTMLElement);
    this.nearest = find(this.learned, ".nearest .tiles", HTMLElement);
    this.typical = find(this.learned, ".typical .tiles", HTMLElement);
    this.of = find(this.learned, "select", HTMLSelectElement);
    this.switch = find(stage, ".switch", HTMLElement);
    for (const button of this.switch.querySelectorAll("button"))
      button.addEventListener("click", () => {
        this.#choice = button.dataset.shows === "learned" ? "learned" : "examples";
        this.#update();
      });
    for (let digit = 0; digit < 10; digit += 1) this.of.add(new Option(`${digit}s`, String(digit)));
    this.of.addEventListener("change", () => this.#showTypical());
    this.#update();
  }

  /**
   * Loads the digits. Where that fails there are none to show, and the examples stay.
   *
   * @param {Source | null} source
   */
  async load(source) {
    if (!source) return;
    try {
      const exemplars = new Exemplars(
        await fetched(new URL(source.address, document.baseURI), source.integrity),
      );
      const picture = await createImageBitmap(new Blob([exemplars.picture], { type: "image/png" }));
      this.#loaded = { exemplars, picture, name: source.name };
    } catch {
      return; // offline, damaged or forbidden
    }
    this.#update();
  }

  /**
   * Shows what the digit on the page is like, now that the pen is up.
   *
   * @param {Uint8Array} digit 784 bytes, 255 = ink
   * @param {number} answer what the models take it for; their typical ones are shown
   * @param {boolean} isUncertain whether they disagree, or doubt that it is a digit
   */
  show(digit, answer, isUncertain) {
    this.#digit = digit;
    this.#isUncertain = isUncertain;
    this.of.value = String(answer);
    this.#update();
  }

  /** There is no ink: examples to try are what helps. */
  clear() {
    this.#digit = null;
    this.#isUncertain = false;
    this.#choice = null;
    this.#update();
  }

  /** Shows it again in the theme's colors. */
  recolor() {
    this.#update();
  }

  #update() {
    this.switch.classList.toggle("empty", !this.#loaded);
    const shows = this.#choice ?? (this.#isUncertain ? "learned" : "examples");
    const isLearned = shows === "learned" && this.#loaded !== null;
    this.examples.hidden = isLearned;
    this.learned.hidden = !isLearned;
    for (const button of this.switch.querySelectorAll("button"))
      button.ariaPressed = String((button.dataset.shows === "learned") === isLearned);
    if (!isLearned) return;
    this.#showNearest();
    this.#showTypical();
  }

  #showNearest() {
    const program = this.#loaded && this.programOf(this.#loaded.name);
    if (!this.#loaded || !program || !this.#digit) {
      this.nearest.replaceChildren();
      return;
    }
    const before = program.layers.length - 2; // what the last layer is given
    if (!program.kept.has(before)) program.keep(before);
    program.answer(this.#digit, true);
    const vector = program.kept.get(before)?.values ?? [];
    this.#fill(this.nearest, this.#loaded.exemplars.nearest(vector, SHOWN));
  }

  #showTypical() {
    if (this.#loaded) this.#fill(this.typical, this.#loaded.exemplars.typical(Number(this.of.value), SHOWN));
  }

  /** @param {HTMLElement} place @param {number[]} indices */
  #fill(place, indices) {
    if (!this.#loaded) return;
    const { exemplars, picture } = this.#loaded;
    const { color } = getComputedStyle(this.learned);
    place.replaceChildren(
      ...indices.map((index) => {
        const canvas = document.createElement("canvas");
        canvas.width = canvas.height = SIDE;
        canvas.role = "img";
        canvas.ariaLabel = canvas.title = exemplars.nameOf(index);
        const context = contextOf(canvas);
        const [column, row] = [index % exemplars.columns, Math.floor(index / exemplars.columns)];
        context.drawImage(picture, SIDE * column, SIDE * row, SIDE, SIDE, 0, 0, SIDE, SIDE);
        context.globalCompositeOperation = "source-in";
        context.fillStyle = color;
        context.fillRect(0, 0, SIDE, SIDE);
        return canvas;
      }),
    );
  }
}

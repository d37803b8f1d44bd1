// What decided, once the pen is up: which pieces of the ink speak for a model's answer, and when each model knew it.
// Works in the page alone, in slices, and gives up as soon as the ink changes.

/** @import { Model as Program } from "../engine/operations.js" */
/** @import { Model } from "../lane.js" */
/** @import { Drawing, Stroke } from "../strokes.js" */
/** @import { Cut } from "./pieces.js" */

import { find, setText } from "../../component.js";
import { nextTask } from "../engine/answers-here.js";
import { digitOf } from "../engine/ink.js";
import { colorOf } from "../lane.js";
import { weigh } from "./evidence.js";
import { MOMENTS, beginnings, until } from "./moments.js";
import { cutIntoPieces } from "./pieces.js";
import { Tint } from "./tint.js";
import { Trace } from "./trace.js";

const BUDGET = 8; // milliseconds of work at once, so that the page stays quick meanwhile
const NOBODY = "nobody"; // the choice to explain nothing
const ANYTHING = ""; // the contrast to all other digits together
const WHOLE = "The whole drawing";

export class Explanation {
  #version = 0; // raised by whatever makes the explanation old

  #moment = 0; // raised by each move of the slider, and by whatever ends looking back

  #isGoingBack = false;

  /** @type {Map<string, { answer: number, weights: number[] }>} */
  #evidence = new Map();

  /** @type {Cut | null} */
  #cut = null;

  /**
   * @param {HTMLElement} stage
   * @param {object} options
   * @param {Drawing} options.drawing
   * @param {() => Model[]} options.models those whose answers are on the page, in their order
   * @param {(name: string) => Program | undefined} options.programOf a model that answers in the page
   * @param {(strokes: Stroke[], isWanted: () => boolean) => Promise<string>} options.goBack puts earlier strokes on the
   *   page, then the answers to them where they are still wanted, and says in words what the page shows
   * @param {() => void} options.onReturn puts the drawing and its answers on the page again
   */
  constructor(stage, { drawing, models, programOf, goBack, onReturn }) {
    this.drawing = drawing;
    this.models = models;
    this.programOf = programOf;
    this.goBack = goBack;
    this.element = find(stage, ".evidence", HTMLElement);
    this.whose = find(this.element, ".whose", HTMLSelectElement);
    this.other = find(this.element, ".other", HTMLSelectElement);
    this.reads = find(this.element, ".reads", HTMLElement);
    const canvas = find(stage, "#digit-pad canvas", HTMLCanvasElement);
    this.tint = new Tint(find(stage, "canvas.tint", HTMLCanvasElement), canvas);
    this.trace = new Trace(stage, {
      onMoment: () => this.#goBack(),
      onReturn: () => {
        this.#moment += 1;
        this.trace.say(WHOLE);
        onReturn();
        this.#show();
      },
    });
    this.other.add(new Option("any other", ANYTHING));
    for (let digit = 0; digit < 10; digit += 1) this.other.add(new Option(String(digit)));
    this.whose.addEventListener("change", () => this.explain());
    this.other.addEventListener("change", () => this.explain());
    this.rest();
  }

  /** Whether an earlier moment is on the page. */
  get isBack() {
    return !this.trace.isWhole;
  }

  /** Takes the explanation away: the ink has changed. */
  rest() {
    this.#version += 1;
    this.#moment += 1;
    this.#evidence.clear();
    this.#cut = null;
    this.tint.clear();
    this.trace.clear();
    this.element.classList.add("empty");
    setText(this.reads, "");
  }

  /** Paints it again, after the pad has another size or other colors. */
  repaint() {
    if (!this.isBack) this.#show();
  }

  /** Explains the answers to the ink that is on the pad. */
  async explain() {
    this.rest();
    const version = this.#version;
    const models = this.models().filter(({ name }) => this.programOf(name));
    this.#offer(models);
    const { strokes, picture } = this.drawing;
    if (!models.length || picture || this.drawing.isBlank) return;
    let started = performance.now();
    const goOn = async () => {
      if (performance.now() - started > BUDGET) {
        await nextTask();
        started = performance.now();
      }
      return version === this.#version;
    };
    const cut = cutIntoPieces(strokes);
    if (!cut) return;
    this.#cut = cut;
    const digit = cut.without([]);
    const other = this.other.value === ANYTHING ? null : Number(this.other.value);
    // the one whose explanation is wanted first
    for (const { name } of models.toSorted((one, two) => this.#rank(one) - this.#rank(two))) {
      const program = this.programOf(name);
      if (!program || this.whose.value === NOBODY) break;
      const { probabilities } = program.answer(digit);
      const answer = probabilities.indexOf(Math.max(...probabilities));
      const weights = await weigh(program, cut, answer, other === answer ? null : other, goOn);
      if (!weights) return;
      this.#evidence.set(name, { answer, weights });
      if (name === this.whose.value) this.#show();
    }
    await this.#look(models, strokes, goOn);
  }

  /** @param {Model} model */
  #rank({ name }) {
    return name === this.whose.value ? 0 : 1;
  }

  /** Offers the models that can be explained. @param {Model[]} models */
  #offer(models) {
    const names = models.map(({ name }) => name).join();
    if (this.whose.dataset.names === names) return;
    this.whose.dataset.names = names;
    const chosen = this.whose.value || models[models.length - 1]?.name;
    this.whose.replaceChildren(
      ...models.map(({ name, title }) => new Option(title, name)),
      new Option("nobody", NOBODY),
    );
    this.whose.value =
      chosen === NOBODY || models.some(({ name }) => name === chosen) ? chosen : models[0]?.name;
  }

  /** Goes back to where the slider is. Of the moments that it passes meanwhile only the newest follows. */
  async #goBack() {
    this.#moment += 1;
    this.tint.clear();
    if (this.#isGoingBack) return;
    this.#isGoingBack = true;
    let shown;
    do {
      const moment = (shown = this.#moment);
      const { share } = this.trace;
      const isWanted = () => moment === this.#moment;
      const words = await this.goBack(until(this.drawing.strokes, share), isWanted);
      if (isWanted()) this.trace.say(`${Math.round(100 * share)}% of the drawing: ${words}`);
    } while (this.isBack && shown !== this.#moment);
    this.#isGoingBack = false;
  }

  #show() {
    const evidence = this.#evidence.get(this.whose.value);
    if (!evidence || !this.#cut) return;
    this.element.classList.remove("empty");
    setText(this.reads, `reads ${evidence.answer}`);
    this.tint.paint(this.#cut.pieces, evidence.weights);
  }

  /**
   * Looks at the drawing as it was at each moment.
   *
   * @param {Model[]} models
   * @param {Stroke[]} strokes
   * @param {() => Promise<boolean>} goOn
   */
  async #look(models, strokes, goOn) {
    /** @type {number[][][]} */
    const seen = models.map(() => []);
    for (let moment = 1; moment <= MOMENTS; moment += 1) {
      const digit = digitOf(until(strokes, moment / MOMENTS));
      for (const [index, { name }] of models.entries()) {
        if (!(await goOn())) return;
        const program = this.programOf(name);
        seen[index].push(digit && program ? program.answer(digit).probabilities : Array(10).fill(0));
      }
    }
    const lines = models.map((model, index) => {
      const last = seen[index][MOMENTS - 1];
      const answer = last.indexOf(Math.max(...last));
      return { name: model.name, color: colorOf(model), shares: seen[index].map((shares) => shares[answer]) };
    });
    this.trace.show(lines, beginnings(strokes));
    this.trace.say(WHOLE);
  }
}

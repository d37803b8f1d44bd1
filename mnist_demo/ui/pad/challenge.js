// The challenge: draw what exactly one model misreads. What was found is kept in this browser, a drawing for each model.

/** @import { Model } from "./lane.js" */
/** @import { Stroke } from "./strokes.js" */
/** @import { Vote } from "./verdict.js" */

import { find } from "../component.js";
import { fragmentOf, strokesOf } from "./address.js";
import { colorOf } from "./lane.js";
import { outlineOf } from "./outline.js";
import { oddOneOut } from "./verdict.js";

const KEY = "mnist-demo-fooled";
const LEAST_MODELS = 3; // with fewer nobody is outvoted

export class Challenge {
  /** @type {Map<string, HTMLButtonElement>} */
  #places = new Map();

  /** @type {Map<string, string>} */
  #found = new Map(); // of each model that was fooled, the drawing as a link's fragment

  /**
   * @param {HTMLElement} stage
   * @param {Model[]} models those that can be fooled
   * @param {(strokes: Stroke[]) => void} open puts a drawing that was found on the pad
   */
  constructor(stage, models, open) {
    const element = find(stage, ".challenge", HTMLElement);
    this.models = models;
    this.open = open;
    element.hidden = models.length < LEAST_MODELS;
    for (const model of models) {
      const place = document.createElement("button");
      place.type = "button";
      place.style.setProperty("--model", colorOf(model));
      place.addEventListener("click", () => this.#show(model.name));
      this.#places.set(model.name, place);
      find(element, ".places", HTMLElement).append(place);
    }
    const found = load();
    for (const model of models) this.#fill(model, found[model.name]);
  }

  /**
   * Takes a drawing that was just finished. Returns a sentence where it fooled one more model, else "".
   *
   * @param {Vote[]} votes
   * @param {Stroke[]} strokes
   */
  consider(votes, strokes) {
    const titles = this.models.map(({ title }) => title);
    const title = oddOneOut(votes.filter((vote) => titles.includes(vote.title)));
    const model = this.models.find((each) => each.title === title);
    if (!model || this.#found.has(model.name)) return "";
    try {
      this.#fill(model, fragmentOf(strokes));
    } catch {
      return ""; // too long to be kept
    }
    save(Object.fromEntries(this.#found));
    const left = this.models.length - this.#found.size;
    const next = left ? `${this.#found.size} of ${this.models.length} found.` : "All of them, one by one!";
    return `You fooled the ${model.title} alone. ${next}`;
  }

  /** @param {Model} model @param {unknown} fragment of a link to the drawing that fooled it */
  #fill({ name, title }, fragment) {
    const place = /** @type {HTMLButtonElement} */ (this.#places.get(name));
    const strokes = read(fragment);
    place.setAttribute("aria-disabled", String(!strokes));
    place.setAttribute("aria-label", strokes ? `Fooled ${title} alone: show it` : `${title}: not fooled yet`);
    place.dataset.tip = strokes ? `Only ${title} was fooled` : `${title}: not yet`;
    place.replaceChildren(strokes ? outlineOf(strokes.filter(({ erases }) => !erases)) : "?");
    if (strokes) this.#found.set(name, String(fragment));
  }

  /** @param {string} name */
  #show(name) {
    const strokes = read(this.#found.get(name));
    if (strokes) this.open(strokes);
  }
}

/** The strokes of a fragment from storage; null where it isn't one. @param {unknown} fragment */
function read(fragment) {
  try {
    return typeof fragment === "string" ? strokesOf(fragment) : null;
  } catch {
    return null;
  }
}

/** @returns {Record<string, unknown>} */
function load() {
  try {
    return Object(JSON.parse(localStorage.getItem(KEY) ?? "{}"));
  } catch {
    return {}; // forbidden, or not ours
  }
}

/** @param {Record<string, string>} found */
function save(found) {
  try {
    localStorage.setItem(KEY, JSON.stringify(found));
  } catch {
    // storage is full or forbidden: what was found then lives as long as the page
  }
}

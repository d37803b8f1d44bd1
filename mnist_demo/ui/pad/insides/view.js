// A model's inside on the page: a small canvas for each picture, one of which can be enlarged and, of stencils,
// chosen. Draws only what changed. What the pictures are is known in kinds.js.

/** @import { Model } from "../engine/operations.js" */
/** @import { Enlarged } from "./enlarged.js" */
/** @import { Group, Inside, Room } from "./kinds.js" */
/** @import { Color, Picture } from "./pictures.js" */

import { contextOf } from "../surface.js";
import { insideOf } from "./kinds.js";
import { colorOf, paint } from "./pictures.js";

const STRENGTH_STEP = 1 / 16; // finer steps of opacity can't be seen

/** @typedef {{ canvas: HTMLCanvasElement, context: CanvasRenderingContext2D, image: ImageData | null, picture: Picture | null, strength: number }} Tile */

// Of a picture's identifier: each component of the page has a copy of this module.
const PREFIX = `inside-${Math.random().toString(36).slice(2)}`;
let newest = 0;

export class InsideView {
  /** @type {Model | undefined} */
  #model = undefined;

  /** @type {Inside | null} */
  #inside = null;

  /** @type {Tile[]} */
  #tiles = [];

  /** @type {Room} */
  #room = "lane";

  /** The class whose stencil was chosen; null for the answer's. @type {number | null} */
  #chosen = null;

  #isCovered = false;

  #active = -1; // the picture that the keyboard is on

  /** @type {{ digit: Uint8Array, answer: number } | null} */
  #last = null;

  /** @type {{ model: Color, positive: Color, negative: Color }} */
  #colors = { model: [0, 0, 0], positive: [0, 0, 0], negative: [0, 0, 0] };

  /**
   * @param {HTMLElement} element
   * @param {Enlarged} enlarged
   */
  constructor(element, enlarged) {
    this.element = element;
    this.enlarged = enlarged;
    const tileOf = (/** @type {Event} */ { target }) => this.#tiles.find(({ canvas }) => canvas === target);
    element.addEventListener("pointerover", (event) => this.#enlarge(tileOf(event)));
    element.addEventListener("pointerleave", () => this.#enlarge(undefined));
    element.addEventListener("blur", () => this.#activate(-1));
    element.addEventListener("click", (event) => {
      const tile = tileOf(event);
      if (tile) this.#choose(tile);
    });
    element.addEventListener("keydown", (event) => {
      if (this.#press(event.key)) event.preventDefault();
    });
  }

  /**
   * Shows what the model computed for the digit that it answered last. Without a model there is nothing to show.
   *
   * @param {Model | undefined} model
   * @param {Uint8Array} digit
   * @param {number} answer
   */
  show(model, digit, answer) {
    if (model !== this.#model) {
      this.#take(model);
      model?.answer(digit, true); // only from now on is kept what is to be shown
    }
    this.#last = { digit, answer };
    this.element.classList.remove("still");
    this.#draw();
  }

  /**
   * Shows the same faintly: what there is to be seen while nothing is drawn.
   *
   * @param {Model} model
   * @param {Uint8Array} digit
   * @param {number} answer
   */
  rest(model, digit, answer) {
    this.show(model, digit, answer);
    this.element.classList.add("still");
  }

  /** Draws what else stays as it is anew: the model has other weights now. */
  renew() {
    for (const tile of this.#tiles) tile.picture = null;
  }

  /** Whether something of this model is on the page. @param {Model} model */
  shows(model) {
    return this.#model === model && this.#last !== null;
  }

  clear() {
    this.#last = null;
    for (const tile of this.#tiles) {
      tile.context.clearRect(0, 0, tile.canvas.width, tile.canvas.height);
      tile.picture = null;
    }
    this.element.classList.add("still");
  }

  /** @param {boolean} isCovered whether the bars are in its place: nothing is drawn then */
  cover(isCovered) {
    this.#isCovered = isCovered;
    this.#draw();
  }

  /** @param {Room} room how much room there is */
  fit(room) {
    if (room === this.#room) return;
    this.#room = room;
    this.#lay();
  }

  /** Takes the theme's colors. */
  recolor() {
    const style = getComputedStyle(this.element);
    const color = (/** @type {string} */ name) => colorOf(style.getPropertyValue(name));
    this.#colors = { model: color("--model"), positive: color("--for"), negative: color("--against") };
    this.renew();
    this.#draw();
  }

  /** @param {Model | undefined} model */
  #take(model) {
    this.#model = model;
    this.#inside = model ? insideOf(model) : null;
    this.#chosen = null;
    this.#lay();
  }

  /** Makes the canvases that there is room for. */
  #lay() {
    const inside = this.#inside;
    this.element.replaceChildren();
    this.#tiles = [];
    this.#active = -1;
    this.element.hidden = !inside;
    if (!inside) return;
    this.element.setAttribute("aria-label", inside.title);
    this.element.toggleAttribute("data-choice", Boolean(inside.hasChoice));
    const groups = inside.groups(this.#room);
    const [columns, rows] = sizeOf(groups, this.#room, inside.pageColumns);
    this.element.style.setProperty("--columns", String(columns));
    this.element.style.setProperty("--rows", String(rows));
    this.element.style.setProperty("--groups", String(groups.length));
    for (const { title, count, isLarge, isLabeled } of groups) {
      const group = document.createElement("div");
      group.className = isLarge ? "group large" : "group";
      group.dataset.title = title;
      for (let index = 0; index < count; index += 1)
        group.append(this.#add(isLabeled ? String(index) : null));
      this.element.append(group);
    }
    this.#draw();
  }

  /** @param {string | null} label */
  #add(label) {
    const canvas = document.createElement("canvas");
    canvas.id = `${PREFIX}-${(newest += 1)}`;
    canvas.setAttribute("role", "option");
    this.#tiles.push({ canvas, context: contextOf(canvas), image: null, picture: null, strength: -1 });
    if (label === null) return canvas;
    const labeled = document.createElement("span");
    labeled.className = "labeled";
    labeled.dataset.label = label;
    labeled.append(canvas);
    return labeled;
  }

  #draw() {
    if (!this.#last || !this.#inside || !this.#model || (this.#isCovered && this.#room === "lane")) return;
    const { digit, answer } = this.#last;
    const isSigned = this.#model.layers[0].kind === "linear";
    const positive = isSigned ? this.#colors.positive : this.#colors.model;
    const pictures = this.#inside.pictures(digit, this.#chosen ?? answer, this.#room);
    pictures.forEach((picture, index) => {
      const tile = this.#tiles[index];
      if (!picture.isStill || tile.picture?.name !== picture.name) this.#paint(tile, picture, positive);
      if (tile.picture?.name !== picture.name) tile.canvas.setAttribute("aria-label", picture.name);
      tile.picture = picture;
      const strength = Math.round(picture.strength / STRENGTH_STEP) * STRENGTH_STEP;
      if (strength !== tile.strength)
        tile.canvas.style.setProperty("--strength", String((tile.strength = strength)));
    });
    this.enlarged.refresh();
  }

  /** @param {Tile} tile @param {Picture} picture @param {Color} positive */
  #paint(tile, picture, positive) {
    if (tile.image?.width !== picture.side) {
      tile.canvas.width = tile.canvas.height = picture.side;
      tile.image = tile.context.createImageData(picture.side, picture.side);
    }
    paint(tile.image.data, picture, positive, this.#colors.negative);
    tile.context.putImageData(tile.image, 0, 0);
  }

  /** @param {Tile | undefined} tile */
  #enlarge(tile) {
    if (tile && this.#last) this.enlarged.show(tile.canvas);
    else this.enlarged.hide();
  }

  /** @param {Tile} tile */
  #choose(tile) {
    if (!this.#inside?.hasChoice) return;
    const digit = this.#tiles.indexOf(tile) - (this.#tiles.length - 10);
    this.#chosen = digit < 0 || digit === this.#chosen ? null : digit;
    this.#tiles.forEach(({ canvas }, index) => {
      const isChosen = this.#chosen !== null && index - (this.#tiles.length - 10) === this.#chosen;
      canvas.setAttribute("aria-selected", String(isChosen));
    });
    this.#draw();
  }

  /** @param {string} key @returns {boolean} whether it is one of ours */
  #press(key) {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[key];
    const tile = this.#tiles[this.#active];
    if (step) this.#activate(Math.min(Math.max(this.#active + step, 0), this.#tiles.length - 1));
    else if ((key === "Enter" || key === " ") && tile) this.#choose(tile);
    else if (key === "Escape" && tile) this.#activate(-1);
    else return false;
    return true;
  }

  /** @param {number} index of the picture that the keyboard goes to; -1 for none */
  #activate(index) {
    this.#active = index;
    const tile = this.#tiles[index];
    if (tile) this.element.setAttribute("aria-activedescendant", tile.canvas.id);
    else this.element.removeAttribute("aria-activedescendant");
    this.#enlarge(tile);
  }
}

/**
 * How many small pictures fit side by side, and how many below each other: two rows of all groups, on a
 * page the groups one under the other.
 *
 * @param {Group[]} groups
 * @param {Room} room
 * @param {number} pageColumns
 */
function sizeOf(groups, room, pageColumns) {
  /** @param {(group: Group) => number} count */
  const sum = (count) => groups.reduce((total, group) => total + count(group), 0);
  if (room === "page") return [pageColumns, sum(({ count }) => Math.ceil(count / pageColumns))];
  return [sum(({ count, isLarge }) => (isLarge ? 2 : Math.ceil(count / 2))), 2];
}

// One picture of a model's inside, large, beside the small one that the pointer or the keyboard is on.

import { find, setText } from "../../component.js";
import { contextOf } from "../surface.js";

const MARGIN = 8; // pixels between the two, and to the edge of the window

export class Enlarged {
  /** @type {HTMLCanvasElement | null} */
  #source = null;

  /** @param {HTMLElement} stage */
  constructor(stage) {
    this.element = find(stage, ".enlarged", HTMLElement);
    this.canvas = find(this.element, "canvas", HTMLCanvasElement);
    this.context = contextOf(this.canvas);
    this.caption = find(this.element, "figcaption", HTMLElement);
  }

  /** @param {HTMLCanvasElement} source */
  show(source) {
    this.#source = source;
    this.element.hidden = false;
    this.refresh();
    const [small, large] = [source.getBoundingClientRect(), this.element.getBoundingClientRect()];
    const isRoomAbove = small.top - large.height - MARGIN > 0;
    const top = isRoomAbove ? small.top - large.height - MARGIN : small.bottom + MARGIN;
    const left = small.left + small.width / 2 - large.width / 2;
    const most = document.documentElement.clientWidth - large.width - MARGIN;
    this.element.style.top = `${top}px`;
    this.element.style.left = `${Math.min(Math.max(left, MARGIN), most)}px`;
  }

  hide() {
    this.#source = null;
    this.element.hidden = true;
  }

  /** Draws the picture again as it is now. */
  refresh() {
    const source = this.#source;
    if (!source) return;
    if (this.canvas.width !== source.width) this.canvas.width = this.canvas.height = source.width;
    this.context.clearRect(0, 0, source.width, source.width);
    this.context.drawImage(source, 0, 0);
    setText(this.caption, source.getAttribute("aria-label") ?? "");
  }
}

// When it knew: a thin line for each model under the pad, from pen-down to pen-up, how sure it is of its final answer.
// A slider over it goes back to any moment. Draws; what the numbers are is worked out in explanation.js.

import { find } from "../../component.js";
import { MOMENTS } from "./moments.js";

const SVG = "http://www.w3.org/2000/svg";

/** A model's line. @typedef {{ name: string, color: string, shares: number[] }} Line */

export class Trace {
  /**
   * @param {HTMLElement} stage
   * @param {object} options
   * @param {() => void} options.onMoment called when an earlier moment is wanted, the one of `share`
   * @param {() => void} options.onReturn called when the whole drawing is wanted again
   */
  constructor(stage, { onMoment, onReturn }) {
    this.element = find(stage, ".trace", HTMLElement);
    this.svg = find(this.element, "svg", SVGSVGElement);
    this.slider = find(this.element, "input", HTMLInputElement);
    this.slider.max = this.slider.value = String(MOMENTS);
    const back = () => {
      if (this.isWhole) return;
      this.slider.value = this.slider.max;
      onReturn();
    };
    this.slider.addEventListener("input", () => (this.isWhole ? onReturn() : onMoment()));
    for (const event of ["pointerup", "pointercancel", "blur"]) this.slider.addEventListener(event, back);
    this.slider.addEventListener("keydown", ({ key }) => key === "Escape" && back());
    this.clear();
  }

  /** The part of the drawing that the slider stands at, 1 for the whole. */
  get share() {
    return this.slider.valueAsNumber / MOMENTS;
  }

  get isWhole() {
    return this.share === 1;
  }

  clear() {
    this.svg.replaceChildren();
    this.slider.value = this.slider.max;
    this.slider.disabled = true;
    this.element.classList.add("empty");
  }

  /** Says in words what the slider shows. @param {string} text */
  say(text) {
    this.slider.setAttribute("aria-valuetext", text);
  }

  /**
   * @param {Line[]} lines
   * @param {number[]} starts where strokes begin, as shares of the drawing
   */
  show(lines, starts) {
    this.element.classList.remove("empty");
    this.slider.disabled = false;
    const ticks = starts
      .slice(1)
      .map((start) => shape("line", { x1: 100 * start, x2: 100 * start, y1: 0, y2: 100 }));
    const drawn = lines.map(({ name, color, shares }) => {
      const points = shares.map(
        (share, index) => `${(100 * index) / (shares.length - 1)},${97 - 94 * share}`,
      );
      const line = shape("polyline", { points: points.join(" "), "data-line": name });
      line.style.stroke = color;
      return line;
    });
    this.svg.replaceChildren(...ticks, ...drawn);
  }
}

/** @param {string} name @param {Record<string, string | number>} attributes */
function shape(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  return element;
}

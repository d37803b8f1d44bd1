// The tools below the pad and their keys. The keys act only while the pad is visible and no text field has the focus.

/** @import { Drawing } from "./strokes.js" */

import { find } from "../component.js";

const WIDTH_STEP = 1; // percent of the pad's side
const IS_MAC = /Mac|iPhone|iPad/.test(navigator.platform);

/** What the buttons do. @typedef {{ undo: () => void, redo: () => void, clear: () => void }} Actions */

export class Tools {
  #erases = false;

  /**
   * @param {HTMLElement} stage
   * @param {Actions} actions
   */
  constructor(stage, actions) {
    /** @param {string} name */
    const button = (name) => find(stage, `[data-tool=${name}]`, HTMLButtonElement);
    this.actions = actions;
    this.canvas = find(stage, "#digit-pad canvas", HTMLCanvasElement);
    this.slider = find(stage, ".width input", HTMLInputElement);
    this.pen = button("pen");
    this.eraser = button("eraser");
    this.undo = button("undo");
    this.redo = button("redo");
    this.clear = button("clear");
    this.link = button("link");
    this.pen.addEventListener("click", () => this.#erase(false));
    this.eraser.addEventListener("click", () => this.#erase(true));
    this.undo.addEventListener("click", actions.undo);
    this.redo.addEventListener("click", actions.redo);
    this.clear.addEventListener("click", actions.clear);
    this.slider.addEventListener("input", () => this.refresh());
    if (IS_MAC) {
      for (const { dataset } of /** @type {NodeListOf<HTMLElement>} */ (stage.querySelectorAll("[data-tip]")))
        dataset.tip = dataset.tip?.replace("Ctrl+", "⌘").replace("Shift+", "⇧");
    }
    this.#erase(false);
  }

  /** What a new stroke is drawn with. */
  get tool() {
    return { width: this.slider.valueAsNumber / 100, erases: this.#erases };
  }

  /**
   * Marks what can be done now. A disabled button that had the focus would lose the keyboard, hence aria-disabled.
   *
   * @param {Drawing} drawing
   */
  offer(drawing) {
    this.undo.setAttribute("aria-disabled", String(!drawing.canUndo));
    this.redo.setAttribute("aria-disabled", String(!drawing.canRedo));
    this.clear.setAttribute("aria-disabled", String(drawing.isEmpty));
    this.link.setAttribute("aria-disabled", String(drawing.isBlank));
  }

  /** Draws the cursor: the pen's tip at its true size. */
  refresh() {
    const value = this.slider.valueAsNumber;
    this.slider.setAttribute("aria-valuetext", `${value} percent of the pad`);
    const size = Math.min(126, Math.max(6, (value / 100) * this.canvas.clientWidth)) + 2;
    const { color } = getComputedStyle(this.canvas);
    const dash = this.#erases ? " stroke-dasharray='3 2'" : "";
    const circle =
      `<circle cx='${size / 2}' cy='${size / 2}' r='${size / 2 - 1}' fill='none' ` +
      `stroke='${color}' stroke-opacity='.55'${dash}/>`;
    const ring = `<svg xmlns='http://www.w3.org/2000/svg' width='${size}' height='${size}'>${circle}</svg>`;
    const image = `url("data:image/svg+xml,${encodeURIComponent(ring)}")`;
    this.canvas.style.cursor = `${image} ${size / 2} ${size / 2}, crosshair`;
  }

  /**
   * Does what a key stands for. Returns whether it was one of the tools' keys.
   *
   * @param {KeyboardEvent} event
   */
  press(event) {
    const hasCommand = event.ctrlKey || event.metaKey;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (event.altKey) return false;
    if (hasCommand && key === "z") this.actions[event.shiftKey ? "redo" : "undo"]();
    else if (hasCommand && key === "y") this.actions.redo();
    else if (hasCommand) return false;
    else if (key === "Delete" || (IS_MAC && key === "Backspace")) this.actions.clear();
    else if (key === "e") this.#erase(!this.#erases);
    else if (key === "[") this.#widen(-WIDTH_STEP);
    else if (key === "]") this.#widen(WIDTH_STEP);
    else return false;
    return true;
  }

  /** @param {boolean} erases */
  #erase(erases) {
    this.#erases = erases;
    this.pen.setAttribute("aria-pressed", String(!erases));
    this.eraser.setAttribute("aria-pressed", String(erases));
    this.refresh();
  }

  /** @param {number} step */
  #widen(step) {
    this.slider.valueAsNumber += step; // the browser keeps it within the slider's limits
    this.refresh();
  }
}

const NOT_TYPED_IN = ["range", "radio", "checkbox", "button", "file"];

/**
 * Whether the keyboard and the clipboard belong to a text field that `target` is in.
 *
 * @param {EventTarget | null} target
 */
export function isTyping(target) {
  if (!(target instanceof Element)) return false;
  const field = target.closest("input, textarea, select, [contenteditable]:not([contenteditable=false])");
  return field !== null && !(field instanceof HTMLInputElement && NOT_TYPED_IN.includes(field.type));
}

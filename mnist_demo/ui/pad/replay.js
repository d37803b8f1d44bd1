// Draws a ready-made drawing on the pad as a hand would, so that the models can be watched meanwhile.

/** @import { Drawing, Stroke } from "./strokes.js" */

import { lengthOf, until } from "./explain/moments.js";

const SPEED = 2.6; // sides of the pad a second

export class Replay {
  #frame = 0;

  /** @type {Stroke[] | null} */
  #strokes = null; // those that are being drawn

  /**
   * @param {object} options
   * @param {Drawing} options.drawing
   * @param {() => void} options.onGrow called after each piece that was added
   * @param {() => void} options.onEnd called when all is drawn
   */
  constructor({ drawing, onGrow, onEnd }) {
    this.drawing = drawing;
    this.onGrow = onGrow;
    this.onEnd = onEnd;
  }

  get isMoving() {
    return this.#strokes !== null;
  }

  /** Draws these strokes on an empty pad: one step, which can be undone. @param {Stroke[]} strokes */
  start(strokes) {
    this.finish();
    this.#strokes = strokes;
    this.drawing.replace(null, []);
    const length = strokes.reduce((sum, stroke) => sum + lengthOf(stroke), 0);
    const started = performance.now();
    const grow = () => {
      const share = (SPEED * (performance.now() - started)) / 1000 / length;
      if (share >= 1) {
        this.finish();
        return;
      }
      this.drawing.strokes = until(strokes, share);
      this.onGrow();
      this.#frame = requestAnimationFrame(grow);
    };
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) this.finish();
    else grow();
  }

  /** Draws what is left at once: somebody wants to go on. */
  finish() {
    if (!this.#strokes) return;
    cancelAnimationFrame(this.#frame);
    this.drawing.strokes = this.#strokes;
    this.#strokes = null;
    this.onGrow();
    this.onEnd();
  }
}

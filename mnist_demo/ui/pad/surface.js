// Ink on the screen: draws a Drawing sharply at any size, density and theme. The pixels are derived, never kept.

/** @import { Ink, Picture, Stroke } from "./strokes.js" */

export class Surface {
  /** @type {{ picture: Picture, canvas: HTMLCanvasElement } | null} */
  #tinted = null; // the picture last drawn, in the theme's color

  #color = "";

  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    this.context = contextOf(canvas);
    this.recolor();
  }

  /** Takes the theme's ink color, which is the text color of the canvas. */
  recolor() {
    this.#color = getComputedStyle(this.canvas).color;
    this.#tinted = null;
  }

  /** Fits the pixels to the size on the screen. Returns whether there is one: a canvas in a hidden tab has none. */
  resize() {
    const side = Math.round(this.canvas.clientWidth * window.devicePixelRatio);
    if (!side) return false;
    if (this.canvas.width !== side) this.canvas.width = this.canvas.height = side;
    return true;
  }

  /** @param {Ink} ink */
  render({ picture, strokes }) {
    const { context, canvas } = this;
    context.globalCompositeOperation = "source-over";
    context.clearRect(0, 0, canvas.width, canvas.height);
    if (picture) context.drawImage(this.#tint(picture), 0, 0, canvas.width, canvas.height);
    for (const stroke of strokes) this.#trace(stroke, 0);
  }

  /**
   * Draws only what the stroke has gained since it had `from` points.
   *
   * @param {Stroke} stroke
   * @param {number} from
   */
  extend(stroke, from) {
    this.#trace(stroke, Math.max(0, from - 2));
  }

  /**
   * @param {Stroke} stroke
   * @param {number} first
   */
  #trace({ points, width, erases }, first) {
    const { context, canvas } = this;
    const side = canvas.width;
    /** @param {number} index */
    const x = (index) => points[2 * index] * side;
    /** @param {number} index */
    const y = (index) => points[2 * index + 1] * side;
    const last = points.length / 2 - 1;
    const start = Math.min(first, last);
    context.globalCompositeOperation = erases ? "destination-out" : "source-over";
    context.strokeStyle = context.fillStyle = this.#color;
    context.lineWidth = width * side;
    context.lineCap = context.lineJoin = "round";
    context.beginPath();
    if (last === 0) {
      context.arc(x(0), y(0), (width * side) / 2, 0, 2 * Math.PI);
      context.fill();
      return;
    }
    if (start === 0) context.moveTo(x(0), y(0));
    else context.moveTo((x(start) + x(start + 1)) / 2, (y(start) + y(start + 1)) / 2);
    for (let index = start + 1; index < last; index += 1)
      context.quadraticCurveTo(
        x(index),
        y(index),
        (x(index) + x(index + 1)) / 2,
        (y(index) + y(index + 1)) / 2,
      );
    context.lineTo(x(last), y(last));
    context.stroke();
  }

  /**
   * Returns the picture in the theme's color; by itself it is black, with the ink's coverage as its alpha.
   *
   * @param {Picture} picture
   */
  #tint(picture) {
    if (this.#tinted?.picture === picture) return this.#tinted.canvas;
    const canvas = document.createElement("canvas");
    canvas.width = picture.image.naturalWidth;
    canvas.height = picture.image.naturalHeight;
    const context = contextOf(canvas);
    context.drawImage(picture.image, 0, 0);
    context.globalCompositeOperation = "source-in";
    context.fillStyle = this.#color;
    context.fillRect(0, 0, canvas.width, canvas.height);
    this.#tinted = { picture, canvas };
    return canvas;
  }
}

/**
 * A canvas's context to draw on. Throws where the browser gives none.
 *
 * @param {HTMLCanvasElement} canvas
 */
export function contextOf(canvas) {
  const context = canvas.getContext("2d");
  if (!context) throw new Error("This browser gives no canvas to draw on.");
  return context;
}

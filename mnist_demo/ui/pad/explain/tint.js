// The pieces of the ink in color, over the pad: warm where they speak for the answer, cool and thin where against it.

/** @import { Piece } from "./pieces.js" */

import { contextOf } from "../surface.js";

const LEAST = 0.08; // of the largest weight: what is smaller keeps the ink's color
const THIN = 0.5; // of the stroke's width, so that color isn't the only sign

export class Tint {
  /**
   * @param {HTMLCanvasElement} canvas over the pad's
   * @param {HTMLCanvasElement} ink the pad's own
   */
  constructor(canvas, ink) {
    this.canvas = canvas;
    this.ink = ink;
    this.context = contextOf(canvas);
  }

  clear() {
    this.context.clearRect(0, 0, this.canvas.width, this.canvas.height);
  }

  /**
   * @param {Piece[]} pieces
   * @param {number[]} weights by piece: positive where it speaks for the answer
   */
  paint(pieces, weights) {
    const side = this.ink.width;
    if (this.canvas.width !== side) this.canvas.width = this.canvas.height = side;
    this.clear();
    const style = getComputedStyle(this.canvas);
    const most = Math.max(...weights.map(Math.abs));
    const { context } = this;
    context.lineCap = "butt";
    context.lineJoin = "round";
    context.drawImage(this.ink, 0, 0);
    context.globalCompositeOperation = "source-atop"; // nothing beyond the ink
    pieces.forEach(({ points, width }, index) => {
      const share = weights[index] / most;
      if (!(Math.abs(share) > LEAST)) return;
      context.strokeStyle = style.getPropertyValue(share > 0 ? "--for" : "--against");
      context.globalAlpha = Math.abs(share) ** 0.6;
      context.lineWidth = width * side * (share > 0 ? 1 : THIN);
      context.beginPath();
      for (let at = 0; at < points.length; at += 2) context.lineTo(points[at] * side, points[at + 1] * side);
      if (points.length === 2) context.lineTo(points[0] * side + 0.01, points[1] * side); // a dot
      context.stroke();
    });
    context.globalAlpha = 1;
    context.globalCompositeOperation = "source-over";
  }
}

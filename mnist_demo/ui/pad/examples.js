// Ready-made drawings, drawn by us: forms that make trouble, as American handwriting leaves most of them out.

/** @import { Stroke } from "./strokes.js" */

import { find } from "../component.js";
import { outlineOf } from "./outline.js";
import { smooth } from "./strokes.js";

const PEN_WIDTH = 0.06;

/** @param {number[]} points x0, y0, x1, y1, … in sides of the pad: a few, of which this makes a curve @returns {Stroke} */
const stroke = (points) => ({ points: smooth(points), width: PEN_WIDTH, erases: false });

/** What an empty pad shows faintly. */
export const INVITATION = [
  stroke([
    0.31, 0.22, 0.4, 0.12, 0.6, 0.12, 0.68, 0.28, 0.58, 0.44, 0.44, 0.47, 0.62, 0.48, 0.74, 0.66, 0.62, 0.86,
    0.42, 0.89, 0.28, 0.78,
  ]),
];

const EXAMPLES = [
  {
    name: "A 1 with a flag",
    strokes: [stroke([0.36, 0.36, 0.44, 0.28, 0.54, 0.15, 0.54, 0.15, 0.54, 0.4, 0.53, 0.62, 0.53, 0.86])],
  },
  {
    name: "A 2 like a Z",
    strokes: [
      stroke([
        0.28, 0.2, 0.5, 0.19, 0.72, 0.18, 0.72, 0.18, 0.5, 0.5, 0.28, 0.83, 0.28, 0.83, 0.5, 0.82, 0.74, 0.81,
      ]),
    ],
  },
  {
    name: "An open 4",
    strokes: [
      stroke([0.34, 0.14, 0.31, 0.3, 0.27, 0.52, 0.27, 0.57, 0.32, 0.58, 0.52, 0.56, 0.76, 0.54]),
      stroke([0.62, 0.16, 0.6, 0.4, 0.57, 0.64, 0.56, 0.88]),
    ],
  },
  {
    name: "A 7 with a bar",
    strokes: [
      stroke([0.26, 0.18, 0.45, 0.17, 0.62, 0.16, 0.72, 0.15, 0.72, 0.15, 0.64, 0.34, 0.52, 0.6, 0.43, 0.88]),
      stroke([0.38, 0.52, 0.52, 0.5, 0.7, 0.48]),
    ],
  },
  {
    name: "A 9 in two strokes",
    strokes: [
      stroke([0.66, 0.3, 0.6, 0.16, 0.44, 0.14, 0.32, 0.28, 0.36, 0.44, 0.52, 0.48, 0.64, 0.38, 0.66, 0.3]),
      stroke([0.67, 0.18, 0.66, 0.5, 0.64, 0.88]),
    ],
  },
  {
    name: "A slashed 0",
    strokes: [
      stroke([
        0.5, 0.12, 0.34, 0.2, 0.28, 0.5, 0.36, 0.82, 0.52, 0.9, 0.66, 0.78, 0.72, 0.5, 0.64, 0.2, 0.5, 0.12,
      ]),
      stroke([0.7, 0.16, 0.5, 0.5, 0.3, 0.86]),
    ],
  },
  {
    name: "A letter",
    strokes: [
      stroke([0.24, 0.88, 0.36, 0.5, 0.5, 0.12, 0.5, 0.12, 0.64, 0.5, 0.76, 0.88]),
      stroke([0.34, 0.6, 0.5, 0.6, 0.66, 0.6]),
    ],
  },
];

/**
 * Adds a button for each example, and shows a digit faintly on the empty pad.
 *
 * @param {HTMLElement} stage
 * @param {(strokes: Stroke[]) => void} onChoice called with the strokes of the example that was pressed
 */
export function offerExamples(stage, onChoice) {
  find(stage, ".invitation", HTMLElement).prepend(outlineOf(INVITATION));
  for (const { name, strokes } of EXAMPLES) {
    const button = document.createElement("button");
    button.type = "button";
    button.setAttribute("aria-label", name);
    button.dataset.tip = name;
    button.append(outlineOf(strokes));
    button.addEventListener("click", () =>
      onChoice(strokes.map((each) => ({ ...each, points: [...each.points] }))),
    );
    find(stage, ".examples", HTMLElement).append(button);
  }
}

// Ready-made drawings, drawn by us: forms that American handwriting leaves out, and some that all hands share.

/** @import { Stroke } from "./strokes.js" */

import { find } from "../component.js";
import { smooth } from "./strokes.js";

const SVG = "http://www.w3.org/2000/svg";

const PEN_WIDTH = 0.06;
const SHOWN_FAINTLY = 2; // the example that an empty pad shows

/** Few points each, x0, y0, x1, y1, … in sides of the pad; `smooth` makes the curves. */
const EXAMPLES = [
  {
    name: "A 1 with a flag",
    strokes: [[0.36, 0.36, 0.44, 0.28, 0.54, 0.15, 0.54, 0.15, 0.54, 0.4, 0.53, 0.62, 0.53, 0.86]],
  },
  {
    name: "A 2 with a loop",
    strokes: [
      [
        0.3, 0.3, 0.34, 0.16, 0.52, 0.1, 0.68, 0.2, 0.66, 0.42, 0.48, 0.68, 0.32, 0.84, 0.24, 0.8, 0.3, 0.72,
        0.44, 0.8, 0.6, 0.88, 0.74, 0.8,
      ],
    ],
  },
  {
    name: "A 3",
    strokes: [
      [
        0.31, 0.22, 0.4, 0.12, 0.6, 0.12, 0.68, 0.28, 0.58, 0.44, 0.44, 0.47, 0.62, 0.48, 0.74, 0.66, 0.62,
        0.86, 0.42, 0.89, 0.28, 0.78,
      ],
    ],
  },
  {
    name: "An open 4",
    strokes: [
      [0.34, 0.14, 0.31, 0.3, 0.27, 0.52, 0.27, 0.57, 0.32, 0.58, 0.52, 0.56, 0.76, 0.54],
      [0.62, 0.16, 0.6, 0.4, 0.57, 0.64, 0.56, 0.88],
    ],
  },
  {
    name: "A crossed 7",
    strokes: [
      [0.26, 0.18, 0.45, 0.17, 0.62, 0.16, 0.72, 0.15, 0.72, 0.15, 0.64, 0.34, 0.52, 0.6, 0.43, 0.88],
      [0.38, 0.52, 0.52, 0.5, 0.7, 0.48],
    ],
  },
  {
    name: "A 9 with a tail",
    strokes: [
      [
        0.68, 0.24, 0.56, 0.12, 0.36, 0.16, 0.3, 0.36, 0.42, 0.5, 0.6, 0.44, 0.69, 0.24, 0.69, 0.24, 0.7, 0.5,
        0.66, 0.8, 0.5, 0.9, 0.32, 0.84, 0.3, 0.76,
      ],
    ],
  },
].map(({ name, strokes }) => ({ name, strokes: strokes.map(smooth) }));

/**
 * Adds a button for each example, and shows one of them faintly on the empty pad.
 *
 * @param {HTMLElement} stage
 * @param {(strokes: Stroke[]) => void} onChoice called with the strokes of the example that was pressed
 */
export function offerExamples(stage, onChoice) {
  find(stage, ".invitation", HTMLElement).prepend(outlineOf(EXAMPLES[SHOWN_FAINTLY].strokes));
  for (const { name, strokes } of EXAMPLES) {
    const button = document.createElement("button");
    button.type = "button";
    button.setAttribute("aria-label", name);
    button.dataset.tip = name;
    button.append(outlineOf(strokes));
    button.addEventListener("click", () =>
      onChoice(strokes.map((points) => ({ points: [...points], width: PEN_WIDTH, erases: false }))),
    );
    find(stage, ".examples", HTMLElement).append(button);
  }
}

/** @param {number[][]} strokes */
function outlineOf(strokes) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 1 1");
  svg.setAttribute("aria-hidden", "true");
  for (const points of strokes) {
    const line = document.createElementNS(SVG, "polyline");
    line.setAttribute("points", points.join(" "));
    line.setAttribute("stroke-width", String(PEN_WIDTH));
    svg.append(line);
  }
  return svg;
}

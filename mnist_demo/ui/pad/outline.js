// A drawing in small, as SVG in the color of the text around it. Knows strokes; nothing of the pad.

/** @import { Stroke } from "./strokes.js" */

const SVG = "http://www.w3.org/2000/svg";

/** @param {Pick<Stroke, "points" | "width">[]} strokes */
export function outlineOf(strokes) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 1 1");
  svg.setAttribute("aria-hidden", "true");
  for (const { points, width } of strokes) {
    const line = document.createElementNS(SVG, "polyline");
    line.setAttribute("points", points.join(" "));
    line.setAttribute("stroke-width", String(width));
    svg.append(line);
  }
  return svg;
}

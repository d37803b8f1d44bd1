// The learning-rate finder of the form: asks the server to try rates, draws what it found, and takes its suggestion over.

import { find } from "../component.js";

/** @typedef {{ rates: number[], losses: number[], suggestion: number | null, error?: undefined } | { error: string }} Found */

const [WIDTH, HEIGHT, LEFT, BOTTOM, TOP] = [280, 120, 30, 104, 6]; // in units of the picture
const HIGHEST = 1.5; // in first losses: what is above it is cut off

export class RateFinder {
  /** @type {number | null} */
  #suggestion = null;

  /**
   * @param {HTMLElement} element
   * @param {object} options
   * @param {() => Promise<Found | undefined>} options.ask tries rates for the settings as they are
   * @param {(rate: number) => void} options.use takes a rate
   */
  constructor(element, { ask, use }) {
    this.ask = ask;
    this.button = find(element, ".find", HTMLButtonElement);
    this.said = find(element, ".said", HTMLElement);
    this.figure = find(element, "figure", HTMLElement);
    this.svg = find(element, "svg", SVGSVGElement);
    this.suggested = find(element, ".use", HTMLButtonElement);
    this.button.addEventListener("click", () => this.#find());
    this.suggested.addEventListener("click", () => this.#suggestion !== null && use(this.#suggestion));
  }

  disable() {
    this.button.disabled = true;
  }

  async #find() {
    if (this.button.getAttribute("aria-busy") === "true") return;
    this.button.setAttribute("aria-busy", "true");
    this.said.textContent = "trying…";
    const found = await this.ask();
    this.button.removeAttribute("aria-busy");
    if (!found || found.error !== undefined) {
      this.said.textContent = found?.error ?? "Can’t reach the server; please try again.";
      this.figure.hidden = true;
      return;
    }
    this.#suggestion = found.suggestion;
    this.said.textContent =
      found.suggestion === null
        ? "no rate makes the loss fall"
        : `the loss falls fastest at ${found.suggestion}`;
    this.svg.innerHTML = curve(found);
    this.svg.setAttribute(
      "aria-label",
      `Loss at learning rates from ${found.rates[0]} to ${found.rates.at(-1)}`,
    );
    this.suggested.hidden = found.suggestion === null;
    this.suggested.textContent = `Use ${found.suggestion}`;
    this.figure.hidden = false;
  }
}

/**
 * The losses over the rates, which are on a logarithmic axis, as SVG text.
 *
 * @param {{ rates: number[], losses: number[], suggestion: number | null }} found
 */
export function curve({ rates, losses, suggestion }) {
  const [least, most] = [Math.log10(rates[0]), Math.log10(rates[rates.length - 1])];
  const highest = HIGHEST * losses[0];
  /** @param {number} rate */
  const x = (rate) => LEFT + ((WIDTH - LEFT - 6) * (Math.log10(rate) - least)) / (most - least || 1);
  /** @param {number} loss */
  const y = (loss) => BOTTOM - ((BOTTOM - TOP) * Math.min(loss, highest)) / highest;
  const parts = [`<line class="grid" x1="${LEFT}" x2="${WIDTH}" y1="${BOTTOM}" y2="${BOTTOM}"/>`];
  for (let power = Math.ceil(least); power <= most; power += 1) {
    const at = x(10 ** power).toFixed(1);
    parts.push(
      `<line class="grid" x1="${at}" x2="${at}" y1="${TOP}" y2="${BOTTOM}"/>`,
      `<text x="${at}" y="${HEIGHT - 3}" text-anchor="middle">${tickOf(power)}</text>`,
    );
  }
  if (suggestion !== null) {
    const at = x(suggestion).toFixed(1);
    parts.push(`<line class="suggestion" x1="${at}" x2="${at}" y1="${TOP}" y2="${BOTTOM}"/>`);
  }
  const places = rates.map((rate, index) => `${x(rate).toFixed(1)},${y(losses[index]).toFixed(1)}`);
  parts.push(`<polyline points="${places.join(" ")}"/>`);
  return parts.join("");
}

/** A power of ten as short as can be read. @param {number} power */
function tickOf(power) {
  if (power >= -3) return String(Number((10 ** power).toPrecision(1)));
  return `10⁻${[...String(-power)].map((digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(digit)]).join("")}`;
}

// The two plots on the page: draws them whenever runs, choices or the room change, and reads all curves at the pointer.

/** @import { Component } from "../component.js" */
/** @import { By, Options, Quantity, Reference, Run } from "./plot.js" */

import { find, setText } from "../component.js";
import { Lifetime } from "../pad/lifetime.js";
import { onHiddenRuns } from "../sessions/run-state.js";
import { MARGIN, colorOf, plot, readAt } from "./plot.js";

/** @typedef {Run & { model: string }} ListedRun */

const STEP = 12; // pixels that an arrow key moves the reading by

/** @param {Component<{ value: string, shipped: Reference[] }, {}>} component */
export function mount({ element, props, watch }) {
  const lifetime = new Lifetime(element);
  const panels = [...element.querySelectorAll(".plot")].map((panel) => ({
    quantity: /** @type {Quantity} */ (/** @type {HTMLElement} */ (panel).dataset.quantity),
    svg: find(panel, "svg", SVGSVGElement),
    readout: find(panel, ".readout", HTMLElement),
  }));
  const by = find(element, ".by", HTMLSelectElement);
  const smoothing = find(element, ".smooth input", HTMLInputElement);
  const log = find(element, ".log input", HTMLInputElement);

  /** @type {number[]} */
  let hidden = [];
  /** @type {number | null} */
  let reading = null; // where all curves are read, in pixels

  const listed = () =>
    /** @type {ListedRun[]} */ (JSON.parse(props.value || "[]")).filter(
      ({ number }) => !hidden.includes(number),
    );

  /** @param {Quantity} quantity @param {SVGSVGElement} svg @param {ListedRun[]} runs @returns {Options} */
  function optionsOf(quantity, svg, runs) {
    const newest = runs.at(-1);
    return {
      quantity,
      by: /** @type {By} */ (by.value),
      smoothing: smoothing.valueAsNumber,
      isLogarithmic: log.checked,
      width: svg.clientWidth,
      height: svg.clientHeight,
      references: props.shipped.filter(({ name }) => name === newest?.model),
    };
  }

  function draw() {
    const runs = listed();
    for (const { quantity, svg, readout } of panels) {
      if (!svg.clientWidth) continue; // in a tab that isn't seen
      const options = optionsOf(quantity, svg, runs);
      svg.innerHTML = plot(runs, options);
      const last = readAt(runs, options, options.width);
      const said = last.rows.map(
        ({ name, training, validation }) => `${name}: training ${training}, validation ${validation}`,
      );
      svg.setAttribute("aria-label", [quantity === "loss" ? "Loss" : "Accuracy", ...said].join("; "));
      read(runs, options, svg, readout);
    }
  }

  /** @param {ListedRun[]} runs @param {Options} options @param {SVGSVGElement} svg @param {HTMLElement} readout */
  function read(runs, options, svg, readout) {
    readout.hidden = reading === null || !runs.length;
    if (reading === null || !runs.length) return;
    const { at, place, rows } = readAt(runs, options, reading);
    const line = document.createElementNS("http://www.w3.org/2000/svg", "line");
    for (const [name, value] of Object.entries({
      class: "reading",
      x1: at,
      x2: at,
      y1: MARGIN.top,
      y2: options.height - MARGIN.bottom,
    }))
      line.setAttribute(name, String(value));
    svg.append(line);
    readout.replaceChildren(row(place, "training", "validation"), ...rows.map(lineOf));
    readout.classList.toggle("left", at > options.width / 2);
    readout.style.setProperty("--at", `${at}px`);
  }

  /** @param {{ name: string, color: string, training: string, validation: string }} values */
  function lineOf({ name, color, training, validation }) {
    const line = row(name, training, validation);
    line.style.setProperty("--model", colorOf(color));
    return line;
  }

  /** @param {string[]} cells */
  function row(...cells) {
    const line = document.createElement("p");
    line.append(
      ...cells.map((text) => {
        const cell = document.createElement("span");
        cell.textContent = text;
        return cell;
      }),
    );
    return line;
  }

  /** @param {number | null} at */
  function readAll(at) {
    reading = at;
    draw();
  }

  for (const { svg } of panels) {
    svg.addEventListener("pointermove", ({ clientX }) => readAll(clientX - svg.getBoundingClientRect().left));
    svg.addEventListener("pointerleave", () => readAll(null));
    svg.addEventListener("blur", () => readAll(null));
    svg.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -STEP, ArrowRight: STEP }[event.key];
      if (!step && event.key !== "Escape") return;
      event.preventDefault();
      const [least, most] = [MARGIN.left, svg.clientWidth - MARGIN.right];
      readAll(step ? Math.min(Math.max((reading ?? most) + step, least), most) : null);
    });
  }
  for (const input of [by, smoothing, log])
    input.addEventListener("input", () => {
      setText(find(element, ".smooth output", HTMLElement), smoothing.value);
      draw();
    });

  onHiddenRuns((numbers) => {
    hidden = numbers;
    draw();
  }, lifetime.signal);
  watch("value", draw);
  const sizes = new ResizeObserver(lifetime.within(draw));
  for (const { svg } of panels) sizes.observe(svg);
  draw();
}

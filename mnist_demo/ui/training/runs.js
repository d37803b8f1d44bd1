// Colors the curves of the listed runs, hides those of runs that are not ticked, and asks for a run's results. The color of a curve is a CSS
// variable, which this module sets.

/** @import { Component } from "../component.js" */

import { askForResults } from "../sessions/run-state.js";

const SPLITS = ["training", "validation"];

/** @param {Component<{}, {}>} component */
export function mount({ element, watch }) {
  /** @type {Set<string | undefined>} */
  const hidden = new Set();

  const color = () => {
    const boxes = /** @type {NodeListOf<HTMLInputElement>} */ (element.querySelectorAll("input[data-shows]"));
    for (const box of boxes) {
      const { shows, color: own, age } = box.dataset;
      box.checked = !hidden.has(shows);
      const value = box.checked ? (own ?? "") : "transparent";
      for (const split of SPLITS) document.body.style.setProperty(`--curve-${split}-${age}`, value);
    }
  };

  element.addEventListener("change", ({ target }) => {
    if (!(target instanceof HTMLInputElement) || !target.dataset.shows) return;
    if (target.checked) hidden.delete(target.dataset.shows);
    else hidden.add(target.dataset.shows);
    color();
  });
  element.addEventListener("click", ({ target }) => {
    const button = target instanceof Element && target.closest("[data-results]");
    if (button instanceof HTMLElement) askForResults(Number(button.dataset.results));
  });
  watch("value", color);
  color();
}

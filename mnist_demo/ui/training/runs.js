// The list of runs: hides the curves of those that are not ticked, asks for a run's results, renames and deletes runs.

/** @import { Component } from "../component.js" */

import { announceHiddenRuns, announceModels, askForResults } from "../sessions/run-state.js";
import { visitor } from "../sessions/token.js";

/**
 * @typedef {object} Server
 * @property {(order: { visitor: string, order: "rename" | "delete", run: number, name?: string }) => Promise<unknown>} steer
 */

/** @param {Component<{}, Server>} component */
export function mount({ element, server, watch }) {
  /** @type {Set<string | undefined>} */
  const hidden = new Set();

  function show() {
    const boxes = /** @type {NodeListOf<HTMLInputElement>} */ (element.querySelectorAll("input[data-shows]"));
    for (const box of boxes) box.checked = !hidden.has(box.dataset.shows);
    announceHiddenRuns([...hidden].map(Number));
  }

  /** @param {number} run */
  async function remove(run) {
    await server.steer({ visitor: visitor(), order: "delete", run });
    announceModels(); // it may have been on the pad
    askForResults(null);
  }

  /** @param {number} run @param {string} name */
  async function rename(run, name) {
    await server.steer({ visitor: visitor(), order: "rename", run, name });
    announceModels();
    askForResults(null);
  }

  element.addEventListener("keydown", ({ key, target }) => {
    if (key === "Enter" && target instanceof HTMLInputElement && target.dataset.name) target.blur();
  });
  element.addEventListener("change", ({ target }) => {
    if (!(target instanceof HTMLInputElement)) return;
    if (target.dataset.name) rename(Number(target.dataset.name), target.value);
    if (!target.dataset.shows) return;
    if (target.checked) hidden.delete(target.dataset.shows);
    else hidden.add(target.dataset.shows);
    show();
  });
  element.addEventListener("click", ({ target }) => {
    const button = target instanceof Element && target.closest("[data-results], [data-delete]");
    if (!(button instanceof HTMLElement)) return;
    if (button.dataset.delete) remove(Number(button.dataset.delete));
    else askForResults(Number(button.dataset.results));
  });
  watch("value", show);
  show();
}

// What can be done with a run's results: its files are downloaded, which the server makes when asked, for this visitor
// only; its model, or a digit that it misread, is put on the pad; a cell of its matrix shows the digits behind it.

/** @import { Component } from "../component.js" */

import { bytesOf, find } from "../component.js";
import { announceModels, askForResults, putOnPad } from "../sessions/run-state.js";
import { visitor } from "../sessions/token.js";

/**
 * @typedef {object} Server
 * @property {(order: { visitor: string, run: number, kind: string | undefined }) => Promise<File | undefined>} download
 * @property {(cell: { visitor: string, run: number, label: number, answer: number }) => Promise<Cell | undefined>} mistakes
 * @property {(order: { visitor: string, order: "use" | "put away", run: number }) => Promise<{ error?: string } | undefined>} steer
 */

/** @typedef {{ markup: string, error?: undefined } | { error: string }} Cell */
/** @typedef {{ name: string, content: string, error?: undefined } | { error: string }} File its content in base64 */

const AWAY = "Can’t reach the server; please try again.";
const KEPT = 60_000; // milliseconds that the browser has to take a file

/** @param {Component<{}, Server>} component */
export function mount({ element, server }) {
  const notice = () => find(element, ".notice", HTMLElement);

  /** @param {number} run @param {"use" | "put away"} order */
  async function move(run, order) {
    const answer = await server.steer({ visitor: visitor(), order, run });
    notice().textContent = answer ? (answer.error ?? "") : AWAY;
    if (!answer) return;
    announceModels();
    askForResults(run);
  }

  /** @param {number} run @param {string | undefined} kind */
  async function download(run, kind) {
    const file = await server.download({ visitor: visitor(), run, kind });
    notice().textContent = file ? (file.error ?? "") : AWAY;
    if (file && file.error === undefined) saveFile(file.name, file.content);
  }

  /** @param {number} run @param {number} label @param {number} answer */
  async function showCell(run, label, answer) {
    const cell = await server.mistakes({ visitor: visitor(), run, label, answer });
    notice().textContent = cell ? (cell.error ?? "") : AWAY;
    if (cell && cell.error === undefined) find(element, ".mistakes", HTMLElement).innerHTML = cell.markup;
  }

  element.addEventListener("click", async ({ target }) => {
    const button = target instanceof Element && target.closest("button");
    if (!button) return;
    if (button.matches(".onto-pad")) {
      putOnPad(find(button, "img", HTMLImageElement).src);
      find(document, '[role=tab][data-tab-id="sketchpad"]', HTMLElement).click();
      return;
    }
    const { of, download: kind, order, label, answer } = button.dataset;
    button.setAttribute("aria-busy", "true");
    if (order === "use" || order === "put away") await move(Number(of), order);
    else if (label) await showCell(Number(of), Number(label), Number(answer));
    else if (kind) await download(Number(of), kind);
    button.removeAttribute("aria-busy");
  });
}

/**
 * @param {string} name
 * @param {string} content in base64
 */
function saveFile(name, content) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([bytesOf(content)]));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), KEPT);
}

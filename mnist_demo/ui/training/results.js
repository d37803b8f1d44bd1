// What can be done with a run's results: its files are downloaded, which the server makes when asked, for this visitor
// only; its model is put on the pad.

/** @import { Component } from "../component.js" */

import { bytesOf, find } from "../component.js";
import { announceModel, askForResults } from "../sessions/run-state.js";
import { visitor } from "../sessions/token.js";

/**
 * @typedef {object} Server
 * @property {(order: { visitor: string, run: number, kind: string | undefined }) => Promise<File | undefined>} download
 * @property {(order: { visitor: string, order: "use", run: number }) => Promise<{ error?: string } | undefined>} steer
 */

/** @typedef {{ name: string, content: string, error?: undefined } | { error: string }} File its content in base64 */

const AWAY = "Can’t reach the server; please try again.";
const KEPT = 60_000; // milliseconds that the browser has to take a file

/** @param {Component<{}, Server>} component */
export function mount({ element, server }) {
  const notice = () => find(element, ".notice", HTMLElement);

  /** @param {number} run */
  async function putOnPad(run) {
    const answer = await server.steer({ visitor: visitor(), order: "use", run });
    notice().textContent = answer ? (answer.error ?? "") : AWAY;
    if (!answer) return;
    announceModel();
    askForResults(run);
  }

  /** @param {number} run @param {string | undefined} kind */
  async function download(run, kind) {
    const file = await server.download({ visitor: visitor(), run, kind });
    notice().textContent = file ? (file.error ?? "") : AWAY;
    if (file && file.error === undefined) saveFile(file.name, file.content);
  }

  element.addEventListener("click", async ({ target }) => {
    const button = target instanceof Element && target.closest("[data-download], [data-use]");
    if (!(button instanceof HTMLElement)) return;
    const { of, download: kind, use } = button.dataset;
    button.setAttribute("aria-busy", "true");
    await (use ? putOnPad(Number(use)) : download(Number(of), kind));
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

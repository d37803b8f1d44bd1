// Answers computed in this page: loads the arithmetic and the models' programs, and answers as the server does.
// Models come one by one; the caller decides what happens with those that are not here. Knows nothing of the page.

/** @import { Answer, Prediction, Question } from "../reader.js" */

import { digitOf } from "./ink.js";
import { Model } from "./operations.js";

/**
 * Where a model's program is.
 *
 * @typedef {object} Source
 * @property {string} name the model's
 * @property {string} address seen from the page
 * @property {string} integrity what its contents have to be, as in HTML's attribute of that name
 */

const ATTEMPTS = 3;
const PAUSE = 2000; // milliseconds before another attempt; doubles
const BUDGET = 8; // milliseconds of work at once, so that the pen's line is drawn meanwhile

/** Resolves when the browser has had the chance to do something else. */
export function nextTask() {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = () => resolve(port1.close());
    port2.postMessage(null);
  });
}

/** @param {number} milliseconds */
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

export class AnswersHere {
  /** @type {Map<string, Model>} */
  #models = new Map();

  /** @type {WebAssembly.Module | undefined} */
  #arithmetic = undefined;

  /**
   * @param {() => void} onReady called when one more model can answer here
   */
  constructor(onReady) {
    this.onReady = onReady;
  }

  /** A model that answers here. @param {string} name */
  model(name) {
    return this.#models.get(name);
  }

  /** Whether this model answers here. @param {string} name */
  has(name) {
    return this.#models.has(name);
  }

  /**
   * Loads models one after the other. What can't be loaded stays with the server: nothing is thrown.
   *
   * @param {Source[]} sources
   */
  async load(sources) {
    for (const { name, address, integrity } of sources) {
      for (let attempt = 0; attempt < ATTEMPTS && !this.has(name); attempt += 1) {
        if (attempt) await pause(PAUSE * 2 ** (attempt - 1));
        try {
          await this.#compile(); // first: where it is forbidden no weights are needed
          await this.add(name, await fetched(new URL(address, document.baseURI), integrity));
        } catch {
          // offline, moved, damaged, of another version, too large, or forbidden
        }
      }
    }
  }

  /**
   * Takes a model whose program is here, in place of the one of that name.
   *
   * @param {string} name
   * @param {ArrayBuffer} packed
   * @throws where it can't be used
   */
  async add(name, packed) {
    this.#models.set(name, new Model(await this.#compile(), packed));
    this.onReady();
  }

  async #compile() {
    this.#arithmetic ??= await WebAssembly.compile(
      await fetched(new URL("operations.wasm", import.meta.url)),
    );
    return this.#arithmetic;
  }

  /** Leaves a model to the server again. @param {string} name */
  remove(name) {
    this.#models.delete(name);
  }

  /**
   * What these models make of the strokes; each has to be here.
   *
   * @param {Question} question
   * @param {string[]} names
   * @returns {Promise<Answer>}
   */
  async ask({ ink, strokes }, names) {
    await nextTask();
    let started = performance.now();
    const digit = digitOf(strokes);
    if (!digit) return { ink, blank: true };
    /** @type {Record<string, Prediction>} */
    const answers = {};
    for (const name of names) {
      if (performance.now() - started > BUDGET) {
        await nextTask();
        started = performance.now();
      }
      const [model, from] = [this.#models.get(name), performance.now()];
      if (model) answers[name] = { ...model.answer(digit, true), milliseconds: performance.now() - from };
    }
    return { ink, digit: btoa(String.fromCharCode(...digit)), answers };
  }
}

/** The bytes at an address. Rejects where they aren't those. @param {URL} address @param {string} [integrity] */
export async function fetched(address, integrity = "") {
  const response = await fetch(address, { integrity, priority: "low" });
  if (!response.ok) throw new Error(`${response.status} at ${address}`);
  return response.arrayBuffer();
}

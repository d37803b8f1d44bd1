// What can be changed of a run while it goes on: its learning rate, its pace, one more epoch.
// Knows the three controls and what the server says of the run; the server does what is asked.

/** @import { RunState } from "../sessions/run-state.js" */

import { find, setText } from "../component.js";

/**
 * @typedef {{ order: "rate", rate: number } | { order: "slow", slow: boolean } | { order: "more" }} Order
 */

export class Steering {
  #rate = 1;
  #isSlow = false;

  /**
   * @param {HTMLElement} element
   * @param {number} maxRate by how much the learning rate can be multiplied or divided
   * @param {(order: Order) => void} send
   */
  constructor(element, maxRate, send) {
    this.element = element;
    this.maxRate = maxRate;
    this.send = send;
    this.output = find(element, "output", HTMLElement);
    /** @param {string} name */
    const button = (name) => find(element, `.${name}`, HTMLButtonElement);
    this.lower = button("lower");
    this.higher = button("higher");
    this.slow = button("slow");
    this.lower.addEventListener("click", () => this.#setRate(this.#rate / 2));
    this.higher.addEventListener("click", () => this.#setRate(this.#rate * 2));
    this.slow.addEventListener("click", () => {
      send({ order: "slow", slow: !this.#isSlow });
      this.#show(this.#rate, !this.#isSlow);
    });
    button("more").addEventListener("click", () => send({ order: "more" }));
  }

  /** @param {RunState} run */
  show({ state, rate = 1, isSlow = false }) {
    this.element.hidden = state !== "running" && state !== "paused";
    this.#show(rate, isSlow);
  }

  /** @param {number} rate */
  #setRate(rate) {
    this.send({ order: "rate", rate });
    this.#show(rate, this.#isSlow);
  }

  /**
   * @param {number} rate
   * @param {boolean} isSlow
   */
  #show(rate, isSlow) {
    this.#rate = rate;
    this.#isSlow = isSlow;
    setText(this.output, rate < 1 ? `÷ ${1 / rate}` : `× ${rate}`);
    this.lower.disabled = rate <= 1 / this.maxRate;
    this.higher.disabled = rate >= this.maxRate;
    this.slow.setAttribute("aria-pressed", String(isSlow));
  }
}

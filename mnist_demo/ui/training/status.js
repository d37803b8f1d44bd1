// Tells the other components of the page where the visitor's run stands, each time the server says so.

/** @import { Component } from "../component.js" */

import { announceRunState } from "../sessions/run-state.js";

/** @param {Component<{}, {}>} component */
export function mount({ element, watch }) {
  const announce = () => {
    const status = element.querySelector("[data-state]");
    if (!(status instanceof HTMLElement)) return;
    const { state = "idle", rate = "1", slow } = status.dataset;
    announceRunState({ state, rate: Number(rate), isSlow: slow === "true" });
  };
  watch("value", announce);
  announce();
}

// Where the visitor's training run stands, passed from one component of the page to the others as a custom event:
// `mnist-demo-run` on `window`, its `detail` a RunState. The Training tab's status announces; its form and the pad listen.

/**
 * @typedef {object} RunState
 * @property {string} state one of "idle", "off", "refused", "sending", "waiting", "starting", "running", "paused",
 *   "scoring", "finished", "stopped" and "failed"
 */

const EVENT = "mnist-demo-run";

/** @param {RunState} detail */
export function announceRunState(detail) {
  window.dispatchEvent(new CustomEvent(EVENT, { detail }));
}

/**
 * Calls `listener` each time the run's state is announced, until `signal` aborts.
 *
 * @param {(state: RunState) => void} listener
 * @param {AbortSignal} signal
 */
export function onRunState(listener, signal) {
  /** @param {Event} event */
  const pass = (event) => listener(/** @type {CustomEvent<RunState>} */ (event).detail);
  window.addEventListener(EVENT, pass, { signal });
}

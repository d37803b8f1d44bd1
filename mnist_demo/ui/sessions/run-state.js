// What the components of the page tell each other, as custom events on `window`: where the visitor's newest run stands,
// which run's results are wanted, that other models of theirs are on the pad now, and what is drawn.

/** @import { Ink, Stroke } from "../pad/strokes.js" */

/**
 * @typedef {object} RunState
 * @property {string} state one of "idle", "off", "refused", "sending", "waiting", "starting", "running", "paused",
 *   "scoring", "finished", "stopped" and "failed"
 * @property {number} [rate] what the learning rate is multiplied by
 * @property {boolean} [isSlow] whether it trains in slow motion
 */

/** @param {string} state whether a model learns in it */
export const isInTraining = (state) => ["starting", "running", "paused"].includes(state);

/** @param {string} state whether it ends a run that may have left a model */
export const isReady = (state) => ["finished", "stopped"].includes(state);

/**
 * An event of the page: what announces it, and what listens to it until a signal aborts.
 *
 * @template Detail
 * @param {string} name
 * @returns {{ announce: (detail: Detail) => void, on: (listener: (detail: Detail) => void, signal: AbortSignal) => void }}
 */
function event(name) {
  return {
    announce: (detail) => window.dispatchEvent(new CustomEvent(name, { detail })),
    on(listener, signal) {
      /** @param {Event} told */
      const pass = (told) => listener(/** @type {CustomEvent<Detail>} */ (told).detail);
      window.addEventListener(name, pass, { signal });
    },
  };
}

/** @type {ReturnType<typeof event<RunState>>} */
export const { announce: announceRunState, on: onRunState } = event("mnist-demo-run");

/** @type {ReturnType<typeof event<number | null>>} the number of the run whose results are wanted; null: all is, anew */
export const { announce: askForResults, on: onResultsAskedFor } = event("mnist-demo-results");

/** @type {ReturnType<typeof event<string>>} the data address of ink that is to be put on the pad */
export const { announce: putOnPad, on: onInk } = event("mnist-demo-ink");

/** @type {ReturnType<typeof event<number[]>>} the numbers of the runs whose curves are hidden */
export const { announce: announceHiddenRuns, on: onHiddenRuns } = event("mnist-demo-hidden-runs");

/** @type {ReturnType<typeof event<Ink>>} the drawing that is on the pad now */
export const { announce: announceDrawing, on: onDrawing } = event("mnist-demo-drawing");

/** @type {ReturnType<typeof event<void>>} that the drawing on the pad is wanted */
export const { announce: askForDrawing, on: onDrawingAskedFor } = event("mnist-demo-drawing-wanted");

/** @type {ReturnType<typeof event<Stroke[]>>} strokes that are to be on the pad, and nothing else */
export const { announce: putStrokesOnPad, on: onStrokes } = event("mnist-demo-strokes");

/** @type {ReturnType<typeof event<void>>} */
export const { announce: announceModels, on: onModels } = event("mnist-demo-models");

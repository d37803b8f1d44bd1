// The model that the visitor trains: joins the others when it is ready, and reads the pad while it learns.

/** @import { Model } from "./lane.js" */

import { onRunState } from "../sessions/run-state.js";
import { hasReturned, visitor } from "../sessions/token.js";

const IN_TRAINING = ["starting", "running", "paused"];
const READY = ["finished", "stopped"];

/**
 * Follows the visitor's runs.
 *
 * @param {object} options
 * @param {(payload: { visitor: string }) => Promise<Partial<Model> | undefined>} options.ask asks for the model
 * @param {(model: Model) => void} options.onReady takes the model as it is now
 * @param {() => void} options.onStart called when a run starts
 * @param {AbortSignal} options.signal ends the following
 */
export function followTraining({ ask, onReady, onStart, signal }) {
  let isTraining = false;
  const look = async () => {
    const model = await ask({ visitor: visitor() });
    if (model?.name) onReady(/** @type {Model} */ (model));
  };
  onRunState(({ state }) => {
    const wasTraining = isTraining;
    isTraining = IN_TRAINING.includes(state);
    if (isTraining && !wasTraining) onStart();
    if (READY.includes(state)) look();
  }, signal);
  if (hasReturned()) look();
  return { isTraining: () => isTraining };
}

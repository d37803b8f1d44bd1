// The model that the visitor trains: joins the others when it is ready, and reads the pad while it learns.

/** @import { Model } from "./lane.js" */

import { bytesOf } from "../component.js";
import { onModel, onRunState } from "../sessions/run-state.js";
import { isKnown, visitor } from "../sessions/token.js";

const IN_TRAINING = ["starting", "running", "paused"];
const READY = ["finished", "stopped"];

/**
 * Follows the visitor's runs.
 *
 * @param {object} options
 * @param {(payload: { visitor: string }) => Promise<Partial<Model> | undefined>} options.ask asks for the model
 * @param {(payload: { visitor: string }) => Promise<{ program?: string } | undefined>} options.askProgram asks for it as a
 *   program
 * @param {(model: Model) => void} options.onReady takes the model as it is now: the server answers for it
 * @param {() => void} options.onGone called where there is no model of the visitor's any more
 * @param {(name: string, packed: ArrayBuffer) => void} options.onProgram takes the program, which can answer in the page
 * @param {() => void} options.onStart called when a run starts
 * @param {AbortSignal} options.signal ends the following
 */
export function followTraining({ ask, askProgram, onReady, onGone, onProgram, onStart, signal }) {
  let isTraining = false;
  let newest = 0;
  const look = async () => {
    const number = (newest += 1);
    const model = await ask({ visitor: visitor() });
    if (model && !model.name) onGone();
    if (!model?.name) return;
    onReady(/** @type {Model} */ (model));
    const { program } = (await askProgram({ visitor: visitor() })) ?? {};
    if (program && number === newest) onProgram(model.name, bytesOf(program).buffer);
  };
  onRunState(({ state }) => {
    const wasTraining = isTraining;
    isTraining = IN_TRAINING.includes(state);
    if (isTraining && !wasTraining) onStart();
    if (READY.includes(state)) look();
  }, signal);
  onModel(look, signal);
  if (isKnown()) look();
  return { isTraining: () => isTraining };
}

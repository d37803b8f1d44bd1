// The models that the visitor trained: they join the others on the pad, and one in training reads the pad while it learns.

/** @import { Model } from "./lane.js" */

import { bytesOf } from "../component.js";
import { isInTraining, isReady, onModels, onRunState } from "../sessions/run-state.js";
import { isKnown, visitor } from "../sessions/token.js";

/**
 * Follows the visitor's runs.
 *
 * @param {object} options
 * @param {(payload: { visitor: string }) => Promise<{ models: Model[] } | undefined>} options.ask asks which models of
 *   theirs are on the pad
 * @param {(payload: { visitor: string, model: string }) => Promise<{ program?: string } | undefined>} options.askProgram
 *   asks for one as a program
 * @param {(models: Model[]) => void} options.show takes those models as they are now: the server answers for them
 * @param {(name: string) => boolean} options.isHere whether a model answers in the page already
 * @param {(name: string, packed: ArrayBuffer) => void} options.onProgram takes a program, which can answer in the page
 * @param {() => void} options.onStart called when a run starts
 * @param {AbortSignal} options.signal ends the following
 */
export function followTraining({ ask, askProgram, show, isHere, onProgram, onStart, signal }) {
  let isTraining = false;
  let newest = 0;
  const look = async () => {
    const number = (newest += 1);
    const answer = await ask({ visitor: visitor() });
    if (!answer || number !== newest) return;
    show(answer.models);
    for (const { name } of answer.models) {
      if (isHere(name)) continue;
      const { program } = (await askProgram({ visitor: visitor(), model: name })) ?? {};
      if (number !== newest) return;
      if (program) onProgram(name, bytesOf(program).buffer);
    }
  };
  onRunState(({ state }) => {
    const wasTraining = isTraining;
    isTraining = isInTraining(state);
    if (isTraining && !wasTraining) onStart();
    if (isReady(state)) look();
  }, signal);
  onModels(look, signal);
  if (isKnown()) look();
  return { isTraining: () => isTraining };
}

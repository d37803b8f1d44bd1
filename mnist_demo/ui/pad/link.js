// The link to a drawing: made and copied by a button, opened where the page's address has one. Drawing alone leaves the
// address as it is; a link that was copied or opened is in it, so that Back leads to what was there before.

/** @import { Drawing, Stroke } from "./strokes.js" */

import { copyLink } from "../address-bar.js";
import { find } from "../component.js";
import { LinkError, fragmentOf, strokesOf } from "./address.js";

/**
 * Opens the link in the page's address, and later ones; makes links.
 *
 * @param {HTMLElement} stage
 * @param {object} options
 * @param {Drawing} options.drawing
 * @param {(strokes: Stroke[]) => void} options.open puts a link's strokes on the pad
 * @param {(sentence: string, tone: "calm" | "trouble") => void} options.say
 * @param {AbortSignal} options.signal ends the listening to the address
 * @returns whether the address has a link to a drawing, damaged ones included
 */
export function followLinks(stage, { drawing, open, say, signal }) {
  let followed = ""; // the newest link, or no link, that the pad has followed
  const look = () => {
    // Back from another tab leads to the link that is followed already, with what was drawn since
    const isNew = location.hash !== followed;
    try {
      const strokes = strokesOf(location.hash);
      if (strokes || !location.hash) followed = location.hash;
      if (strokes && isNew) open(strokes);
      return strokes !== null;
    } catch (problem) {
      if (!(problem instanceof LinkError)) throw problem;
      followed = location.hash;
      if (isNew) {
        open([]);
        say(problem.message, "trouble");
      }
      return true;
    }
  };
  window.addEventListener("popstate", look, { signal });
  find(stage, "[data-tool=link]", HTMLButtonElement).addEventListener("click", async () => {
    if (drawing.isBlank) return;
    if (drawing.picture) {
      say("A drawing with a picture under it has no link.", "trouble");
      return;
    }
    try {
      const copied = copyLink(fragmentOf(drawing.strokes));
      followed = location.hash;
      say((await copied) ? "Link copied." : "The link is in the address bar: copy it from there.", "calm");
    } catch (problem) {
      if (!(problem instanceof LinkError)) throw problem;
      say(problem.message, "calm");
    }
  });
  return look();
}

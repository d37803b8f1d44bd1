// The drawing outlives a reload of its browser tab, which Gradio does by itself after its connection broke.

/** @import { Ink, Picture } from "./strokes.js" */

import { hasReturned } from "../sessions/token.js";

const KEY = "mnist-demo-drawing";

/** @param {Ink} ink */
export function saveDrawing({ picture, strokes }) {
  try {
    sessionStorage.setItem(KEY, JSON.stringify({ picture: picture?.source ?? null, strokes }));
  } catch {
    // storage is full or forbidden: the drawing then lives as long as the page
  }
}

/**
 * Returns the drawing from before the page was reloaded or come back to, or null. A page that was opened afresh
 * starts with an empty pad.
 *
 * @param {(source: string) => Promise<Picture>} decode
 * @returns {Promise<Ink | null>}
 */
export async function loadDrawing(decode) {
  if (!hasReturned()) return null;
  try {
    const { picture, strokes } = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
    return { picture: picture && (await decode(picture)), strokes };
  } catch {
    return null;
  }
}

// A picture pasted, dropped or chosen instead of drawing: the server finds its ink, the pad shows it.

/** @import { Picture } from "./strokes.js" */

import { find } from "../component.js";
import { isTyping } from "./tools.js";

/** @typedef {(payload: { picture: string }) => Promise<{ picture?: string, error?: string } | undefined>} ReadPicture */

/**
 * Finds the ink in a picture's file. Throws an Error whose message is for people.
 *
 * @param {File} file
 * @param {number} maxBytes what the server would refuse isn't sent
 * @param {ReadPicture} ask
 * @returns {Promise<Picture>}
 */
export async function readPicture(file, maxBytes, ask) {
  if (file.size > maxBytes) throw new Error("This picture is too large.");
  const picture = await dataAddressOf(file).catch(() => {
    throw new Error("This file can’t be read.");
  });
  const answer = await ask({ picture });
  if (!answer) throw new Error("Can’t reach the server, so the picture wasn’t read. Please try again.");
  if (!answer.picture) throw new Error(answer.error);
  return decodePicture(answer.picture);
}

/**
 * Decodes a picture of ink, ready to draw. Throws an Error whose message is for people.
 *
 * @param {string} source its data address
 * @returns {Promise<Picture>}
 */
export async function decodePicture(source) {
  const image = new Image();
  image.src = source;
  await image.decode().catch(() => {
    throw new Error("This picture can’t be shown.");
  });
  return { source, image };
}

/** Reads files as they come: the newest counts, and none is put on the pad while the pen is down. */
export class IncomingPictures {
  #newest = 0;

  /** @type {(() => void) | null} */
  #waiting = null; // puts a picture on the pad that came while the pen was down

  /**
   * @param {object} options
   * @param {number} options.maxBytes
   * @param {ReadPicture} options.ask
   * @param {() => boolean} options.isDrawing
   * @param {(picture: Picture) => void} options.put puts a picture on the pad
   * @param {(sentence: string, tone: "calm" | "trouble") => void} options.say
   */
  constructor({ maxBytes, ask, isDrawing, put, say }) {
    this.maxBytes = maxBytes;
    this.ask = ask;
    this.isDrawing = isDrawing;
    this.put = put;
    this.say = say;
  }

  /** @param {File} file */
  async take(file) {
    const number = (this.#newest += 1);
    const isNewest = () => number === this.#newest;
    this.say("Reading the picture…", "calm");
    try {
      const picture = await readPicture(file, this.maxBytes, this.ask);
      const put = () => isNewest() && this.put(picture);
      if (this.isDrawing()) this.#waiting = put;
      else put();
    } catch (problem) {
      if (isNewest()) this.say(problem instanceof Error ? problem.message : String(problem), "trouble");
    }
  }

  /** The pen is up. */
  release() {
    this.#waiting?.();
    this.#waiting = null;
  }
}

/**
 * @param {File} file
 * @returns {Promise<string>}
 */
function dataAddressOf(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}

/**
 * Calls `take` with every file that people choose, drop or paste.
 *
 * @param {object} options
 * @param {HTMLElement} options.stage
 * @param {(file: File) => void} options.take
 * @param {() => boolean} options.isVisible what is pasted while the pad isn't visible belongs to others
 * @param {AbortSignal} options.signal ends the listening on the document
 */
export function acceptFiles({ stage, take, isVisible, signal }) {
  const input = find(stage, ".tools input[type=file]", HTMLInputElement);
  find(stage, "[data-tool=picture]", HTMLButtonElement).addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    const file = input.files?.[0];
    if (file) take(file);
    input.value = ""; // so that the same file can be chosen again
  });

  /** @param {DragEvent} event */
  const carriesFiles = ({ dataTransfer }) => dataTransfer?.types.includes("Files");
  /** @param {boolean} isDragged */
  const mark = (isDragged) => stage.classList.toggle("dropping", isDragged);
  stage.addEventListener("dragover", (event) => {
    if (!carriesFiles(event) || !event.dataTransfer) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
    mark(true);
  });
  stage.addEventListener("dragleave", ({ relatedTarget }) => {
    if (!(relatedTarget instanceof Node && stage.contains(relatedTarget))) mark(false);
  });
  stage.addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    mark(false);
    const file = event.dataTransfer?.files[0];
    if (file) take(file);
  });

  /** @param {ClipboardEvent} event */
  const paste = (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    const file = files.find(({ type }) => type.startsWith("image/"));
    if (!file || !isVisible() || isTyping(event.target)) return;
    event.preventDefault();
    take(file);
  };
  document.addEventListener("paste", paste, { signal });
}

// What the page's own code makes of drawings and digits: run in node and in browsers alike, compared in Python with
// what the server makes of them (tests/parity.py, which makes the vectors).

import { digitOf } from "../../mnist_demo/ui/pad/engine/ink.js";
import { Model } from "../../mnist_demo/ui/pad/engine/operations.js";

/**
 * @typedef {object} Vectors everything that is bytes is in base64
 * @property {import("../../mnist_demo/ui/pad/strokes.js").Stroke[][]} drawings
 * @property {string} digits 784 bytes each
 * @property {Record<string, string>} programs by the model's name
 * @property {string} arithmetic
 */

const PIXELS = 784;
const LOGITS = 200; // of so many digits

/** @param {string} text */
const bytesOf = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));

/** @param {Uint8Array} bytes */
const textOf = (bytes) => btoa(String.fromCharCode(...bytes));

/** @param {number[]} numbers */
const median = (numbers) => numbers.sort((one, other) => one - other)[numbers.length >> 1];

/** @param {Vectors} vectors */
export async function answerAll({ drawings, digits, programs, arithmetic }) {
  const module = await WebAssembly.compile(bytesOf(arithmetic));
  const times = [];
  const drawn = drawings.map((strokes) => {
    const started = performance.now();
    const digit = digitOf(strokes);
    times.push(performance.now() - started);
    return digit;
  });
  const all = drawn.filter((digit) => digit !== null);
  const given = bytesOf(digits);
  for (let at = 0; at < given.length; at += PIXELS) all.push(given.subarray(at, at + PIXELS));
  /** @type {Record<string, object>} */
  const models = {};
  for (const [name, packed] of Object.entries(programs)) {
    const model = new Model(module, bytesOf(packed).buffer);
    const answers = all.map((digit) => {
      const started = performance.now();
      const answer = model.answer(digit);
      return { ...answer, milliseconds: performance.now() - started };
    });
    models[name] = {
      logits: all.slice(0, LOGITS).map((digit) => model.logits(digit)),
      probabilities: answers.map(({ probabilities }) => probabilities),
      doubtful: answers.map(({ doubtful }) => doubtful),
      milliseconds: median(answers.map(({ milliseconds }) => milliseconds)),
    };
  }
  return { drawn: drawn.map((digit) => digit && textOf(digit)), models, milliseconds: median(times) };
}

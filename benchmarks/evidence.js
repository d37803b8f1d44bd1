// node benchmarks/evidence.js MATERIAL RESULTS: how many pieces have to be rubbed out until a model changes its answer,
// the most important first, and at random. Reads and writes JSON; see evidence.py.

import { readFileSync, writeFileSync } from "node:fs";
import { argv } from "node:process";

import { Model } from "../mnist_demo/ui/pad/engine/operations.js";
import { weigh } from "../mnist_demo/ui/pad/explain/evidence.js";
import { cutIntoPieces } from "../mnist_demo/ui/pad/explain/pieces.js";

const ORDERS = 5; // random ones, of each drawing

const { drawings, programs, arithmetic, seed } = JSON.parse(readFileSync(argv[2], "utf8"));
/** @param {string} text */
const bytesOf = (text) => Uint8Array.from(Buffer.from(text, "base64"));
const compiled = new WebAssembly.Module(bytesOf(arithmetic));

let state = seed;
/** A number from 0 to 1: mulberry32. */
function random() {
  state = (state + 0x6d2b79f5) | 0;
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
}

/** @param {number[]} numbers */
const highest = (numbers) => numbers.indexOf(Math.max(...numbers));

const results = [];
for (const [name, packed] of Object.entries(programs)) {
  const model = new Model(compiled, bytesOf(/** @type {string} */ (packed)).buffer);
  for (const strokes of drawings) {
    const cut = cutIntoPieces(strokes);
    if (!cut || cut.pieces.length < 3) continue;
    const logits = model.logits(cut.without([]));
    const answer = highest(logits);
    const second = highest(logits.map((logit, digit) => (digit === answer ? -Infinity : logit)));
    /** The share of the pieces that are gone when the answer changes. @param {number[]} order */
    const flipped = (order) => {
      for (let count = 1; count < order.length; count += 1) {
        const gone = order.slice(0, count).map((index) => cut.pieces[index]);
        if (highest(model.logits(cut.without(gone))) !== answer) return count / order.length;
      }
      return 1;
    };
    /** @param {number | null} other */
    const ordered = async (other) => {
      const weights = /** @type {number[]} */ (await weigh(model, cut, answer, other, async () => true));
      return weights.map((_, index) => index).sort((one, another) => weights[another] - weights[one]);
    };
    const started = performance.now();
    const order = await ordered(null);
    const milliseconds = performance.now() - started;
    const byChance = Array.from({ length: ORDERS }, () => {
      const keys = order.map(() => random());
      return flipped(order.map((_, index) => index).sort((one, another) => keys[one] - keys[another]));
    });
    results.push({
      model: name,
      pieces: order.length,
      evidence: flipped(order),
      contrast: flipped(await ordered(second)),
      random: byChance.reduce((sum, share) => sum + share, 0) / ORDERS,
      milliseconds,
    });
  }
}
writeFileSync(argv[3], JSON.stringify(results));

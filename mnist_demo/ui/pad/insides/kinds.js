// What a model computes on its way to an answer, as pictures, by what its operations are: the stencils of a linear
// model, the hidden units of an MLP, the feature maps of a CNN. Knows programs and numbers; nothing of the page.

/** @import { Maps, Model } from "../engine/operations.js" */
/** @import { Picture } from "./pictures.js" */

import { strongest } from "./pictures.js";

const SIDE = 28;
const PIXELS = SIDE * SIDE;
const CLASSES = 10;
const UNITS = { lane: 12, strip: 24, page: 30 }; // hidden units that are shown
const DEEPER_UNITS = { lane: 0, strip: 0, page: 10 }; // of the second hidden layer
const MAPS = { lane: 4, strip: 8, page: 8 }; // feature maps of each block

/**
 * How much room there is: two rows in a model's lane, two rows as wide as the page, or the page for one model alone.
 *
 * @typedef {"lane" | "strip" | "page"} Room
 */

/**
 * Pictures that belong together.
 *
 * @typedef {object} Group
 * @property {string} title
 * @property {number} count how many pictures
 * @property {boolean} [isLarge] whether its picture is larger than the others
 * @property {boolean} [isLabeled] whether its pictures are numbered, from 0 on
 */

/**
 * @typedef {object} Inside
 * @property {string} title what the pictures are
 * @property {boolean} [hasChoice] whether one of the last group's pictures can be chosen
 * @property {number} pageColumns how many pictures stand side by side where there is a page of room
 * @property {(room: Room) => Group[]} groups
 * @property {(digit: Uint8Array, answer: number, room: Room) => Picture[]} pictures those of all groups in order, for
 *   the digit that the model answered last; `answer` is its digit, or the one that was chosen
 */

/**
 * What can be shown of a model. Its maps are kept from now on.
 *
 * @param {Model} model
 * @returns {Inside}
 */
export function insideOf(model) {
  const [first] = model.layers;
  if (first.kind === "linear") return model.layers.length === 1 ? stencils(model) : units(model);
  return blocks(model);
}

/** @param {ArrayLike<number>} values */
function largest(values) {
  let most = 0;
  for (let index = 0; index < values.length; index += 1) most = Math.max(most, Math.abs(values[index]));
  return most;
}

const TITLE_OF_STENCILS = "Its stencils: ink on red speaks for the digit, ink on blue against it";

/** @param {Model} model @returns {Inside} */
function stencils(model) {
  const weights = model.weightsOf(0);
  const light = new Float32Array(PIXELS);
  const of = Array.from({ length: CLASSES }, (_, digit) =>
    weights.subarray(PIXELS * digit, PIXELS * (digit + 1)),
  );
  /** @param {number} digit @param {number} answer @param {number} limit @returns {Picture} */
  const stencil = (digit, answer, limit) => ({
    name: `Stencil of ${digit}`,
    side: SIDE,
    values: of[digit],
    limit,
    light,
    strength: digit === answer ? 1 : 0.4,
  });
  return {
    title: TITLE_OF_STENCILS,
    hasChoice: true,
    pageColumns: 5,
    groups: (room) => [
      ...(room !== "page" ? [{ title: "The answer’s", count: 1, isLarge: true }] : []),
      { title: TITLE_OF_STENCILS, count: CLASSES, isLabeled: true },
    ],
    pictures(digit, answer, room) {
      digit.forEach((byte, index) => (light[index] = byte / 255));
      const limit = largest(weights) * 0.3; // a few large weights would leave the others pale
      const all = of.map((_, each) => stencil(each, answer, limit));
      return room !== "page" ? [{ ...all[answer], strength: 1 }, ...all] : all;
    },
  };
}

/** @param {Model} model @returns {Inside} */
function units(model) {
  model.keep(0);
  const weights = model.weightsOf(0);
  /** @param {number} unit */
  const looksFor = (unit) => weights.subarray(PIXELS * unit, PIXELS * (unit + 1));
  const isDeep = model.layers.length > 2;
  if (isDeep) model.keep(1);
  /** @type {number[][]} */
  const shown = [[], []];

  /** @param {Room} room @returns {Picture[]} */
  function first(room) {
    const { values: activity } = /** @type {Maps} */ (model.kept.get(0));
    shown[0] = strongest(activity, UNITS[room], shown[0]);
    const most = largest(activity);
    return shown[0].map((unit) => {
      const values = looksFor(unit);
      const strength = most && Math.max(0, activity[unit]) / most;
      const limit = largest(values) * 0.7;
      return { name: `Hidden unit ${unit + 1}`, side: SIDE, values, limit, strength, isStill: true };
    });
  }

  // What a unit of the second layer makes of those of the first that are shown: the sum of what the active ones
  // look for, each by its weight. With all of them it would be exact for this digit, and take forty times as long.
  /** @param {Room} room @returns {Picture[]} */
  function second(room) {
    const [{ values: before }, { values: activity }] = [0, 1].map(
      (layer) => /** @type {Maps} */ (model.kept.get(layer)),
    );
    const handsOn = model.weightsOf(1);
    shown[1] = strongest(activity, DEEPER_UNITS[room], shown[1]);
    const most = largest(activity);
    return shown[1].map((unit) => {
      const values = new Float32Array(PIXELS);
      shown[0].forEach((from) => {
        if (before[from] <= 0) return;
        const [weight, stencil] = [handsOn[before.length * unit + from], looksFor(from)];
        for (let pixel = 0; pixel < PIXELS; pixel += 1) values[pixel] += weight * stencil[pixel];
      });
      const strength = most && Math.max(0, activity[unit]) / most;
      return {
        name: `Hidden unit ${unit + 1} of layer 2`,
        side: SIDE,
        values,
        limit: largest(values) * 0.7,
        strength,
      };
    });
  }

  /** @param {Room} room */
  const showsSecond = (room) => isDeep && DEEPER_UNITS[room] > 0;
  return {
    title: "Its most active hidden units, and what each looks for",
    pageColumns: 10,
    groups: (room) => [
      {
        title: "First hidden layer: its most active units, and what each looks for",
        count: Math.min(UNITS[room], model.layers[0].channels),
      },
      ...(showsSecond(room)
        ? [
            {
              title: "Second hidden layer: what its most active units make of those above",
              count: Math.min(DEEPER_UNITS[room], model.layers[1].channels),
            },
          ]
        : []),
    ],
    pictures: (_digit, _answer, room) => [...first(room), ...(showsSecond(room) ? second(room) : [])],
  };
}

/** @param {Model} model @returns {Inside} */
function blocks(model) {
  const layers = lastOfBlocks(model);
  layers.forEach((layer) => model.keep(layer));
  /** @type {number[][]} */
  const shown = layers.map(() => []);
  return {
    title: "Its strongest feature maps, block by block",
    pageColumns: 8,
    groups: (room) =>
      layers.map((layer, block) => ({
        title: `Block ${block + 1}: ${model.layers[layer].side} × ${model.layers[layer].side}`,
        count: Math.min(MAPS[room], model.layers[layer].channels),
      })),
    pictures: (_digit, _answer, room) =>
      layers.flatMap((layer, block) => {
        const { channels, side, values } = /** @type {Maps} */ (model.kept.get(layer));
        const maps = Array.from({ length: channels }, (_, channel) =>
          values.subarray(side * side * channel, side * side * (channel + 1)),
        );
        const strengths = maps.map(activityOf);
        shown[block] = strongest(strengths, MAPS[room], shown[block]);
        const [limit, most] = [largest(values), largest(strengths)];
        return shown[block].map((channel) => ({
          name: `Feature map ${channel + 1} of block ${block + 1}`,
          side,
          values: maps[channel].map((value) => Math.max(0, value)),
          limit,
          strength: most && strengths[channel] / most,
        }));
      }),
  };
}

/** The convolution whose maps are shown of each block: the last one before its pooling. @param {Model} model */
function lastOfBlocks({ layers }) {
  /** @type {number[]} */
  const found = [];
  let last = -1;
  layers.forEach(({ kind, side }, index) => {
    if (kind === "convolution" || kind === "depthwise") last = side > 1 ? index : last;
    else if (last >= 0) {
      found.push(last);
      last = -1;
    }
  });
  return found;
}

/** The sum of what is positive. @param {Float32Array} map */
function activityOf(map) {
  let sum = 0;
  for (const value of map) sum += Math.max(0, value);
  return sum;
}

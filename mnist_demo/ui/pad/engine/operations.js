// A packed program → the logits of a digit: the translation of mnist_demo/models/program.py, which says what each
// operation is. Lays the numbers out in memory; operations.wasm does the arithmetic. Knows nothing of ink or pages.

const FORMAT = 1; // of packed programs; program.py knows it too
const SIDE = 28;
const CLASSES = 10;
const PAGE = 65536; // bytes
const BEYOND = 256; // bytes after each array: the arithmetic works on blocks that may be larger than what is left
const NEIGHBORS = [
  [0, 0],
  [1, 0],
  [-1, 0],
  [0, 1],
  [0, -1],
]; // how far a copy moves down and right, in shifts

/** @param {number} count */
const eighths = (count) => (count + 7) & -8;
/** @param {number} count of numbers */
const bytesFor = (count) => 4 * eighths(count) + BEYOND;
/** @param {number[]} numbers */
const product = (numbers) => numbers.reduce((one, other) => one * other, 1);

/**
 * What the page needs to know of an operation; program.py says what it does.
 *
 * @typedef {object} Operation
 * @property {string} kind
 * @property {boolean} relu
 * @property {number} padding
 * @property {number[]} shape of its weights
 */

/**
 * The header of a packed program.
 *
 * @typedef {object} Header
 * @property {number} format
 * @property {16 | 32} bits of each weight
 * @property {[number, number]} normalization mean and standard deviation of the pixels
 * @property {number} temperature
 * @property {number | null} min_confidence
 * @property {number} shift
 * @property {Operation[]} operations
 */

/**
 * One operation with addresses in memory, on the map at `from`.
 *
 * @typedef {(run: Arithmetic, places: { from: number, to: number, padded: number, tables: number }) => void} Step
 */

/**
 * What an operation makes of a digit: `channels` squares of `side` places, row by row.
 *
 * @typedef {{ channels: number, side: number, values: Float32Array }} Maps
 */

/**
 * An operation in its place: what it is, where its weights are among all, and the form of its maps in memory.
 *
 * @typedef {Operation & { weights: number, channels: number, side: number, stride: number }} Layer
 */

/** @typedef {Record<"expand" | "pad" | "convolve" | "pool" | "connect", (...numbers: number[]) => void>} Arithmetic */

/** A model with a WebAssembly memory of its own, of a fixed size. */
export class Model {
  /** The operations in order. @type {Layer[]} */
  layers;

  /** The maps of the layers that are in here already, of the last answer that was to be kept. @type {Map<number, Maps>} */
  kept = new Map();

  #header;
  #steps;
  #places;
  #run;
  #numbers;

  /**
   * @param {WebAssembly.Module} arithmetic operations.wasm
   * @param {ArrayBuffer} packed
   * @throws where the bytes are no program of this format, or too little memory can be had
   */
  constructor(arithmetic, packed) {
    const { header, weights } = unpack(packed);
    const { steps, layers, taps, size, count } = plan(header.operations);
    if (weights.length !== count) throw new Error(`${weights.length} weights, not ${count}.`);

    const tables = bytesFor(count);
    const [from, to, padded, end] = [0, 1, 2, 3].map(
      (index) => tables + bytesFor(taps.length) + index * bytesFor(size),
    );
    const pages = Math.ceil(end / PAGE);
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    const instance = new WebAssembly.Instance(arithmetic, { page: { memory } });
    this.#run = /** @type {Arithmetic} */ (/** @type {unknown} */ (instance.exports));
    this.#numbers = new Float32Array(memory.buffer);
    this.#put(weights);
    new Int32Array(memory.buffer).set(taps, tables / 4);
    this.#places = { from, to, padded, tables };
    this.#header = header;
    this.#steps = steps;
    this.layers = layers;
  }

  /**
   * Takes other weights in the place of its own, as a model in training has them.
   *
   * @param {ArrayBuffer} packed
   * @returns {boolean} whether they are those of a model of the same form
   */
  take(packed) {
    const { header, weights } = unpack(packed);
    if (JSON.stringify(header) !== JSON.stringify(this.#header)) return false;
    this.#put(weights);
    return true;
  }

  /** @param {Uint16Array | Float32Array} weights */
  #put(weights) {
    if (weights instanceof Uint16Array) {
      new Uint16Array(this.#numbers.buffer).set(weights, eighths(weights.length));
      this.#run.expand(2 * eighths(weights.length), 0, eighths(weights.length));
    } else this.#numbers.set(weights);
  }

  /** From now on, what this layer makes of a digit can be kept. @param {number} index */
  keep(index) {
    const { channels, side } = this.layers[index];
    this.kept.set(index, { channels, side, values: new Float32Array(channels * side * side) });
  }

  /** The weights of a layer, as its shape says. @param {number} index */
  weightsOf(index) {
    const { weights, shape } = this.layers[index];
    return this.#numbers.subarray(weights, weights + product(shape));
  }

  /**
   * The model's answer: ten probabilities, and whether it flags the digit as not one.
   *
   * @param {Uint8Array} digit 784 bytes, 255 = ink
   * @param {boolean} keeps whether maps are kept of it
   */
  answer(digit, keeps = false) {
    const { temperature, min_confidence: least } = this.#header;
    const scaled = this.logits(digit, keeps).map((logit) => logit / temperature);
    const highest = Math.max(...scaled);
    const powers = scaled.map((logit) => Math.exp(logit - highest));
    const sum = powers.reduce((one, other) => one + other);
    const probabilities = powers.map((power) => power / sum);
    return { probabilities, doubtful: least !== null && Math.max(...probabilities) < least };
  }

  /** @param {Uint8Array} digit @param {boolean} keeps whether maps are kept of it */
  logits(digit, keeps = false) {
    const { normalization, shift } = this.#header;
    const [mean, deviation] = normalization;
    const image = new Float32Array(digit.length);
    digit.forEach((byte, at) => (image[at] = (Math.fround(byte / 255) - mean) / deviation));
    const copies = (shift ? NEIGHBORS : NEIGHBORS.slice(0, 1)).map(([down, right], copy) =>
      this.#apply(moved(image, down * shift, right * shift), keeps && copy === 0),
    );
    return copies[0].map((_, index) => copies.reduce((sum, copy) => sum + copy[index], 0) / copies.length);
  }

  /** What the last operation gives. @param {Float32Array} image @param {boolean} keeps whether maps are kept */
  #apply(image, keeps) {
    const places = { ...this.#places };
    this.#numbers.set(image, places.from / 4);
    this.#steps.forEach((step, index) => {
      step(this.#run, places);
      [places.from, places.to] = [places.to, places.from];
      const maps = keeps && this.kept.get(index);
      for (let row = 0; maps && row < maps.channels * maps.side; row += 1) {
        const from = places.from / 4 + row * this.layers[index].stride;
        maps.values.set(this.#numbers.subarray(from, from + maps.side), row * maps.side);
      }
    });
    return Array.from(this.#numbers.subarray(places.from / 4, places.from / 4 + CLASSES));
  }
}

/**
 * What the bytes of a program say, and its weights as they are in them.
 *
 * @param {ArrayBuffer} packed
 * @throws where they are no program of this format
 */
function unpack(packed) {
  const length = new DataView(packed).getUint32(0, true);
  /** @type {Header} */
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(packed, 4, length)));
  if (header.format !== FORMAT) throw new Error(`A program of format ${header.format}, not ${FORMAT}.`);
  return { header, weights: new (header.bits === 16 ? Uint16Array : Float32Array)(packed, 4 + length) };
}

/** The image shifted; the pixels at its edge are repeated. @param {Float32Array} image @param {number} down @param {number} right */
function moved(image, down, right) {
  const within = (/** @type {number} */ place) => Math.min(Math.max(place, 0), SIDE - 1);
  return image.map(
    (_, at) => image[SIDE * within(Math.floor(at / SIDE) - down) + within((at % SIDE) - right)],
  );
}

/**
 * Operations as steps, and how many weights, taps and numbers of the largest map they need.
 *
 * @param {Operation[]} operations
 */
function plan(operations) {
  /** @type {Step[]} */
  const steps = [];
  /** @type {Layer[]} */
  const layers = [];
  /** @type {number[]} */
  const taps = []; // for each convolution, the bytes from a place to every number that its kernel sees
  let [channels, side, stride] = [1, SIDE, SIDE];
  let size = SIDE * SIDE;
  let count = 0;
  for (const operation of operations) {
    const { kind, relu, padding, shape } = operation;
    const floor = relu ? 0 : -Infinity;
    const before = { channels, side, stride };
    const [weights, bias] = [4 * count, 4 * (count + product(shape))];
    count += product(shape) + shape[0];
    if (kind === "linear") {
      const [outputs, depth] = shape;
      if (depth !== channels * side * side)
        throw new Error(`${channels * side * side} inputs, not ${depth}.`);
      [channels, side, stride] = [outputs, 1, 1];
      steps.push((run, { from, to, padded }) => {
        run.pad(from, padded, before.channels, before.side, before.stride, 0);
        run.connect(padded, depth, weights, bias, to, outputs, floor);
      });
    } else if (kind === "convolution" || kind === "depthwise") {
      const [outputs, kernel] = [shape[0], shape[shape.length - 1]];
      const depth = product(shape) / outputs;
      const isDepthwise = kind === "depthwise";
      if (channels !== (isDepthwise ? outputs : shape[1]))
        throw new Error(`${channels} channels, not ${shape}.`);
      const wide = side + 2 * padding;
      const table = 4 * taps.length;
      for (let tap = 0; tap < depth; tap += 1) {
        const [channel, row] = [Math.floor(tap / kernel ** 2), Math.floor(tap / kernel) % kernel];
        taps.push(4 * (wide * (wide * channel + row) + (tap % kernel)));
      }
      side = wide - kernel + 1;
      stride = eighths(side);
      const after = { side, plane: 4 * side * stride };
      // of a depthwise convolution one channel at a time; what is written beyond it, the next one overwrites
      const atOnce = isDepthwise ? 1 : outputs;
      steps.push((run, { from, to, padded, tables }) => {
        run.pad(from, padded, before.channels, before.side, before.stride, padding);
        for (let output = 0; output < outputs; output += atOnce) {
          const input = padded + 4 * wide * wide * output;
          const [mine, its, goes] = [
            weights + 4 * depth * output,
            bias + 4 * output,
            to + after.plane * output,
          ];
          run.convolve(input, wide, tables + table, depth, mine, its, goes, atOnce, after.side, floor);
        }
      });
      size = Math.max(size, channels * wide * wide);
      channels = outputs;
    } else if (kind === "max-pool" || kind === "blurred-pool") {
      side = stride = side >> 1;
      const blurred = Number(kind === "blurred-pool");
      steps.push((run, { from, to }) =>
        run.pool(from, to, before.channels, before.side, before.stride, blurred, floor),
      );
    } else throw new Error(`There is no operation ${kind}.`);
    size = Math.max(size, (channels + 4) * side * stride);
    layers.push({ ...operation, weights: weights / 4, channels, side, stride });
  }
  if (channels * side * side !== CLASSES) throw new Error(`${channels * side * side} logits.`);
  return { steps, layers, taps, size, count };
}

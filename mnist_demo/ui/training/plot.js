// Curves → one plot as SVG text: axes that are linear or logarithmic, by epoch, step, images or time, and smoothing.
// Knows numbers and SVG; nothing of the page. Its size is in pixels, so that its letters are always as large.

/** What is drawn over. @typedef {"epoch" | "step" | "images" | "seconds"} By */
/** @typedef {"loss" | "accuracy"} Quantity */
/** @typedef {{ epoch: number, seconds: number, loss: number | null, accuracy: number | null }} Point */
/** A word for what a curve shows, where it shows it. @typedef {{ epoch: number, word: string, sentence: string }} Remark */

/**
 * @typedef {object} Run
 * @property {number} number
 * @property {string} name
 * @property {string} color the name of its color
 * @property {number} epochs that it has, or is to have
 * @property {number} steps of an epoch
 * @property {number} images of an epoch
 * @property {number} limit the top of an axis for its losses
 * @property {Point[]} training
 * @property {Point[]} validation
 * @property {number[]} marks epochs at which it was changed
 * @property {Remark[]} remarks
 */

/** A shipped model to compare with. @typedef {{ name: string, title: string, accuracy: number }} Reference */

/**
 * @typedef {object} Options
 * @property {Quantity} quantity
 * @property {By} by
 * @property {number} smoothing of training curves: what a point keeps of those before it, from 0 to 0.99
 * @property {boolean} isLogarithmic
 * @property {number} width in pixels
 * @property {number} height in pixels
 * @property {Reference[]} references
 */

export const MARGIN = { left: 46, right: 12, top: 12, bottom: 40 };

const LEAST_ERROR = 1e-4; // of ten thousand digits one
const LEAST_LOSS = 1e-4;
const REACH = 16; // pixels beyond its end to which a curve is read
const TICKS = 6; // about so many on an axis
const AXES = { epoch: "Epoch", step: "Step", images: "Images seen", seconds: "Seconds of training" };

/**
 * Where a point is on the axis that is drawn over.
 *
 * @param {Run} run
 * @param {Point} point
 * @param {By} by
 */
export function placeOf(run, { epoch, seconds }, by) {
  if (by === "seconds") return seconds;
  return by === "epoch" ? epoch : epoch * run[by === "step" ? "steps" : "images"];
}

/**
 * An average of each value and those before it, of which older ones count ever less. The average's start at nothing is
 * made good for, as Adam does it, so that the first value is kept as it is.
 *
 * @param {number[]} values
 * @param {number} keep from 0, which changes nothing, to below 1
 */
export function smoothed(values, keep) {
  let [average, weight] = [0, 0];
  return values.map((value) => {
    average = keep * average + (1 - keep) * value;
    weight = keep * weight + (1 - keep);
    return average / weight;
  });
}

/**
 * Round numbers from 0 or above up to a limit.
 *
 * @param {number} limit
 * @param {number} count about how many
 */
export function ticksTo(limit, count) {
  const rough = limit / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((each) => each * power >= rough) ?? 10);
  const ticks = [];
  for (let index = 0; index * step <= limit * 1.0001; index += 1) ticks.push(index * step);
  return ticks;
}

/** A number as short as an axis has room for. @param {number} value */
export function short(value) {
  if (value >= 1e6) return `${Number((value / 1e6).toPrecision(3))}M`;
  if (value >= 1e4) return `${Number((value / 1e3).toPrecision(3))}k`;
  return String(Number(value.toPrecision(3)));
}

/** @param {number} share in [0, 1] @param {number} digits after the point, at most */
const percent = (share, digits) => `${Number((100 * share).toFixed(digits))}%`;

/** What is said of a value. @param {Quantity} quantity @param {number | null} value */
export function words(quantity, value) {
  if (value === null) return "–";
  return quantity === "loss" ? value.toFixed(4) : `${(100 * value).toFixed(2)}%`;
}

/**
 * The scales of a plot: what is where, in pixels, and what the axes say.
 *
 * @param {Run[]} runs
 * @param {Options} options
 */
export function scalesOf(runs, { quantity, by, isLogarithmic, width, height, references }) {
  const [across, down] = [width - MARGIN.left - MARGIN.right, height - MARGIN.top - MARGIN.bottom];
  const most = Math.max(...runs.map((run) => endOf(run, by)), 0) || (by === "epoch" ? 10 : 1);
  const lossLimit = Math.max(...runs.map(({ limit }) => limit), 0) || 2.5;
  /** @param {number} place */
  const x = (place) => MARGIN.left + (across * place) / most;
  /** @type {(share: number) => number} */
  const upwards = (share) => MARGIN.top + down * (1 - share);
  const xTicks = ticksTo(most, TICKS).map((value) => ({ at: x(value), text: short(value) }));
  if (!isLogarithmic) {
    const limit = quantity === "loss" ? lossLimit : 1;
    /** @param {number} value */
    const y = (value) => upwards(Math.min(Math.max(value / limit, 0), 1));
    const yTicks = ticksTo(limit, quantity === "loss" ? TICKS : 5).map((value) => ({
      at: y(value),
      text: quantity === "loss" ? short(value) : percent(value, 0),
    }));
    return { x, y, xTicks, yTicks };
  }
  // of an accuracy what it lacks is drawn: from 99% to 99.9% is as far as from 90% to 99%
  const floor = quantity === "loss" ? LEAST_LOSS : LEAST_ERROR;
  /** @param {number} value */
  const depth = (value) => Math.max(quantity === "loss" ? value : 1 - value, floor);
  const values = runs.flatMap((run) =>
    [...run.training, ...run.validation].flatMap((point) => point[quantity] ?? []),
  );
  const depths = [
    ...values,
    ...(quantity === "accuracy" ? references.map(({ accuracy }) => accuracy) : []),
  ].map(depth);
  const top = quantity === "loss" ? Math.ceil(Math.log10(lossLimit) - 1e-9) : 0;
  const bottom = Math.min(Math.floor(Math.log10(Math.min(...depths, 1)) + 1e-9), top - 1);
  /** @param {number} value */
  const y = (value) => {
    const share = (Math.log10(depth(value)) - bottom) / (top - bottom);
    return upwards(Math.min(Math.max(quantity === "loss" ? share : 1 - share, 0), 1));
  };
  const yTicks = Array.from({ length: top - bottom + 1 }, (_, index) => 10 ** (bottom + index)).map(
    (each) => {
      const value = quantity === "loss" ? each : 1 - each;
      return { at: y(value), text: quantity === "loss" ? short(each) : percent(value, 2) };
    },
  );
  return { x, y, xTicks, yTicks };
}

/** Where a run ends on the axis. Of its time only what has passed is known. @param {Run} run @param {By} by */
function endOf(run, by) {
  const last = run.training.at(-1) ?? run.validation.at(-1);
  if (by === "seconds") return Math.max(last?.seconds ?? 0, run.validation.at(-1)?.seconds ?? 0);
  return last ? placeOf(run, { ...last, epoch: run.epochs }, by) : 0;
}

/** @param {string} text */
const escaped = (text) => text.replace(/[&<>"]/g, (each) => `&#${each.charCodeAt(0)};`);

/** A color of the theme's as CSS. @param {string} name */
export const colorOf = (name) => `var(--model-${escaped(name)}, var(--ink))`;

/** @param {number} pixels */
const rounded = (pixels) => Math.round(pixels * 10) / 10;

/**
 * The plot's markup.
 *
 * @param {Run[]} runs the oldest first; the last one is drawn strongest
 * @param {Options} options
 */
export function plot(runs, options) {
  const { quantity, by, smoothing, width, height, references } = options;
  const { x, y, xTicks, yTicks } = scalesOf(runs, options);
  const [right, bottom] = [width - MARGIN.right, height - MARGIN.bottom];
  const parts = [];
  for (const { at, text } of yTicks)
    parts.push(
      `<line class="grid" x1="${MARGIN.left}" x2="${right}" y1="${rounded(at)}" y2="${rounded(at)}"/>`,
      `<text class="tick" x="${MARGIN.left - 7}" y="${rounded(at) + 4}" text-anchor="end">${text}</text>`,
    );
  for (const { at, text } of xTicks)
    parts.push(
      `<line class="grid" x1="${rounded(at)}" x2="${rounded(at)}" y1="${MARGIN.top}" y2="${bottom}"/>`,
      `<text class="tick" x="${rounded(at)}" y="${bottom + 16}" text-anchor="middle">${text}</text>`,
    );
  parts.push(
    `<text class="axis" x="${(MARGIN.left + right) / 2}" y="${height - 6}" text-anchor="middle">${AXES[by]}</text>`,
  );
  if (quantity === "accuracy") for (const each of references) parts.push(referenceLine(each, y, right));
  runs.forEach((run, index) => {
    const isNewest = index === runs.length - 1;
    const own = `style="--model: ${colorOf(run.color)}" data-run="${run.number}"`;
    parts.push(`<g class="${isNewest ? "newest" : "earlier"}" ${own}>`);
    if (isNewest)
      for (const epoch of run.marks) {
        const at = rounded(x(placeOf(run, pointAt(run, epoch), by)));
        parts.push(`<line class="mark" x1="${at}" x2="${at}" y1="${MARGIN.top}" y2="${bottom}"/>`);
      }
    const [drawn, values] = valuesOf(run.training, quantity);
    const places = drawn.map((point) => x(placeOf(run, point, by)));
    /** @param {number[]} heights */
    const path = (heights) => pathOf(places, heights.map(y));
    if (smoothing) parts.push(`<path class="training raw" d="${path(values)}"/>`);
    parts.push(`<path class="training" d="${path(smoothed(values, smoothing))}"/>`);
    const [scored, scores] = valuesOf(run.validation, quantity);
    const across = scored.map((point) => x(placeOf(run, point, by)));
    parts.push(`<path class="validation" d="${pathOf(across, scores.map(y))}"/>`);
    if (isNewest && quantity === "loss")
      for (const remark of run.remarks) {
        const point = pointAt(run, remark.epoch);
        const at = { x: rounded(x(placeOf(run, point, by))), y: rounded(y(point.loss ?? Infinity)) };
        const isLeft = at.x > (MARGIN.left + right) / 2;
        parts.push(
          `<g class="remark"><title>${escaped(remark.sentence)}</title><circle cx="${at.x}" cy="${at.y}" r="4"/>` +
            `<text x="${at.x + (isLeft ? -8 : 8)}" y="${at.y - 8}" text-anchor="${isLeft ? "end" : "start"}">${escaped(remark.word)}</text></g>`,
        );
      }
    parts.push("</g>");
  });
  return parts.join("");
}

/** @param {Reference} reference @param {(value: number) => number} y @param {number} right */
function referenceLine({ name, title, accuracy }, y, right) {
  const at = rounded(y(accuracy));
  return (
    `<g class="reference" style="--model: ${colorOf(name)}"><line x1="${MARGIN.left}" x2="${right}" y1="${at}" y2="${at}"/>` +
    `<text x="${right - 4}" y="${at + 14}" text-anchor="end">${escaped(title)}, shipped: ${percent(accuracy, 2)}</text></g>`
  );
}

/** The points that have a value, and their values. @param {Point[]} points @param {Quantity} quantity @returns {[Point[], number[]]} */
function valuesOf(points, quantity) {
  const drawn = points.filter((point) => point[quantity] !== null);
  return [drawn, drawn.map((point) => /** @type {number} */ (point[quantity]))];
}

/** @param {number[]} across @param {number[]} heights */
function pathOf(across, heights) {
  return across.map((at, index) => `${index ? "L" : "M"}${rounded(at)},${rounded(heights[index])}`).join("");
}

/**
 * The point of a run that is nearest to an epoch; of the training curve, where it has one.
 *
 * @param {Run} run
 * @param {number} epoch
 * @returns {Point}
 */
function pointAt({ training, validation }, epoch) {
  const points = training.length ? training : validation;
  const found = nearest(points, (point) => point.epoch, epoch);
  return found ? { ...found, epoch } : { epoch, seconds: 0, loss: null, accuracy: null };
}

/**
 * @template Item
 * @param {Item[]} items
 * @param {(item: Item) => number} key
 * @param {number} wanted
 * @returns {Item | undefined}
 */
function nearest(items, key, wanted) {
  /** @type {Item | undefined} */
  let best;
  for (const item of items)
    if (best === undefined || Math.abs(key(item) - wanted) < Math.abs(key(best) - wanted)) best = item;
  return best;
}

/**
 * What all curves are at one place of the axis: of each run, the points of both its curves that are nearest.
 *
 * @param {Run[]} runs
 * @param {Options} options
 * @param {number} wanted in pixels
 */
export function readAt(runs, options, wanted) {
  const { quantity, by } = options;
  const { x } = scalesOf(runs, options);
  /** @param {Run} run @param {Point[]} points @param {number} place */
  const pick = (run, points, place) => nearest(points, (point) => x(placeOf(run, point, by)), place);
  const places = runs.flatMap((run) => {
    const point = pick(run, run.training, wanted) ?? pick(run, run.validation, wanted);
    return point ? placeOf(run, point, by) : [];
  });
  const place = nearest(places, x, wanted);
  const at = place === undefined ? wanted : x(place);
  /** @param {Run} run @param {Point[]} points */
  const said = (run, points) => {
    const point = pick(run, points, at);
    const isThere =
      point && (points.length === 1 || at <= x(placeOf(run, points[points.length - 1], by)) + REACH);
    return words(quantity, isThere ? point[quantity] : null);
  };
  return {
    at,
    place: place === undefined ? "" : `${AXES[by]} ${short(place)}`,
    rows: runs.toReversed().map((run) => ({
      name: run.name,
      color: run.color,
      training: said(run, run.training),
      validation: said(run, run.validation),
    })),
  };
}

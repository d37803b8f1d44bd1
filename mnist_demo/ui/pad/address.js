// A drawing as the fragment of an address, and back: small, bounded, and of a version that says how to read it.
// What is read comes from strangers. Knows strokes and text; nothing of the page.
//
// A byte for the version, then for each stroke: its width, whether it erases, how many points it has, and the points,
// each as the difference to the one before. All are whole numbers of variable length (seven bits a byte, the eighth
// says that more follow), differences with their sign in the lowest bit. Then base64 as addresses take it.

/** @import { Stroke } from "./strokes.js" */

const NAME = "draw=";
const VERSION = 1;
const STEPS = 1000; // of a coordinate within the pad's side: half a pixel of a pad of 500
const WIDTH_STEPS = 500;
const MAX_LENGTH = 20_000; // characters
const MAX_STROKES = 200;
const MAX_POINTS = 5_000;
const FARTHEST = 2; // sides of the pad from it
const MIN_DISTANCE = 5; // steps: points that are closer are left out

/** A link that can't be opened; the message is for people. */
export class LinkError extends Error {}

/**
 * The fragment that stands for these strokes, with its "#".
 *
 * @param {Stroke[]} strokes
 * @throws {LinkError} where they are too many for a link
 */
export function fragmentOf(strokes) {
  /** @type {number[]} */
  const bytes = [VERSION];
  /** @param {number} value a whole number, not negative */
  const put = (value) => {
    for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) + 128);
    bytes.push(value);
  };
  for (const { points, width, erases } of strokes) {
    const places = sparse(points.map(stepsOf));
    put(2 * Math.round(width * WIDTH_STEPS) + Number(erases));
    put(places.length / 2);
    places.forEach((place, index) => {
      const difference = place - (index > 1 ? places[index - 2] : 0);
      put(difference < 0 ? -2 * difference - 1 : 2 * difference);
    });
  }
  const text = btoa(String.fromCharCode(...bytes.slice(0, MAX_LENGTH)));
  if (text.length > MAX_LENGTH || strokes.length > MAX_STROKES)
    throw new LinkError("This drawing is too long for a link.");
  return `#${NAME}${text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "")}`;
}

/**
 * The strokes that a fragment stands for; null where it is about something else.
 *
 * @param {string} fragment with its "#"
 * @returns {Stroke[] | null}
 * @throws {LinkError} where it can't be read
 */
export function strokesOf(fragment) {
  if (!fragment.startsWith(`#${NAME}`)) return null;
  const text = fragment.slice(NAME.length + 1);
  if (text.length > MAX_LENGTH) throw new LinkError("That link is too long to be one to a drawing.");
  if (!/^[\w-]+$/.test(text) || text.length % 4 === 1) throw damaged();
  const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) =>
    one.charCodeAt(0),
  );
  if (bytes[0] > VERSION)
    throw new LinkError("That link was made by a newer version of this page, which this one can’t read.");
  if (bytes[0] !== VERSION) throw damaged();
  let at = 1;
  const take = () => {
    let value = 0;
    for (let scale = 1; scale < 2 ** 28; scale *= 128) {
      if (at >= bytes.length) break;
      const byte = bytes[at];
      at += 1;
      value += (byte % 128) * scale;
      if (byte < 128) return value;
    }
    throw damaged();
  };
  /** @type {Stroke[]} */
  const strokes = [];
  let count = 0;
  while (at < bytes.length) {
    const kind = take();
    const length = take();
    count += length;
    if (!length || count > MAX_POINTS || strokes.length === MAX_STROKES) throw damaged();
    /** @type {number[]} */
    const places = [];
    for (let index = 0; index < 2 * length; index += 1) {
      const value = take();
      places.push((index > 1 ? places[index - 2] : 0) + (value % 2 ? -(value + 1) / 2 : value / 2));
    }
    const width = Math.min(Math.max(Math.floor(kind / 2) / WIDTH_STEPS, 0.01), 0.5);
    strokes.push({ points: places.map((place) => place / STEPS), width, erases: kind % 2 === 1 });
  }
  if (!strokes.length || strokes.some(({ points }) => points.some((value) => Math.abs(value) > 1 + FARTHEST)))
    throw damaged();
  return strokes;
}

const damaged = () => new LinkError("That link to a drawing is damaged, so the pad is blank.");

/** A coordinate as a whole number, whatever it is. @param {number} value */
const stepsOf = (value) => Math.round(Math.min(Math.max(value, -FARTHEST), 1 + FARTHEST) * STEPS) || 0;

/** Points in steps, without those that add nothing to be seen; the last one stays. @param {number[]} places */
function sparse(places) {
  const kept = places.slice(0, 2);
  for (let at = 2; at < places.length; at += 2) {
    const [x, y] = [places[at] - kept[kept.length - 2], places[at + 1] - kept[kept.length - 1]];
    if (Math.hypot(x, y) >= MIN_DISTANCE || at === places.length - 2) kept.push(places[at], places[at + 1]);
  }
  return kept;
}

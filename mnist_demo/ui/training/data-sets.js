// Which data set a run can have: what replaces one that is missing, and how many images are held out of it.
// Knows nothing of the form.

/** @typedef {"here" | "reachable" | "unknown" | "away"} Place on the server's disk, to be fetched, not known yet, missing */
/** @typedef {Record<string, Place>} Availability by data set */

export const UNKNOWN = "unknown";
export const AWAY = "away";
const UNAVAILABLE = "can’t be found on the server or downloaded";

/**
 * The data set to choose in place of one that is missing, or null where nothing is missing. MNIST alone replaces
 * MNIST with pen strokes; the UCI digits come with the program.
 *
 * @param {string} dataset
 * @param {Availability} availability
 */
export function replacement(dataset, availability) {
  if (availability[dataset] !== AWAY) return null;
  return availability.mnist === AWAY ? "uci-digits" : "mnist";
}

/**
 * A sentence about data that is missing, or "".
 *
 * @param {string} dataset the chosen one
 * @param {Availability} availability
 */
export function missingData(dataset, availability) {
  if (availability.mnist === AWAY) {
    const advice = dataset === "uci-digits" ? "these are" : "choose";
    return `MNIST ${UNAVAILABLE}: ${advice} the 1,797 UCI digits, which need no download.`;
  }
  if (availability[dataset] === AWAY) return `The pen strokes ${UNAVAILABLE}: choose another data set.`;
  return "";
}

/**
 * How many images to hold out for validation. What a recipe for 60,000 images holds out can be too much for 1,500.
 *
 * @param {number} wanted by the recipe
 * @param {number} size the data set's training images
 */
export function validationSize(wanted, size) {
  return wanted < size / 2 ? wanted : Math.floor(size / 5);
}

// The link to a set-up: its recipe, and what differs from that, as people hand out an experiment.
// #train=RECIPE&SETTING=VALUE&… with values as the form has them. Knows no form. Python's `links` writes the same.

/** @import { Values } from "./fields.js" */

const NAME = "#train=";
const MAX_LENGTH = 2_000;

/**
 * The link to a set-up.
 *
 * @param {string} recipe
 * @param {Values} values
 * @param {Values} original of the recipe
 */
export function linkTo(recipe, values, original) {
  const changed = Object.entries(values).filter(
    ([name, value]) => name !== "recipe" && String(value) !== String(original[name]),
  );
  const rest = new URLSearchParams(changed.map(([name, value]) => [name, String(value)]));
  return `${NAME}${[encodeURIComponent(recipe), ...(changed.length ? [rest.toString()] : [])].join("&")}`;
}

/**
 * What a fragment asks to be set up, or null where it is no such link. `settings` are as sent by strangers: the form takes
 * what it knows, and the server checks it.
 *
 * @param {string} fragment with its "#", or ""
 * @returns {{ recipe: string, settings: Record<string, string> } | null}
 */
export function setUpOf(fragment) {
  if (!fragment.startsWith(NAME) || fragment.length > MAX_LENGTH) return null;
  const [recipe, ...rest] = fragment.slice(NAME.length).split("&");
  const settings = Object.fromEntries(new URLSearchParams(rest.join("&")));
  try {
    return { recipe: decodeURIComponent(recipe), settings };
  } catch {
    return { recipe, settings };
  }
}

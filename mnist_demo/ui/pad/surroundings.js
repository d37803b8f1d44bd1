// What happens around the pad: keys, the network, the page's size and theme. Knows the browser; nothing of ink.

/** @import { Lifetime } from "./lifetime.js" */

import { isTyping } from "./tools.js";

/**
 * Listens as long as the pad is on the page.
 *
 * @param {Lifetime} lifetime
 * @param {object} options
 * @param {HTMLElement} options.sized the element whose size counts
 * @param {(event: KeyboardEvent) => boolean} options.press does what a key stands for; returns whether it stands for something
 * @param {() => void} options.onLeave called when the network is lost and when the page is left
 * @param {() => void} options.onReturn called when the network is back and when the page is looked at again
 * @param {() => void} options.onResize
 * @param {() => void} options.onTheme called when the colors have changed
 */
export function followSurroundings(lifetime, { sized, press, onLeave, onReturn, onResize, onTheme }) {
  lifetime.listen(document, "keydown", (/** @type {KeyboardEvent} */ event) => {
    if (event.defaultPrevented || !lifetime.isVisible || isTyping(event.target)) return;
    if (press(event)) event.preventDefault();
  });
  // an open socket may seem to work after the browser has lost its network; a page that is left has to release its own
  lifetime.listen(window, "offline", onLeave);
  lifetime.listen(window, "pagehide", onLeave);
  lifetime.listen(window, "online", onReturn);
  lifetime.listen(document, "visibilitychange", () => document.hidden || onReturn());

  const sizes = new ResizeObserver(onResize);
  sizes.observe(sized);
  const themes = new MutationObserver(lifetime.within(onTheme));
  for (const root of [document.documentElement, document.body])
    themes.observe(root, { attributeFilter: ["class"] });
  lifetime.signal.addEventListener("abort", () => {
    sizes.disconnect();
    themes.disconnect();
    onLeave();
  });
}

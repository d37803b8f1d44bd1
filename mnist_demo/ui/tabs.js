// The tabs' addresses, #sketchpad and #training, so that Back and a link lead to a tab. A link to something in a tab is
// that tab's as well. Knows addresses and Gradio's tabs; nothing of what is in them.

const NAMES = ["sketchpad", "training"];

/** @type {Record<string, string>} what a link begins with, and in which tab that is */
const LINKS = { "draw=": "sketchpad", "train=": "training" };

/**
 * The tab that an address is about; null where it names none that is known.
 *
 * @param {string} fragment with its "#", or ""
 */
export function tabOf(fragment) {
  const text = fragment.slice(1);
  if (!text) return NAMES[0];
  if (NAMES.includes(text)) return text;
  return LINKS[Object.keys(LINKS).find((start) => text.startsWith(start)) ?? ""] ?? null;
}

/** Opens the tab that the address names, now and later, and keeps the address up with the tabs that people choose. */
export function followTabs() {
  /** @param {string} name */
  const buttonOf = (name) =>
    /** @type {HTMLElement | null} */ (document.querySelector(`[role=tab][data-tab-id="${name}"]`));

  const open = () => {
    const name = tabOf(location.hash);
    const button = name && buttonOf(name);
    if (button && button.ariaSelected !== "true") button.click();
    return Boolean(button) || !name;
  };

  document.addEventListener("click", ({ target }) => {
    const tab = target instanceof Element ? target.closest("[role=tab][data-tab-id]") : null;
    const name = tab?.getAttribute("data-tab-id");
    if (name && name !== tabOf(location.hash)) history.pushState(null, "", `#${name}`);
  });
  window.addEventListener("popstate", open);

  if (open()) return;
  // Gradio puts the tabs on the page after the header, in which this runs
  const changes = new MutationObserver(() => open() && changes.disconnect());
  changes.observe(document.body, { childList: true, subtree: true });
}

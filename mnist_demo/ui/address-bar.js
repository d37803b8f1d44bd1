// The page's address as the place for links to what is on the page. Knows nothing of what they say.

/**
 * Puts a link into the page's address at once, so that Back leads to what was there before, and onto the clipboard.
 *
 * @param {string} fragment with its "#"
 * @returns {Promise<boolean>} whether it is on the clipboard, which a browser may forbid
 */
export async function copyLink(fragment) {
  if (fragment !== location.hash) history.pushState(history.state, "", fragment);
  try {
    await navigator.clipboard.writeText(location.href);
    return true;
  } catch {
    return false;
  }
}

// The links to set-ups: the one in the page's address and a run's own are opened, the form's own is made and copied.
// Knows the address; what a link means for the form is the form's.

/** @typedef {NonNullable<ReturnType<typeof setUpOf>>} SetUp */

import { copyLink } from "../address-bar.js";
import { setText } from "../component.js";
import { setUpOf } from "./link.js";

const LINK = "Copy a link to these settings";
const COPIED_PAUSE = 3000; // milliseconds for which it says that the link was copied

export class SetUpLink {
  #followed = ""; // the newest link that the form has followed

  /**
   * @param {HTMLAnchorElement} anchor the form's own link
   * @param {(setUp: SetUp) => void} open sets the form up
   */
  constructor(anchor, open) {
    this.anchor = anchor;
    this.open = open;
    anchor.addEventListener("click", (event) => {
      event.preventDefault();
      this.#copy();
    });
  }

  /**
   * Opens the link in the page's address, later ones, and those of runs that are pressed.
   *
   * @param {AbortSignal} signal ends the following
   */
  follow(signal) {
    window.addEventListener("popstate", () => this.#look(), { signal });
    /** @param {MouseEvent} event */
    const press = (event) => {
      const again = event.target instanceof Element && event.target.closest("#training a.again");
      if (!(again instanceof HTMLAnchorElement) || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      if (again.hash !== location.hash) history.pushState(history.state, "", again.hash);
      this.#followed = ""; // it is opened anew, whatever the form has become since
      this.#look();
    };
    document.addEventListener("click", press, { signal });
    this.#look();
  }

  /** @param {string} fragment the link to the form as it is */
  show(fragment) {
    this.anchor.setAttribute("href", fragment);
  }

  #look() {
    // Back from another tab leads to the link that is followed already, with what was changed since
    const setUp = setUpOf(location.hash);
    if (!setUp || location.hash === this.#followed) return;
    this.#followed = location.hash;
    this.open(setUp);
  }

  async #copy() {
    const copied = copyLink(this.anchor.hash);
    this.#followed = location.hash;
    setText(this.anchor, (await copied) ? "Link copied" : "The link is in the address bar");
    setTimeout(() => setText(this.anchor, LINK), COPIED_PAUSE);
  }
}

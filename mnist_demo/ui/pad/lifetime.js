// How long a component listens outside its element: until the element is off the page. Gradio says nothing when it takes
// an element away, so everything that is called finds out for itself.

export class Lifetime {
  #controller = new AbortController();

  /** @param {HTMLElement} element */
  constructor(element) {
    this.element = element;
  }

  /** Aborts at the end. */
  get signal() {
    return this.#controller.signal;
  }

  /** Whether people can see the element now. */
  get isVisible() {
    return this.element.isConnected && this.element.checkVisibility();
  }

  /**
   * Returns a function that acts until the end, and ends the lifetime when it is called after it.
   *
   * @template {unknown[]} Given
   * @param {(...given: Given) => void} act
   * @returns {(...given: Given) => void}
   */
  within(act) {
    return (...given) => (this.element.isConnected ? act(...given) : this.#controller.abort());
  }

  /**
   * Listens to an event within the lifetime.
   *
   * @param {EventTarget} target
   * @param {string} event
   * @param {(event: any) => void} act
   */
  listen(target, event, act) {
    target.addEventListener(event, this.within(act), { signal: this.signal });
  }
}

// What the page's modules share: what Gradio gives a component, how a component finds its parts, and how it decodes base64.
// Knows no component of the page.

/**
 * What Gradio gives to a component's `mount`. See `js_on_load` of gr.HTML.
 *
 * @template {object} Props
 * @template {object | null} Server
 * @typedef {object} Component
 * @property {HTMLElement} element the component on the page, its markup in place
 * @property {Props} props what Python gave to gr.HTML; setting `props.value` makes it the component's value
 * @property {Server} server the component's server functions; each resolves to undefined when the server can't be reached
 * @property {(event: string, data?: unknown) => void} trigger dispatches one of the component's Gradio events
 * @property {(props: string | string[], callback: () => void) => void} watch calls back after Python changed a prop
 */

/**
 * The first element below `root` that matches the selector. Throws where there is none of that kind: the markup
 * and the module belong together.
 *
 * @template {Element} Kind
 * @param {ParentNode} root
 * @param {string} selector
 * @param {new (...given: any[]) => Kind} kind
 * @returns {Kind}
 */
export function find(root, selector, kind) {
  const found = root.querySelector(selector);
  if (!(found instanceof kind)) throw new Error(`There is no ${kind.name} that matches ${selector}.`);
  return found;
}

/**
 * Sets an element's text, unless it is there already: writing costs the browser a layout.
 *
 * @param {Element} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * The bytes that a text in base64 stands for.
 *
 * @param {string} text
 */
export function bytesOf(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

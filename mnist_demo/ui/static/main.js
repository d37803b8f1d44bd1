// The pad on a page of plain files: what Gradio does for the page on a server, without a server.

/** @import { Props } from "../pad/main.js" */

import { find } from "../component.js";
import { mount as mountHeader } from "../header.js";
import { mount as mountPad } from "../pad/main.js";

const named = new URLSearchParams(location.search).get("__theme");
const isDark = named ? named === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
document.body.classList.toggle("dark", isDark);

/** @type {Props} */
const props = JSON.parse(find(document, "#props", HTMLScriptElement).text);
const nothing = { trigger: () => {}, watch: () => {} };
mountHeader({ element: find(document, "#page-header", HTMLElement), props: {}, server: {}, ...nothing });
mountPad({ element: find(document, "#sketchpad", HTMLElement), props, server: null, ...nothing });

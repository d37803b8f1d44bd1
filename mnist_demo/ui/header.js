// The page's bar: the tabs' addresses and the theme switch. A theme named in the address wins, then what this visitor chose, then the system's (Gradio's default).

/** @import { Component } from "./component.js" */

import { find } from "./component.js";
import { followTabs } from "./tabs.js";

const KEY = "mnist-demo-theme";

/** @param {Component<{}, {}>} component */
export function mount({ element }) {
  followTabs();
  const button = find(element, ".theme", HTMLButtonElement);
  const isDark = () => document.body.classList.contains("dark");
  const showPressed = () => button.setAttribute("aria-pressed", String(isDark()));

  const chosen = savedTheme();
  const named = new URLSearchParams(location.search).get("__theme");
  if (chosen && named !== "light" && named !== "dark")
    document.body.classList.toggle("dark", chosen === "dark");
  showPressed();

  button.addEventListener("click", () => {
    document.body.classList.toggle("dark");
    saveTheme(isDark() ? "dark" : "light");
  });
  new MutationObserver(showPressed).observe(document.body, { attributeFilter: ["class"] });
}

function savedTheme() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null; // storage is forbidden: a choice then lives as long as the page
  }
}

/** @param {"light" | "dark"} theme */
function saveTheme(theme) {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // as above
  }
}

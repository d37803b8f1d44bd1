// The theme switch. An address that names a theme wins, then what this visitor chose, then the system (Gradio's default).

const KEY = "mnist-demo-theme";
const button = element.querySelector(".theme");
const isDark = () => document.body.classList.contains("dark");

function apply(dark) {
  document.body.classList.toggle("dark", dark);
  button.setAttribute("aria-pressed", String(dark));
}

let chosen = null;
try {
  chosen = localStorage.getItem(KEY);
} catch {
  // storage is forbidden: the choice then lives as long as the page
}
const named = new URLSearchParams(location.search).get("__theme");
apply(chosen && !["light", "dark"].includes(named) ? chosen === "dark" : isDark());

button.addEventListener("click", () => {
  apply(!isDark());
  try {
    localStorage.setItem(KEY, isDark() ? "dark" : "light");
  } catch {
    // as above
  }
});
new MutationObserver(() => button.setAttribute("aria-pressed", String(isDark()))).observe(document.body, {
  attributeFilter: ["class"],
});

// Hides and shows runs in the plots: a line's colour is a variable of its run, which this sets.

const hidden = new Set();

function apply() {
  for (const box of element.querySelectorAll("[data-shows]")) {
    const run = box.dataset.shows;
    box.checked = !hidden.has(run);
    for (const split of ["training", "validation"])
      for (const age of ["newest", "earlier"]) {
        const name = `--run-${run}-${split}-${age}`;
        if (box.checked) document.body.style.removeProperty(name);
        else document.body.style.setProperty(name, "transparent");
      }
  }
}

element.addEventListener("change", ({ target }) => {
  if (!target.dataset.shows) return;
  hidden[target.checked ? "delete" : "add"](target.dataset.shows);
  apply();
});
watch("value", apply);

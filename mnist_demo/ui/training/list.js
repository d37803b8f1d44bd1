// Colors the curves, and hides those of runs that are not ticked: a curve's color is a variable, which this sets.

const hidden = new Set();

function color() {
  for (const box of element.querySelectorAll("[data-shows]")) {
    box.checked = !hidden.has(box.dataset.shows);
    const to = box.checked ? `var(--model-${box.dataset.modelOf})` : "transparent";
    for (const split of ["training", "validation"]) document.body.style.setProperty(`--curve-${split}-${box.dataset.age}`, to);
  }
}

element.addEventListener("change", ({ target }) => {
  if (!target.dataset.shows) return;
  hidden[target.checked ? "delete" : "add"](target.dataset.shows);
  color();
});
watch("value", color);

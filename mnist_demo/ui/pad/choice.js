// Which models answer, as a group of radio buttons, and what is missing among them.

const ALL = { name: "all", title: "All side by side" };

function offerChoice(stage, models, choose) {
  for (const model of [ALL, ...models]) offerModel(stage, model, choose);
}

// Offers one more model, before the choice of all.
function offerModel(stage, { name, title }, choose) {
  const group = stage.querySelector(".choice");
  const label = document.createElement("label");
  const button = document.createElement("input");
  Object.assign(button, { type: "radio", name: "digit-pad-models", value: name, checked: name === ALL.name });
  button.addEventListener("change", () => choose(name));
  const text = document.createElement("span");
  text.textContent = title;
  label.append(button, text);
  if (name === ALL.name) group.append(label);
  else group.lastElementChild.before(label);
}

function tellProblems(stage, problems) {
  const details = stage.querySelector(".problems");
  details.hidden = !problems.length;
  const several = problems.length > 1 ? `${problems.length} models` : "One model";
  details.querySelector("summary").textContent = `${several} could not be loaded`;
  const list = details.querySelector("ul");
  for (const problem of problems) list.appendChild(document.createElement("li")).textContent = problem;
}

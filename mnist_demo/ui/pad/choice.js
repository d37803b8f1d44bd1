// Which models answer, as a group of radio buttons, and what is missing among them.

const ALL = { name: "all", title: "All side by side" };

function offerChoice(stage, models, choose) {
  const group = stage.querySelector(".choice");
  for (const { name, title } of [...models, ALL]) {
    const label = document.createElement("label");
    const button = document.createElement("input");
    Object.assign(button, { type: "radio", name: "digit-pad-models", value: name, checked: name === ALL.name });
    button.addEventListener("change", () => choose(name));
    const text = document.createElement("span");
    text.textContent = title;
    label.append(button, text);
    group.append(label);
  }
}

function tellProblems(stage, problems) {
  const details = stage.querySelector(".problems");
  details.hidden = !problems.length;
  const several = problems.length > 1 ? `${problems.length} models` : "One model";
  details.querySelector("summary").textContent = `${several} could not be loaded`;
  const list = details.querySelector("ul");
  for (const problem of problems) list.appendChild(document.createElement("li")).textContent = problem;
}

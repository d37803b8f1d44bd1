// The set-up form: recipes fill it, the server says what is wrong with it as it is typed, Start sends it.
// `element`, `props`, `server` and `trigger` are Gradio's; the files before this one are joined with it.

const { facts } = props;
const form = element.querySelector("form");
const part = (name) => form.querySelector("." + name);
const fields = new Map(
  [...form.querySelectorAll("[data-field]")].map((box) => [
    box.dataset.field,
    { box, control: box.querySelector("input, select"), reason: box.querySelector(".reason") },
  ]),
);
const UNDER_WAY = ["sending", "waiting", "starting", "running", "paused", "scoring"];
const ARGUMENTS = new Set(Object.values(facts.arguments).flat());
const PAUSE = 120; // milliseconds after the last key before the server is asked
const CATCH_UP = 1000; // milliseconds between two questions about a run that was started before a reload

let whereabouts = {}; // of each data set: "here", "reachable", "unknown" or "away"
let isChosen = false; // the visitor has chosen the data set
let state = "idle";
let asked = 0;

const value = (name) => fields.get(name).control.value;
const isShown = (name) => !fields.get(name).box.hidden;

function set(name, to) {
  const { control } = fields.get(name);
  if (control.type === "checkbox") control.checked = to;
  else control.value = to;
}

// What another setting leaves without effect, by the table in Python.
const isIdle = (name) => Boolean(facts.needs[name]) && !facts.needs[name].choices.includes(value(facts.needs[name].setting));

// Another model's arguments are nobody's. Other hidden fields are off, which has to be said: a recipe may have them on.
function settings() {
  const chosen = {};
  for (const [name, { control }] of fields)
    if (isShown(name) || !ARGUMENTS.has(name)) chosen[name] = control.type === "checkbox" ? control.checked : control.value.trim();
  return chosen;
}

function fill(name) {
  const recipe = facts.recipes[name];
  for (const [field, to] of Object.entries(recipe)) set(field, to);
  for (const [field, most] of Object.entries(facts.caps)) if (Number(value(field)) > most) set(field, String(most));
  if (!isChosen) avoidWhatIsAway();
  switchIdle();
  fitValidation();
  const { source, reported, measured } = facts.notes[name];
  const said = [source && `From: ${source}.`, reported && `Reported: ${reported}.`, measured];
  part("note").textContent = said.filter(Boolean).join(" ");
}

// A split for 60,000 images makes no sense for 1,500.
function fitValidation() {
  const size = facts.sizes[value("dataset")];
  const recipe = facts.recipes[value("recipe")];
  const held = Number(recipe.validation_size);
  set("validation_size", String(held < size / 2 ? held : size / 5));
}

function arrange() {
  const taken = facts.arguments[value("model")] ?? [];
  for (const name of ARGUMENTS) fields.get(name).box.hidden = !taken.includes(name);
  for (const name of Object.keys(facts.needs)) fields.get(name).box.hidden = isIdle(name);
  fields.get("loss").box.querySelector(".fits").textContent = facts.fits[value("loss")] ?? "";
}

// A setting that another choice leaves without effect is off; one that it gives its effect back is the recipe's.
function switchIdle() {
  const recipe = facts.recipes[value("recipe")];
  for (const [name, { otherwise }] of Object.entries(facts.needs)) {
    if (isIdle(name)) set(name, otherwise);
    else if (!isShown(name)) set(name, recipe[name]);
  }
}

function changed(name) {
  if (name === "recipe") fill(value("recipe"));
  if (name === "dataset") {
    isChosen = true;
    fitValidation();
  }
  if (name === "model") {
    const recipe = facts.recipes[value("recipe")];
    const given = recipe.model === value("model") ? recipe : {};
    for (const [field, usual] of Object.entries(facts.defaults[value("model")] ?? {})) set(field, given[field] ?? usual);
  }
  switchIdle();
  arrange();
  askSoon();
}

let timer;
function askSoon() {
  clearTimeout(timer);
  timer = setTimeout(ask, PAUSE);
}

async function ask() {
  asked += 1;
  const number = asked;
  const answer = await server.check(settings());
  if (number !== asked || !answer) return;
  tell(answer.problems);
  place(answer.data);
}

function tell(problems) {
  for (const [name, { box, control, reason }] of fields) {
    const wrong = problems[name] ?? "";
    if (reason.textContent !== wrong) reason.textContent = wrong;
    box.classList.toggle("wrong", Boolean(wrong));
    control.setAttribute("aria-invalid", String(Boolean(wrong)));
    if (wrong) box.closest("details")?.setAttribute("open", "");
  }
  const count = Object.keys(problems).length;
  part("trouble").textContent = count ? (count > 1 ? `${count} settings can’t be run` : "One setting can’t be run") : "";
  part("start").setAttribute("aria-disabled", String(count > 0));
}

function place(found) {
  if (Object.values(found).includes("unknown")) setTimeout(askSoon, 1000);
  whereabouts = found;
  if (!isChosen && avoidWhatIsAway()) {
    switchIdle();
    arrange();
    fitValidation();
    askSoon();
  }
  const words = missing();
  part("away").hidden = !words;
  if (part("away").textContent !== words) part("away").textContent = words;
}

// What can't be had is not chosen by itself: MNIST alone where only the pen strokes are away, else the UCI digits.
function avoidWhatIsAway() {
  if (whereabouts[value("dataset")] !== "away") return false;
  set("dataset", whereabouts.mnist === "away" ? "uci-digits" : "mnist");
  return true;
}

function missing() {
  const nowhere = "neither on the server’s disk nor within its reach";
  if (whereabouts.mnist === "away") return `MNIST is ${nowhere}: ${value("dataset") === "uci-digits" ? "these" : "there"} are the 1,797 UCI digits that need no download.`;
  if (whereabouts[value("dataset")] === "away") return `The pen strokes are ${nowhere}: choose another data set.`;
  return "";
}

function show(now) {
  state = now;
  const isUnderWay = UNDER_WAY.includes(state);
  part("start").hidden = isUnderWay || state === "off";
  part("pause").hidden = !["running", "paused"].includes(state);
  part("pause").textContent = state === "paused" ? "Resume" : "Pause";
  part("stop").hidden = !isUnderWay || state === "scoring";
  part("stop").textContent = state === "waiting" ? "Leave the queue" : "Stop";
  if (state === "off") form.querySelectorAll("input, select").forEach((control) => (control.disabled = true));
}

function send(event, payload) {
  props.value = { visitor: visitor(), ...payload };
  trigger(event);
}

// A run that was started before the page was loaded anew isn't told of by itself: it is asked for until it has ended.
let catchingUp;
function catchUp() {
  const look = () => send("input", {});
  look();
  catchingUp = setInterval(() => {
    if (!element.isConnected) clearInterval(catchingUp);
    else if (UNDER_WAY.includes(state)) look();
  }, CATCH_UP);
}

const steer = (order) => server.steer({ visitor: visitor(), order });

form.addEventListener("input", ({ target }) => target.name && changed(target.name));
form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (part("start").getAttribute("aria-disabled") === "true" || UNDER_WAY.includes(state)) return;
  clearInterval(catchingUp);
  show("sending");
  document.querySelector("#training .run-status").scrollIntoView({ block: innerWidth < 960 ? "start" : "nearest" });
  send("submit", { settings: settings() });
});
part("pause").addEventListener("click", () => steer(state === "paused" ? "resume" : "pause"));
part("stop").addEventListener("click", () => steer("stop"));
window.addEventListener("mnist-demo-training", (event) => element.isConnected && show(event.detail.state));

for (const name of Object.keys(facts.recipes)) fields.get("recipe").control.add(new Option(name, name));
const fits = document.createElement("p");
fits.className = "fits";
fields.get("loss").box.append(fits);
set("recipe", facts.training && facts.recipes["cnn-fast"] ? "cnn-fast" : "mlp");
fill(value("recipe"));
arrange();
if (facts.training) {
  ask();
  if (isKnown()) catchUp();
} else show("off");

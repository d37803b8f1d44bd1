// Wires the pad: pointer and tools change the drawing, every change is drawn, counted and read, answers go to the page.
// `element`, `props` and `server` are Gradio's; the files before this one are joined with it into one function.

const stage = element.querySelector(".stage");
const pad = stage.querySelector("#digit-pad");
const canvas = pad.querySelector("canvas");
const notice = stage.querySelector(".notice");
const life = new AbortController(); // ends with the element; see whileAlive

const drawing = new Drawing();
const surface = new Surface(canvas);
const answers = new Answers(stage, props.models);
const everyName = props.models.map(({ name }) => name);
let choice = "all";
let ink = 0;

const wire = new Wire((payload) => server.read_ink(payload));
const reader = new Reader({
  ask: (payload) => wire.ask(payload),
  payload: () => ({
    visitor: visitor(),
    ink,
    models: choice,
    picture: drawing.picture?.source ?? null,
    strokes: drawing.strokes,
  }),
  show(answer) {
    const unreadable = Boolean(answer.error);
    if (unreadable || answer.blank) answers.clear();
    else answers.show(answer);
    pad.dataset.shown = unreadable ? -1 : answer.ink;
    say(answer.error ?? "", "trouble");
  },
  away(isAway) {
    stage.classList.toggle("away", isAway);
    say(isAway ? "Can’t reach the server. Your drawing is safe; trying again…" : "", "trouble");
  },
});

function say(sentence, tone) {
  if (notice.textContent === sentence) return;
  notice.textContent = sentence;
  notice.dataset.tone = tone;
}

function inkChanged() {
  ink += 1;
  pad.dataset.ink = ink;
  pad.classList.toggle("blank", drawing.blank);
  tools.offer(drawing);
  if (!drawing.blank) {
    reader.read();
    return;
  }
  reader.rest();
  if (training.isTraining()) server.read_ink(reader.payload()); // so that the model in training knows of it too
  answers.clear();
  say("", "");
  pad.dataset.shown = ink;
}

function inkReplaced() {
  surface.render(drawing);
  inkChanged();
  remember(drawing);
}

const whenIdle = (change) => () => {
  if (!pointer.isDrawing() && change() !== false) inkReplaced();
};

const tools = new Tools(stage, {
  undo: whenIdle(() => drawing.undo()),
  redo: whenIdle(() => drawing.redo()),
  clear: whenIdle(() => (drawing.picture || drawing.strokes.length ? drawing.replace(null, []) : false)),
});

let arrived = null; // puts a picture on the pad that came while the pen was down
const pointer = followPointer({
  canvas,
  drawing,
  surface,
  tool: () => tools.tool,
  changed: inkChanged,
  lifted() {
    remember(drawing);
    arrived?.();
    arrived = null;
  },
});

offerExamples(stage, (strokes) => whenIdle(() => drawing.replace(null, strokes))());

let newestFile = 0;
async function take(file) {
  const number = (newestFile += 1);
  say("Reading the picture…", "calm");
  try {
    const picture = await readPicture(file, server);
    const put = () => {
      if (number !== newestFile) return;
      drawing.replace(picture, []);
      say("", "");
      inkReplaced();
    };
    if (pointer.isDrawing()) arrived = put;
    else put();
  } catch (problem) {
    if (number === newestFile) say(problem instanceof DOMException ? "This picture can’t be shown." : problem.message, "trouble");
  }
}

function choose(name) {
  choice = name;
  answers.choose(name === "all" ? everyName : [name]);
  if (drawing.blank) return;
  pad.dataset.shown = -1; // until the answer for this choice is there
  reader.read();
}

const inSight = () => element.isConnected && element.checkVisibility();
const whileAlive = (act) => (event) => (element.isConnected ? act(event) : life.abort());
const { signal } = life;

function redraw() {
  if (!surface.resize()) return;
  surface.render(drawing);
  tools.refresh();
}

function recolor() {
  surface.recolor();
  answers.recolor();
  redraw();
}

const onKey = (event) => {
  if (event.defaultPrevented || !inSight() || isTyping(event.target)) return;
  if (tools.press(event)) event.preventDefault();
};
document.addEventListener("keydown", whileAlive(onKey), { signal });
// what is open may still get through where the browser has no network any more; a page that is left must let go
for (const left of ["offline", "pagehide"]) window.addEventListener(left, whileAlive(() => wire.close()), { signal });
window.addEventListener("online", whileAlive(() => reader.retry()), { signal });
document.addEventListener("visibilitychange", whileAlive(() => document.hidden || reader.retry()), { signal });
welcomeFiles({ stage, take, inSight, signal });

const sizes = new ResizeObserver(redraw);
sizes.observe(canvas);
const themes = new MutationObserver(whileAlive(recolor));
for (const root of [document.documentElement, document.body]) themes.observe(root, { attributeFilter: ["class"] });
signal.addEventListener("abort", () => {
  sizes.disconnect();
  themes.disconnect();
  wire.close();
});

const training = followTraining({
  found(model) {
    if (!everyName.includes(model.name)) {
      everyName.push(model.name);
      offerModel(stage, model, choose);
    }
    answers.welcome(model);
    choose(choice);
  },
  started: () => (drawing.blank ? server.read_ink(reader.payload()) : reader.read()),
  signal,
  whileAlive,
});

offerChoice(stage, props.models, choose);
tellProblems(stage, props.problems);
tools.offer(drawing);
recall().then((before) => {
  if (!before || ink) return;
  drawing.replace(before.picture, before.strokes);
  inkReplaced();
});

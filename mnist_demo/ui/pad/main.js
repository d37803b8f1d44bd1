// Wires the pad: pointer and tools change the drawing; every change is drawn, counted and read; answers go to the page.

/** @import { Component } from "../component.js" */
/** @import { Source } from "./engine/answers-here.js" */
/** @import { Model } from "./lane.js" */
/** @import { ReadPicture } from "./pictures.js" */
/** @import { Answer, Question } from "./reader.js" */
/** @import { Stroke } from "./strokes.js" */

/**
 * @typedef {object} Props
 * @property {Model[]} models those that loaded, in the order they stand on the page
 * @property {string[]} problems a sentence for each model that did not load
 * @property {Source[]} sources where the models are that can answer in the page, in the order they are to be loaded
 * @property {Source | null} exemplars where the training digits are that are shown beside a drawing
 * @property {string} [socket] the path of the server's WebSocket, seen from the page
 * @property {number} max_picture_bytes
 */

/**
 * @typedef {object} Server
 * @property {(question: Question) => Promise<Answer | undefined>} read_ink
 * @property {ReadPicture} read_picture
 * @property {(payload: { visitor: string }) => Promise<{ models: Model[] } | undefined>} own_models
 * @property {(payload: { visitor: string, model: string }) => Promise<{ program?: string } | undefined>} own_program
 */

import { find } from "../component.js";
import { announceDrawing, onDrawingAskedFor, onInk, onStrokes } from "../sessions/run-state.js";
import { visitor } from "../sessions/token.js";
import { Challenge } from "./challenge.js";
import { AnswersHere } from "./engine/answers-here.js";
import { digitOf } from "./engine/ink.js";
import { Sources } from "./engine/sources.js";
import { INVITATION, offerExamples } from "./examples.js";
import { Explanation } from "./explain/explanation.js";
import { Learned } from "./explain/learned.js";
import { Lifetime } from "./lifetime.js";
import { followLinks } from "./link.js";
import { ALL, ModelChoice, listProblems } from "./model-choice.js";
import { IncomingPictures, acceptFiles, decodePicture } from "./pictures.js";
import { followPointer } from "./pointer.js";
import { Predictions } from "./predictions.js";
import { Replay } from "./replay.js";
import { loadDrawing, saveDrawing } from "./saved-drawing.js";
import { Drawing } from "./strokes.js";
import { Surface } from "./surface.js";
import { followSurroundings } from "./surroundings.js";
import { Tools } from "./tools.js";
import { followTraining } from "./own-models.js";
import { Connection } from "./websocket.js";

const DONE = 1000; // milliseconds after which a drawing whose pen is up is taken for a whole one
const AWAY = "Can’t reach the server. Your drawing is safe; trying again…";

/**
 * Without a server, as a page of plain files is, only what is computed here answers.
 *
 * @param {Component<Props, Server | null>} component
 */
export function mount({ element, props, server }) {
  const stage = find(element, ".stage", HTMLElement);
  const pad = find(stage, "#digit-pad", HTMLElement);
  const canvas = find(pad, "canvas", HTMLCanvasElement);
  const notice = find(stage, ".notice", HTMLElement);

  const drawing = new Drawing();
  const surface = new Surface(canvas);
  /** @type {Predictions} */
  const predictions = new Predictions(stage, props.models, (name) => page.model(name));
  const names = props.models.map(({ name }) => name);
  let choice = ALL;
  let ink = 0; // raised by every change of the ink
  let lifted = 0; // the ink that a stroke of the pen ended with

  /** @param {string} sentence @param {"calm" | "trouble"} tone */
  function say(sentence, tone = "trouble") {
    if (notice.textContent === sentence) return;
    notice.textContent = sentence;
    notice.dataset.tone = tone;
  }

  /** @returns {Question} */
  const question = () => ({
    visitor: visitor(),
    ink,
    models: choice,
    picture: drawing.picture?.source ?? null,
    strokes: drawing.strokes,
  });

  /** @param {number} counter the ink whose answers are on the page; -1 while there are none */
  const markAsShown = (counter) => (pad.dataset.shown = String(counter));

  const isDrawing = () => pointer.isDrawing() || replay.isMoving;

  const chosen = () => (choice === ALL ? names : [choice]);

  /** @type {Connection<Question, Answer> | null} */
  const connection = server && new Connection(props.socket ?? "", server.read_ink);
  const page = new AnswersHere(() => {
    if (drawing.isBlank) {
      rest();
      return;
    }
    reader.read();
    if (!isDrawing()) explanation.explain();
  });
  const reader = new Sources({
    page,
    askServer: connection && ((asked) => connection.ask(asked)),
    question,
    names: chosen,
    isTraining: () => Boolean(training?.isTraining()),
    show(answer, answering, isHere) {
      predictions.show(answer, answering, isHere);
      markAsShown(predictions.oldestInk);
      if (!isHere || answering.length === chosen().length) say(answer.error ?? "");
      if (!isDrawing()) look();
    },
    setAway(isAway) {
      stage.classList.toggle("away", isAway);
      say(isAway ? AWAY : "");
    },
  });

  const invitation = digitOf(INVITATION);

  /** Nothing is drawn: the models show what they make of the digit that the empty pad shows. */
  function rest() {
    if (invitation) predictions.rest(invitation);
  }

  function onInkChange() {
    ink += 1;
    pad.dataset.ink = String(ink);
    announceDrawing(drawing);
    pad.classList.toggle("blank", drawing.isBlank);
    tools.offer(drawing);
    if (!drawing.isBlank) {
      reader.read();
      return;
    }
    reader.rest();
    if (training?.isTraining()) server?.read_ink(question()); // so that the model in training knows of it too
    predictions.clear();
    rest();
    learned.clear();
    say("");
    markAsShown(ink);
  }

  const explanation = new Explanation(stage, {
    drawing,
    models: () => predictions.models,
    programOf: (name) => page.model(name),
    async goBack(strokes, isWanted) {
      reader.rest(); // an answer to the whole drawing comes too late
      surface.render({ picture: null, strokes });
      markAsShown(-1); // these answers are to no ink that is counted
      const here = chosen().filter((name) => page.has(name));
      const answer = await page.ask({ ...question(), strokes }, here);
      if (isWanted()) predictions.show(answer, here, true);
      return predictions.words;
    },
    onReturn() {
      surface.render(drawing);
      reader.read();
    },
  });

  function redrawAndRead() {
    surface.render(drawing);
    onInkChange();
    explanation.explain();
    saveDrawing(drawing);
  }

  /** @param {() => boolean | void} change returns false where it changed nothing */
  function changeInk(change) {
    replay.finish();
    if (!pointer.isDrawing() && change() !== false) redrawAndRead();
  }

  const learned = new Learned(stage, (name) => page.model(name));
  const challenge = new Challenge(stage, props.models, play);

  /** The pen is up, and there are answers. */
  function look() {
    const { votes, kind, pixels } = predictions;
    const detector = votes.find(({ isDoubtful }) => isDoubtful !== null) ?? votes[0];
    if (pixels && detector) learned.show(pixels, detector.digit, kind === "disagree" || kind === "doubtful");
  }

  /** Unless the drawing goes on: the first stroke of a 4 isn't one yet. */
  function considerChallenge() {
    if (ink !== lifted || predictions.oldestInk !== ink) return;
    if (choice !== ALL || drawing.picture || explanation.isBack) return;
    const sentence = challenge.consider(predictions.votes, drawing.strokes);
    if (sentence) say(sentence, "calm");
  }

  const tools = new Tools(stage, {
    undo: () => changeInk(() => drawing.undo()),
    redo: () => changeInk(() => drawing.redo()),
    clear: () => changeInk(() => !drawing.isEmpty && drawing.replace(null, [])),
  });

  function onPress() {
    predictions.isDrawing = true;
    explanation.rest();
  }

  function onLift() {
    predictions.isDrawing = false;
    saveDrawing(drawing);
    reader.tell();
    look();
    explanation.explain();
  }

  /** @param {Stroke[]} strokes */
  function play(strokes) {
    if (pointer.isDrawing()) return;
    onPress();
    replay.start(strokes);
  }

  const replay = new Replay({
    drawing,
    onGrow() {
      surface.render(drawing);
      onInkChange();
    },
    onEnd: onLift,
  });

  const pointer = followPointer({
    drawing,
    surface,
    tool: () => tools.tool,
    onChange: onInkChange,
    onPress() {
      replay.finish();
      onPress();
    },
    onLift() {
      lifted = ink;
      setTimeout(considerChallenge, DONE);
      onLift();
      pictures?.release();
    },
  });

  offerExamples(stage, play);

  const pictures =
    server &&
    new IncomingPictures({
      maxBytes: props.max_picture_bytes,
      ask: server.read_picture,
      isDrawing: () => pointer.isDrawing(),
      put(picture) {
        say("");
        changeInk(() => drawing.replace(picture, []));
      },
      say,
    });

  /** @param {string} name a model's, or ALL */
  function choose(name) {
    choice = name;
    predictions.choose(chosen());
    explanation.explain();
    if (drawing.isBlank) {
      rest();
      return;
    }
    markAsShown(-1);
    reader.read();
  }

  /** @param {Model[]} own the visitor's models that are on the pad now */
  function showOwn(own) {
    const before = names.splice(props.models.length);
    names.push(...own.map(({ name }) => name));
    for (const name of before.filter((each) => !names.includes(each))) {
      models.withdraw(name);
      page.remove(name);
      predictions.remove(name);
    }
    for (const model of own) {
      models.offer(model);
      predictions.add(model);
    }
    choose(choice);
  }

  function redraw() {
    if (!surface.resize()) return;
    surface.render(drawing);
    explanation.repaint();
    tools.refresh();
  }

  function recolor() {
    surface.recolor();
    predictions.recolor();
    learned.recolor();
    redraw();
  }

  const lifetime = new Lifetime(element);
  const { signal } = lifetime;
  const isVisible = () => lifetime.isVisible;
  followSurroundings(lifetime, {
    sized: canvas,
    press: (event) => tools.press(event),
    onLeave: () => connection?.close(),
    onReturn: () => reader.retry(),
    onResize: redraw,
    onTheme: recolor,
  });
  if (pictures) acceptFiles({ stage, take: (file) => pictures.take(file), isVisible, signal });
  else find(stage, "[data-tool=picture]", HTMLButtonElement).remove();

  const models = new ModelChoice(stage, props.models, choose);
  const training =
    server &&
    followTraining({
      ask: server.own_models,
      askProgram: server.own_program,
      show: showOwn,
      isHere: (name) => page.has(name),
      onProgram: (name, packed) => page.add(name, packed).catch(() => {}), // the server goes on answering for it
      onStart: lifetime.within(() => (drawing.isBlank ? server.read_ink(question()) : reader.read())),
      signal,
    });

  onInk(async (source) => {
    const picture = await decodePicture(source);
    changeInk(() => drawing.replace(picture, []));
  }, signal);

  onStrokes((strokes) => {
    changeInk(() => drawing.replace(null, strokes));
    onLift();
  }, signal);
  onDrawingAskedFor(() => announceDrawing(drawing), signal);

  page.load(props.sources).then(() => learned.load(props.exemplars));
  listProblems(stage, props.problems);
  tools.offer(drawing);
  const isLinked = followLinks(stage, {
    drawing,
    open: (strokes) => changeInk(() => drawing.replace(null, strokes)),
    say,
    signal,
  });
  if (isLinked) return;
  loadDrawing(decodePicture).then((saved) => {
    if (!saved || ink) return;
    drawing.replace(saved.picture, saved.strokes);
    redrawAndRead();
  });
}

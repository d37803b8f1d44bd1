// The model in training from inside, as the pad has it: twice a second its weights of that moment come, and the page
// computes what they make of the drawing. One can draw right there; it is the pad's drawing, seen smaller.

/** @import { Component } from "../component.js" */
/** @import { Ink } from "../pad/strokes.js" */
/** @import { RunState } from "../sessions/run-state.js" */

import { bytesOf, find, setText } from "../component.js";
import { AnswersHere } from "../pad/engine/answers-here.js";
import { digitOf } from "../pad/engine/ink.js";
import { INVITATION } from "../pad/examples.js";
import { Enlarged } from "../pad/insides/enlarged.js";
import { InsideView } from "../pad/insides/view.js";
import { Lifetime } from "../pad/lifetime.js";
import { followPointer } from "../pad/pointer.js";
import { Drawing } from "../pad/strokes.js";
import { Surface } from "../pad/surface.js";
import { followSurroundings } from "../pad/surroundings.js";
import {
  askForDrawing,
  isInTraining,
  isReady,
  onDrawing,
  onRunState,
  putStrokesOnPad,
} from "../sessions/run-state.js";
import { visitor } from "../sessions/token.js";
import { deadWords, figuresOf, pictureOf, weightsOf } from "./layers.js";

/**
 * @typedef {object} Snapshot
 * @property {number} run the run's number
 * @property {string} color the name of its color
 * @property {number} place passes over the training images so far
 * @property {string} program in base64
 * @property {[number, number][]} dead of each ReLU, how many units are dead and of how many
 */

/**
 * @typedef {object} Server
 * @property {(payload: object) => Promise<Partial<Snapshot> & { too_large?: number } | undefined>} snapshot
 */

const PAUSE = 500; // milliseconds from one snapshot to the next
const PEN_WIDTH = 0.07; // in sides of the pad
const NARROW = 640; // pixels
const NAME = "in training";

/** @param {Component<{}, Server>} component */
export function mount({ element, server }) {
  const section = find(element, ".live", HTMLElement);
  /** @param {string} selector */
  const part = (selector) => find(section, selector, HTMLElement);
  const canvas = find(section, ".small-pad canvas", HTMLCanvasElement);
  const view = new InsideView(part(".inside"), new Enlarged(section));
  const layers = find(section, "details.layers", HTMLDetailsElement);
  const lifetime = new Lifetime(element);
  const drawing = new Drawing();
  const surface = new Surface(canvas);
  const here = new AnswersHere(() => {});
  const example = /** @type {Uint8Array} */ (digitOf(INVITATION));

  let isTraining = false;
  let isFollowing = false;
  let held = { run: 0, place: -1 }; // the snapshot that is shown
  /** @type {Map<number, Float32Array> | null} */
  let before = null; // the weights of the last one

  function show() {
    const model = here.model(NAME);
    if (!model) return;
    const drawn = drawing.picture ? null : digitOf(drawing.strokes);
    const { probabilities } = model.answer(drawn ?? example, true);
    const most = Math.max(...probabilities);
    const digit = probabilities.indexOf(most);
    view.show(model, drawn ?? example, digit);
    setText(part(".digit"), Number.isFinite(most) ? String(digit) : "–");
    setText(part(".confidence"), Number.isFinite(most) ? `${(100 * most).toFixed(1)}%` : "");
    setText(part(".note"), drawn ? "Your drawing in this model" : "A 3 in this model, until you draw");
    canvas.classList.toggle("blank", drawing.isEmpty);
  }

  function showLayers() {
    const model = here.model(NAME);
    if (!model || !layers.open) return;
    const weights = weightsOf(model);
    find(layers, ".figures", HTMLElement).innerHTML = pictureOf(figuresOf(model.layers, weights, before));
    before = weights;
  }

  layers.addEventListener("toggle", () => {
    before = null;
    showLayers();
  });

  /** Takes the weights of this moment, if there are newer ones. */
  async function look() {
    try {
      await take();
    } catch {
      section.hidden = true; // WebAssembly is forbidden, or there is no memory for it: the curves go on
    }
  }

  async function take() {
    const { run, color, place, program, dead, too_large } =
      (await server.snapshot({ visitor: visitor(), ...held })) ?? {};
    if (too_large) {
      section.hidden = true; // rather than pictures of long ago
      return;
    }
    if (!program || run === undefined || place === undefined) return;
    const packed = bytesOf(program).buffer;
    const isKnown = run === held.run && here.model(NAME)?.take(packed);
    if (isKnown) view.renew();
    else {
      await here.add(NAME, packed);
      before = null;
    }
    showLayers();
    setText(part(".dead"), deadWords(dead ?? []));
    held = { run, place };
    section.hidden = false;
    if (!isKnown) {
      section.style.setProperty("--model", `var(--model-${color})`);
      view.recolor();
      redraw();
    }
    setText(part(".when"), `after ${Number.isInteger(place) ? place : place.toFixed(2)} epochs`);
    show();
  }

  async function follow() {
    if (isFollowing) return;
    isFollowing = true;
    while (isTraining && element.isConnected) {
      const started = performance.now();
      if (lifetime.isVisible && !document.hidden) await look();
      const took = performance.now() - started;
      await new Promise((resolve) => setTimeout(resolve, Math.max(PAUSE - took, took)));
    }
    isFollowing = false;
  }

  function redraw() {
    if (surface.resize()) surface.render(drawing);
    view.fit(section.clientWidth > NARROW ? "strip" : "lane");
  }

  /** @param {Ink["strokes"]} strokes */
  function replace(strokes) {
    drawing.replace(null, strokes);
    surface.render(drawing);
    show();
  }

  const pointer = followPointer({
    drawing,
    surface,
    tool: () => ({ width: PEN_WIDTH, erases: false }),
    onChange: show,
    onPress: () => drawing.picture && replace([]),
    onLift: () => putStrokesOnPad(drawing.strokes),
  });

  part(".small-pad button").addEventListener("click", () => {
    replace([]);
    putStrokesOnPad([]);
  });

  followSurroundings(lifetime, {
    sized: canvas,
    press: () => false,
    onLeave() {},
    onReturn() {},
    onResize: redraw,
    onTheme() {
      surface.recolor();
      view.recolor();
      redraw();
    },
  });

  onDrawing(({ picture, strokes }) => {
    if (pointer.isDrawing()) return;
    drawing.replace(picture, strokes);
    if (!lifetime.isVisible) return;
    redraw();
    show();
  }, lifetime.signal);

  /** @param {RunState} state */
  function onState({ state }) {
    isTraining = isInTraining(state);
    if (state === "starting" || state === "idle") section.hidden = true;
    if (isTraining) follow();
    else if (isReady(state)) look();
  }

  onRunState(lifetime.within(onState), lifetime.signal);
  askForDrawing();
}

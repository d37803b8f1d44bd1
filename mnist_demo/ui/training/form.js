// The set-up form: recipes fill it in, the server says what is wrong with it as it is typed, Start sends it.

/** @import { Component } from "../component.js" */
/** @import { Availability } from "./data-sets.js" */
/** @import { Values } from "./fields.js" */

import { find, setText } from "../component.js";
import { onRunState } from "../sessions/run-state.js";
import { hasReturned, visitor } from "../sessions/token.js";
import { UNKNOWN, missingData, replacement, validationSize } from "./data-sets.js";
import { Fields } from "./fields.js";

/**
 * A field has an effect only while another setting is one of these choices; otherwise it has this value.
 *
 * @typedef {{ setting: string, choices: string[], otherwise: string | boolean }} Need
 */

/**
 * What the form has to know, from Python's `form.facts`.
 *
 * @typedef {object} Facts
 * @property {Record<string, Values>} recipes
 * @property {Record<string, string[]>} arguments by model, the fields that only some models have
 * @property {Record<string, Values>} defaults by model, what its arguments are when it is chosen
 * @property {Record<string, string>} fits by loss, when it fits
 * @property {Record<string, Need>} needs by field, what gives it an effect
 * @property {Record<string, number>} sizes by data set, its training images
 * @property {Record<string, number>} caps by field, the most that this server allows
 * @property {boolean} training whether this server trains at all
 */

/**
 * @typedef {object} Server
 * @property {(settings: Values) => Promise<{ problems: Record<string, string>, data: Availability } | undefined>} check
 * @property {(order: { visitor: string, order: "pause" | "resume" | "stop" }) => Promise<unknown>} steer
 */

const UNDER_WAY = ["sending", "waiting", "starting", "running", "paused", "scoring"];
const TYPING_PAUSE = 120; // milliseconds after the last key before the server is asked
const AVAILABILITY_PAUSE = 1000; // milliseconds between two questions whether a data set can be fetched
const CATCH_UP_PAUSE = 1000; // milliseconds between two questions about a run that was started before a reload

/** @param {Component<{ facts: Facts, value?: unknown }, Server>} component */
export function mount(component) {
  new SetUpForm(component).start();
}

class SetUpForm {
  /** @type {Availability} */
  #availability = {};

  #hasChosenData = false; // the visitor has, rather than a recipe
  #state = "idle";
  #questions = 0;

  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #asking = undefined;

  /** @type {ReturnType<typeof setInterval> | undefined} */
  #catchingUp = undefined;

  /** @param {Component<{ facts: Facts, value?: unknown }, Server>} component */
  constructor({ element, props, server, trigger }) {
    this.element = element;
    this.props = props;
    this.facts = props.facts;
    this.server = server;
    this.trigger = trigger;
    this.form = find(element, "form", HTMLFormElement);
    /** @param {string} name */
    const part = (name) => find(this.form, `.${name}`, HTMLElement);
    this.notes = [.../** @type {NodeListOf<HTMLElement>} */ (this.form.querySelectorAll("[data-note]"))];
    this.trouble = part("trouble");
    this.controls = part("controls");
    this.away = part("away");
    this.buttons = { start: part("start"), pause: part("pause"), stop: part("stop") };
    this.fields = new Fields(this.form);
    this.arguments = new Set(Object.values(this.facts.arguments).flat());
    this.fits = document.createElement("p");
    this.fits.className = "fits";
    this.fields.get("loss").box.append(this.fits);
  }

  /** Fills the form in and lets it live. */
  start() {
    const { facts } = this;
    this.fields.set("recipe", facts.training && facts.recipes["cnn-fast"] ? "cnn-fast" : "mlp");
    this.#fillIn();
    this.#arrange();
    this.#listen();
    if (!facts.training) {
      this.#showState("off");
      return;
    }
    this.#ask();
    if (hasReturned()) this.#catchUp();
  }

  #listen() {
    this.form.addEventListener("input", ({ target }) => {
      if (target instanceof HTMLInputElement || target instanceof HTMLSelectElement)
        this.#onChange(target.name);
    });
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.buttons.pause.addEventListener("click", () =>
      this.#steer(this.#state === "paused" ? "resume" : "pause"),
    );
    this.buttons.stop.addEventListener("click", () => this.#steer("stop"));
    const life = new AbortController();
    onRunState(
      ({ state }) => (this.element.isConnected ? this.#showState(state) : life.abort()),
      life.signal,
    );
  }

  /**
   * The settings to send. Another model's arguments are left out. Other hidden fields are off, which has to be said:
   * a recipe may have them on.
   */
  #settings() {
    return this.fields.values(this.arguments);
  }

  get #recipe() {
    return this.facts.recipes[this.fields.value("recipe")];
  }

  /** Fills the form in with the chosen recipe. */
  #fillIn() {
    const name = this.fields.value("recipe");
    this.fields.setAll(this.facts.recipes[name]);
    for (const [field, most] of Object.entries(this.facts.caps))
      if (Number(this.fields.value(field)) > most) this.fields.set(field, String(most));
    if (!this.#hasChosenData) this.#avoidMissingData();
    this.#switchIdle();
    this.#fitValidation();
    for (const note of this.notes) note.hidden = note.dataset.note !== name;
  }

  #fitValidation() {
    const recipe = this.#recipe;
    const size = validationSize(
      Number(recipe.validation_size),
      this.facts.sizes[this.fields.value("dataset")],
    );
    this.fields.set("validation_size", String(size));
  }

  /** Shows the fields that the choices made so far leave a meaning. */
  #arrange() {
    const { facts } = this;
    const taken = facts.arguments[this.fields.value("model")] ?? [];
    for (const name of this.arguments) this.fields.show(name, taken.includes(name));
    for (const name of Object.keys(facts.needs)) this.fields.show(name, !this.#isIdle(name));
    this.fits.textContent = facts.fits[this.fields.value("loss")] ?? "";
  }

  /** Gives the chosen model the recipe's arguments, or the usual ones where the recipe is for another model. */
  #fillInArguments() {
    const model = this.fields.value("model");
    const recipe = this.#recipe;
    const given = recipe.model === model ? recipe : {};
    for (const [field, usual] of Object.entries(this.facts.defaults[model] ?? {}))
      this.fields.set(field, given[field] ?? usual);
  }

  /**
   * Whether another setting leaves the field without effect.
   *
   * @param {string} name
   */
  #isIdle(name) {
    const need = this.facts.needs[name];
    return need !== undefined && !need.choices.includes(this.fields.value(need.setting));
  }

  /** Switches off what is left without effect, and gives what has its effect back the recipe's value. */
  #switchIdle() {
    for (const [name, { otherwise }] of Object.entries(this.facts.needs)) {
      if (this.#isIdle(name)) this.fields.set(name, otherwise);
      else if (!this.fields.isShown(name)) this.fields.set(name, this.#recipe[name]);
    }
  }

  /** @param {string} name the field that the visitor changed */
  #onChange(name) {
    if (!name) return;
    if (name === "recipe") this.#fillIn();
    if (name === "dataset") {
      this.#hasChosenData = true;
      this.#fitValidation();
    }
    if (name === "model") this.#fillInArguments();
    this.#switchIdle();
    this.#arrange();
    this.#askSoon();
  }

  #askSoon() {
    clearTimeout(this.#asking);
    this.#asking = setTimeout(() => this.#ask(), TYPING_PAUSE);
  }

  /** Asks the server what is wrong with the settings, and where the data sets are. */
  async #ask() {
    const number = (this.#questions += 1);
    const answer = await this.server.check(this.#settings());
    if (!answer || number !== this.#questions) return;
    this.#showProblems(answer.problems);
    this.#showAvailability(answer.data);
  }

  /** @param {Record<string, string>} problems by field */
  #showProblems(problems) {
    this.fields.showProblems(problems);
    const count = Object.keys(problems).length;
    const subject = count === 1 ? "One setting" : `${count} settings`;
    this.trouble.textContent = count ? `${subject} can’t be run` : "";
    this.buttons.start.setAttribute("aria-disabled", String(count > 0));
  }

  /** @param {Availability} availability */
  #showAvailability(availability) {
    this.#availability = availability;
    if (Object.values(availability).includes(UNKNOWN)) setTimeout(() => this.#askSoon(), AVAILABILITY_PAUSE);
    if (!this.#hasChosenData && this.#avoidMissingData()) {
      this.#switchIdle();
      this.#arrange();
      this.#fitValidation();
      this.#askSoon();
    }
    const sentence = missingData(this.fields.value("dataset"), availability);
    this.away.hidden = !sentence;
    setText(this.away, sentence);
  }

  /** Chooses another data set where the chosen one can't be had. Returns whether it did. */
  #avoidMissingData() {
    const other = replacement(this.fields.value("dataset"), this.#availability);
    if (other) this.fields.set("dataset", other);
    return other !== null;
  }

  /** @param {string} state see RunState */
  #showState(state) {
    this.#state = state;
    const isUnderWay = UNDER_WAY.includes(state);
    const { start, pause, stop } = this.buttons;
    const focused = document.activeElement;
    start.hidden = isUnderWay || state === "off";
    pause.hidden = state !== "running" && state !== "paused";
    pause.textContent = state === "paused" ? "Resume" : "Pause";
    stop.hidden = !isUnderWay || state === "scoring";
    stop.textContent = state === "waiting" ? "Leave the queue" : "Stop";
    if (state === "off") this.fields.disable();
    // not to the button that takes its place: a key held a moment too long would press that one too
    if (focused instanceof HTMLElement && focused.hidden) this.controls.focus();
  }

  #submit() {
    const isRefused = this.buttons.start.getAttribute("aria-disabled") === "true";
    if (isRefused || UNDER_WAY.includes(this.#state)) return;
    clearInterval(this.#catchingUp);
    this.#showState("sending");
    const status = find(document, "#training .run-status", HTMLElement);
    status.scrollIntoView({ block: innerWidth < 960 ? "start" : "nearest" });
    this.#send("submit", { settings: this.#settings() });
  }

  /**
   * @param {"submit" | "input"} event of Gradio
   * @param {object} payload
   */
  #send(event, payload) {
    this.props.value = { visitor: visitor(), ...payload };
    this.trigger(event);
  }

  /** @param {"pause" | "resume" | "stop"} order */
  #steer(order) {
    this.server.steer({ visitor: visitor(), order });
  }

  /** Follows a run that was started before the page was loaded anew: the server tells of it only when it is asked. */
  #catchUp() {
    const look = () => this.#send("input", {});
    look();
    this.#catchingUp = setInterval(() => {
      if (!this.element.isConnected) clearInterval(this.#catchingUp);
      else if (UNDER_WAY.includes(this.#state)) look();
    }, CATCH_UP_PAUSE);
  }
}

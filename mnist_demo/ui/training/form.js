// The set-up form: recipes fill it in, the server says what is wrong with it as it is typed, Start sends it.

/** @import { Component } from "../component.js" */
/** @import { Availability } from "./data-sets.js" */
/** @import { Values } from "./fields.js" */
/** @import { Found } from "./rate-finder.js" */
/** @import { SetUp } from "./set-up-link.js" */
/** @import { Facts } from "./settings.js" */
/** @import { Order } from "./steering.js" */

import { find, setText } from "../component.js";
import { onResultsAskedFor, onRunState } from "../sessions/run-state.js";
import { isKnown, visitor } from "../sessions/token.js";
import { UNKNOWN } from "./data-sets.js";
import { RateFinder } from "./rate-finder.js";
import { SetUpLink } from "./set-up-link.js";
import { Settings } from "./settings.js";
import { QuickStarts } from "./starts.js";
import { Steering } from "./steering.js";

/**
 * What the server says of settings.
 *
 * @typedef {object} Check
 * @property {Record<string, string>} problems by field
 * @property {Availability} data
 * @property {Record<string, number>} epoch_seconds by recipe to start with, what an epoch takes; empty until measured
 */

/**
 * @typedef {object} Server
 * @property {(settings: Values) => Promise<Check | undefined>} check
 * @property {(payload: { visitor: string, settings: Values }) => Promise<Found | undefined>} find_rate
 * @property {(order: { visitor: string, order: string }) => Promise<{ error?: string } | undefined>} steer
 */

const UNDER_WAY = ["sending", "waiting", "starting", "running", "paused", "scoring"];
const TYPING_PAUSE = 120; // milliseconds after the last key before the server is asked
const NEWS_PAUSE = 1000; // milliseconds between two questions whether the server knows what it looks into
const CATCH_UP_PAUSE = 1000; // milliseconds without news of a run that is under way before the server is asked

/** @param {Component<{ facts: Facts, value?: unknown }, Server>} component */
export function mount(component) {
  new SetUpForm(component).start();
}

class SetUpForm {
  #state = "idle";
  #questions = 0;

  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #asking = undefined;

  #heard = 0; // when there was news of the run

  /** @param {Component<{ facts: Facts, value?: unknown }, Server>} component */
  constructor({ element, props, server, trigger }) {
    this.element = element;
    this.props = props;
    this.server = server;
    this.trigger = trigger;
    this.form = find(element, "form", HTMLFormElement);
    /** @param {string} name */
    const part = (name) => find(this.form, `.${name}`, HTMLElement);
    this.trouble = part("trouble");
    this.controls = part("controls");
    this.away = part("away");
    this.lost = part("lost");
    this.buttons = { start: part("start"), pause: part("pause"), stop: part("stop") };
    this.life = new AbortController();
    this.link = new SetUpLink(find(this.form, "a.link", HTMLAnchorElement), (setUp) => this.#open(setUp));
    this.all = find(this.form, "details.all", HTMLDetailsElement);
    this.unknown = ""; // a sentence: what the link that was followed has and this page hasn't
    this.settings = new Settings(this.form, props.facts);
    const { recipes, starts } = props.facts;
    const usual = Object.fromEntries(Object.keys(starts).map((name) => [name, Number(recipes[name].epochs)]));
    this.steering = new Steering(part("steering"), props.facts.max_rate, (order) => this.#steer(order));
    this.finder = new RateFinder(part("finder"), {
      ask: () => this.server.find_rate({ visitor: visitor(), settings: this.settings.values }),
      use: (rate) => this.#follow("learning_rate", String(rate)),
    });
    this.starts = new QuickStarts(part("starts"), starts, usual, {
      onRecipe: (name) => this.#follow("recipe", name),
      onEpochs: (epochs) => this.#follow("epochs", String(epochs)),
    });
    this.#showSetUp();
  }

  /** Starts to listen, and asks the server what can be run. */
  start() {
    this.#listen();
    if (!this.props.facts.training) {
      this.#showState("off");
      return;
    }
    this.link.follow(this.life.signal);
    this.#ask();
    if (isKnown()) this.#look();
    this.#catchUp();
  }

  #listen() {
    this.form.addEventListener("input", ({ target }) => {
      const isField = target instanceof HTMLInputElement || target instanceof HTMLSelectElement;
      if (!isField || !target.name) return;
      this.#follow(target.name);
    });
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.buttons.pause.addEventListener("click", () =>
      this.#steer(this.#state === "paused" ? "resume" : "pause"),
    );
    this.buttons.stop.addEventListener("click", () => this.#steer("stop"));
    const { life } = this;
    onRunState((run) => {
      if (!this.element.isConnected) return life.abort();
      this.steering.show(run);
      this.#showState(run.state);
    }, life.signal);
    onResultsAskedFor((run) => this.#send("input", run === null ? {} : { run }), life.signal);
  }

  /** @param {SetUp} setUp */
  #open({ recipe, settings }) {
    this.unknown = this.settings.setUp(recipe, settings);
    this.#showSetUp();
    if (this.settings.state.isChanged) this.all.open = true;
    this.form.scrollIntoView({ block: "nearest" });
    this.#askSoon();
  }

  /** Shows what follows from the settings. */
  #showSetUp() {
    this.starts.show(this.settings.state);
    this.link.show(this.settings.link);
  }

  /**
   * Lets everything follow a setting that the visitor has changed, or is to be given a value here.
   *
   * @param {string} name
   * @param {string} [value]
   */
  #follow(name, value) {
    if (value !== undefined) this.settings.fields.set(name, value);
    this.settings.follow(name);
    this.unknown = "";
    this.#showSetUp();
    this.#askSoon();
  }

  #askSoon() {
    clearTimeout(this.#asking);
    this.#asking = setTimeout(() => this.#ask(), TYPING_PAUSE);
  }

  /** Asks the server what is wrong with the settings, and where the data sets are. */
  async #ask() {
    const number = (this.#questions += 1);
    const answer = await this.server.check(this.settings.values);
    if (!answer || number !== this.#questions) return;
    this.#showProblems(answer.problems);
    this.#showAvailability(answer.data);
    this.starts.setEpochSeconds(answer.epoch_seconds);
    this.#showSetUp();
    const isWaitedFor = Object.values(answer.data).includes(UNKNOWN) || !this.starts.isMeasured;
    if (isWaitedFor) setTimeout(() => this.#askSoon(), NEWS_PAUSE);
  }

  /** @param {Record<string, string>} problems by field */
  #showProblems(problems) {
    this.settings.fields.showProblems(problems);
    const count = Object.keys(problems).length;
    const subject = count === 1 ? "One setting" : `${count} settings`;
    this.trouble.textContent = count ? `${subject} can’t be run` : this.unknown;
    this.buttons.start.setAttribute("aria-disabled", String(count > 0));
  }

  /** @param {Availability} availability */
  #showAvailability(availability) {
    if (this.settings.setAvailability(availability)) this.#askSoon();
    const sentence = this.settings.missingData;
    this.away.hidden = !sentence;
    setText(this.away, sentence);
  }

  /** @param {string} state see RunState */
  #showState(state) {
    this.#state = state;
    this.#heard = performance.now();
    this.lost.hidden = true;
    if (state === "sending") this.steering.show({ state });
    const isUnderWay = UNDER_WAY.includes(state);
    const { start, pause, stop } = this.buttons;
    const focused = document.activeElement;
    start.hidden = isUnderWay || state === "off";
    pause.hidden = state !== "running" && state !== "paused";
    pause.textContent = state === "paused" ? "Resume" : "Pause";
    stop.hidden = !isUnderWay || state === "scoring";
    stop.textContent = state === "waiting" ? "Leave the queue" : "Stop";
    if (state === "off") {
      this.settings.fields.disable();
      this.starts.disable();
      this.finder.disable();
    }
    // not to the button that takes its place: a key held a moment too long would press that one too
    if (focused instanceof HTMLElement && focused.hidden) this.controls.focus();
  }

  #submit() {
    const isRefused = this.buttons.start.getAttribute("aria-disabled") === "true";
    if (isRefused || UNDER_WAY.includes(this.#state)) return;
    this.#showState("sending");
    const status = find(document, "#training .run-status", HTMLElement);
    status.scrollIntoView({ block: innerWidth < 960 ? "start" : "nearest" });
    this.#send("submit", { settings: this.settings.values });
  }

  /**
   * @param {"submit" | "input"} event of Gradio
   * @param {object} payload
   */
  #send(event, payload) {
    this.props.value = { visitor: visitor(), ...payload };
    this.trigger(event);
  }

  /** @param {"pause" | "resume" | "stop" | Order} asked */
  async #steer(asked) {
    const order = typeof asked === "string" ? { order: asked } : asked;
    const answer = await this.server.steer({ visitor: visitor(), ...order });
    this.trouble.textContent = answer?.error ?? "";
  }

  /** Asks the server how the visitor's run looks now. */
  async #look() {
    this.#heard = performance.now();
    const answer = await this.server.check(this.settings.values);
    this.lost.hidden = answer !== undefined;
    if (answer) this.#send("input", {});
  }

  /** Follows a run of which the server doesn't tell by itself: another page started it, or the connection was lost. */
  #catchUp() {
    const timer = setInterval(() => {
      if (!this.element.isConnected) clearInterval(timer);
      else if (UNDER_WAY.includes(this.#state) && performance.now() - this.#heard > CATCH_UP_PAUSE)
        this.#look();
    }, CATCH_UP_PAUSE / 2);
    document.addEventListener("visibilitychange", () => {
      if (this.element.isConnected && !document.hidden && !UNDER_WAY.includes(this.#state)) this.#look();
    });
  }
}

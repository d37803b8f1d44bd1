// How the settings of a run depend on each other: a recipe fills them in, a model has its own, and some have an effect only
// beside others. Knows nothing of runs and of the server.

/** @import { Availability } from "./data-sets.js" */
/** @import { Values } from "./fields.js" */
/** @import { Starts, State } from "./starts.js" */

import { AWAY, missingData, replacement, validationSize } from "./data-sets.js";
import { Fields } from "./fields.js";
import { linkTo } from "./link.js";

/**
 * A field has an effect only while another setting is one of these choices; otherwise it has this value.
 *
 * @typedef {{ setting: string, choices: string[], otherwise: string | boolean }} Need
 */

/**
 * What the form has to know, from Python's `form.facts`.
 *
 * @typedef {object} Facts
 * @property {Starts} starts
 * @property {Record<string, Values>} recipes
 * @property {Record<string, string[]>} arguments by model, the fields that only some models have
 * @property {Record<string, Values>} defaults by model, what its arguments are when it is chosen
 * @property {Record<string, string>} fits by loss, when it fits
 * @property {Record<string, Need>} needs by field, what gives it an effect
 * @property {Record<string, number>} sizes by data set, its training images
 * @property {Record<string, number>} caps by field, the most that this server allows
 * @property {number} max_rate by how much a run's learning rate can be multiplied or divided
 * @property {boolean} training whether this server trains at all
 */

export class Settings {
  /** @type {Availability} */
  #availability = {};

  #hasChosenData = false; // the visitor has, rather than a recipe

  /** @type {Values} */
  #filledIn = {}; // what the recipe made of the fields

  /**
   * @param {HTMLFormElement} form
   * @param {Facts} facts
   */
  constructor(form, facts) {
    this.facts = facts;
    this.fields = new Fields(form);
    this.notes = [.../** @type {NodeListOf<HTMLElement>} */ (form.querySelectorAll("[data-note]"))];
    this.arguments = new Set(Object.values(facts.arguments).flat());
    this.fits = document.createElement("p");
    this.fits.className = "fits";
    this.fields.get("loss").box.append(this.fits);
    this.fields.set("recipe", facts.training && facts.recipes["cnn-fast"] ? "cnn-fast" : "mlp");
    this.#fillIn();
  }

  /**
   * What to send. Another model's arguments are left out. Other hidden fields are off, which has to be said: a recipe
   * may have them on.
   */
  get values() {
    return this.fields.values(this.arguments);
  }

  /**
   * What the choices to start with show of the settings.
   *
   * @returns {State}
   */
  get state() {
    const recipe = this.fields.value("recipe");
    const { values } = this;
    const free = ["epochs", "seed"]; // which the forecast is made for, or hardly depends on
    const isChanged =
      values.dataset !== this.#recipe.dataset ||
      Object.keys({ ...values, ...this.#filledIn }).some(
        (name) => !free.includes(name) && values[name] !== this.#filledIn[name],
      );
    const title = this.fields.label("recipe");
    const hasData = this.#availability.mnist !== AWAY;
    return { recipe, title, epochs: Number(values.epochs), isChanged, hasData };
  }

  /** A sentence about data that is missing, or "". */
  get missingData() {
    return missingData(this.fields.value("dataset"), this.#availability);
  }

  /**
   * Sets the form up as a link asks. Returns a sentence about what isn't known here, or "".
   *
   * @param {string} recipe
   * @param {Record<string, string>} settings
   */
  setUp(recipe, settings) {
    if (!Object.hasOwn(this.facts.recipes, recipe))
      return `This link’s recipe isn’t known here: ${recipe.slice(0, 40)}.`;
    const known = Object.keys(settings).filter((name) => name !== "recipe" && this.fields.has(name));
    // a model has arguments of its own, and some settings an effect only beside others: those come first
    const first = ["model", ...Object.values(this.facts.needs).map(({ setting }) => setting)];
    known.sort((a, b) => Number(first.includes(b)) - Number(first.includes(a)));
    for (const name of ["recipe", ...known]) {
      const isTaken = this.fields.set(name, name === "recipe" ? recipe : settings[name]);
      if (!isTaken) return `This link’s ${name.replaceAll("_", " ")} isn’t known here.`;
      this.follow(name);
    }
    const strange = Object.keys(settings).find((name) => !known.includes(name));
    return strange ? `This link has a setting that isn’t known here: ${strange.slice(0, 40)}.` : "";
  }

  /** The link to the form as it is. */
  get link() {
    return linkTo(this.fields.value("recipe"), this.values, this.#recipe);
  }

  /**
   * Lets the other settings follow one that the visitor changed.
   *
   * @param {string} name
   */
  follow(name) {
    if (name === "recipe") this.#fillIn();
    if (name === "dataset") {
      this.#hasChosenData = true;
      this.#fitValidation();
    }
    if (name === "model") this.#fillInArguments();
    this.#switchIdle();
    this.#arrange();
  }

  /**
   * Takes note of where the data sets are. Returns whether that changed the settings.
   *
   * @param {Availability} availability
   */
  setAvailability(availability) {
    this.#availability = availability;
    if (this.#hasChosenData || !this.#avoidMissingData()) return false;
    this.#switchIdle();
    this.#arrange();
    this.#fitValidation();
    return true;
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
    this.#arrange();
    this.#filledIn = this.values;
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

  /** Chooses another data set where the chosen one can't be had. Returns whether it did. */
  #avoidMissingData() {
    const other = replacement(this.fields.value("dataset"), this.#availability);
    if (other) this.fields.set("dataset", other);
    return other !== null;
  }
}

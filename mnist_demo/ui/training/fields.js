// The fields of the set-up form: their values, whether they are shown, and what is wrong with them.
// Knows no recipe, and nothing of what a field means.

import { find, setText } from "../component.js";

/** @typedef {Record<string, string | boolean>} Values by the names of fields; a checkbox has a boolean */

/**
 * @typedef {object} Field
 * @property {HTMLElement} box the label, the control and the reason
 * @property {HTMLInputElement | HTMLSelectElement} control
 * @property {HTMLElement} reason
 */

/**
 * @param {Field["control"]} control
 * @returns {control is HTMLInputElement}
 */
const isCheckbox = (control) => control instanceof HTMLInputElement && control.type === "checkbox";

/**
 * Opens all that an element is folded away in.
 *
 * @param {Element} element
 */
function unfold(element) {
  for (let fold = element.closest("details"); fold; fold = fold.parentElement?.closest("details") ?? null)
    fold.open = true;
}

export class Fields {
  /** @type {Map<string, Field>} */
  #fields = new Map();

  /** @param {HTMLFormElement} form */
  constructor(form) {
    for (const box of /** @type {NodeListOf<HTMLElement>} */ (form.querySelectorAll("[data-field]"))) {
      const control = /** @type {Field["control"]} */ (find(box, "input, select", HTMLElement));
      this.#fields.set(box.dataset.field ?? "", { box, control, reason: find(box, ".reason", HTMLElement) });
    }
  }

  /**
   * @param {string} name
   * @returns {Field}
   */
  get(name) {
    const field = this.#fields.get(name);
    if (!field) throw new Error(`The form has no field named ${name}.`);
    return field;
  }

  /** @param {string} name */
  value(name) {
    return this.get(name).control.value;
  }

  /**
   * What a menu shows as chosen.
   *
   * @param {string} name
   */
  label(name) {
    const { control } = this.get(name);
    return control instanceof HTMLSelectElement ? (control.selectedOptions[0]?.text ?? "") : control.value;
  }

  /** @param {string} name */
  has(name) {
    return this.#fields.has(name);
  }

  /**
   * Gives a field a value; a checkbox takes words too. Returns whether it has it now: a menu has only its own choices.
   *
   * @param {string} name
   * @param {string | boolean} value
   */
  set(name, value) {
    const { control } = this.get(name);
    if (isCheckbox(control)) {
      control.checked = String(value) === "true";
      return true;
    }
    const before = control.value;
    control.value = String(value);
    const isTaken = control.value === String(value);
    if (!isTaken) control.value = before;
    return isTaken;
  }

  /** @param {Values} values */
  setAll(values) {
    for (const [name, value] of Object.entries(values)) this.set(name, value);
  }

  /**
   * @param {string} name
   * @param {boolean} isShown
   */
  show(name, isShown) {
    this.get(name).box.hidden = !isShown;
  }

  /** @param {string} name */
  isShown(name) {
    return !this.get(name).box.hidden;
  }

  /**
   * The values of all fields, hidden ones too, but for those of `leftOut` that are hidden.
   *
   * @param {Set<string>} leftOut
   */
  values(leftOut) {
    /** @type {Values} */
    const values = {};
    for (const [name, { box, control }] of this.#fields) {
      if (box.hidden && leftOut.has(name)) continue;
      values[name] = isCheckbox(control) ? control.checked : control.value.trim();
    }
    return values;
  }

  /** @param {Record<string, string>} problems a reason for each field that has a problem */
  showProblems(problems) {
    for (const [name, { box, control, reason }] of this.#fields) {
      const problem = problems[name] ?? "";
      setText(reason, problem);
      box.classList.toggle("wrong", problem !== "");
      control.setAttribute("aria-invalid", String(problem !== ""));
      if (problem) unfold(box);
    }
  }

  disable() {
    for (const { control } of this.#fields.values()) control.disabled = true;
  }
}

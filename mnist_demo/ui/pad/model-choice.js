// Which models answer, as a group of radio buttons, and which could not be loaded.

/** @import { Model } from "./lane.js" */

import { find } from "../component.js";

/** The choice of all models, as the server names it. */
export const ALL = "all";

export class ModelChoice {
  /**
   * @param {HTMLElement} stage
   * @param {Model[]} models
   * @param {(name: string) => void} onChoice called with the name of the chosen model, or ALL
   */
  constructor(stage, models, onChoice) {
    this.group = find(stage, ".choice", HTMLElement);
    this.onChoice = onChoice;
    this.group.append(this.#button(ALL, "All side by side"));
    models.forEach((model) => this.offer(model));
  }

  /**
   * Offers one more model, before the choice of all; one that is offered already may be called something else now.
   *
   * @param {Pick<Model, "name" | "title">} model
   */
  offer({ name, title }) {
    const words = this.#input(name)?.nextElementSibling;
    if (words) words.textContent = title;
    else this.group.lastElementChild?.before(this.#button(name, title));
  }

  /**
   * Offers a model no longer; all answer where it was the choice.
   *
   * @param {string} name
   */
  withdraw(name) {
    const input = this.#input(name);
    if (input?.checked) {
      find(this.group, `input[value="${ALL}"]`, HTMLInputElement).checked = true;
      this.onChoice(ALL);
    }
    input?.parentElement?.remove();
  }

  /** @param {string} name */
  #input(name) {
    return /** @type {HTMLInputElement | null} */ (this.group.querySelector(`input[value="${name}"]`));
  }

  /**
   * @param {string} name
   * @param {string} title
   */
  #button(name, title) {
    const label = document.createElement("label");
    const input = document.createElement("input");
    const text = document.createElement("span");
    Object.assign(input, { type: "radio", name: "digit-pad-models", value: name, checked: name === ALL });
    input.addEventListener("change", () => this.onChoice(name));
    text.textContent = title;
    label.append(input, text);
    return label;
  }
}

/**
 * Lists the models that could not be loaded.
 *
 * @param {HTMLElement} stage
 * @param {string[]} problems a sentence for each
 */
export function listProblems(stage, problems) {
  const details = find(stage, ".problems", HTMLElement);
  details.hidden = !problems.length;
  const count = problems.length > 1 ? `${problems.length} models` : "One model";
  find(details, "summary", HTMLElement).textContent = `${count} could not be loaded`;
  for (const problem of problems) {
    const item = document.createElement("li");
    item.textContent = problem;
    find(details, "ul", HTMLElement).append(item);
  }
}

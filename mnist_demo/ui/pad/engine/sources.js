// Who answers: each model in this page once it is here, else the server. Both are asked by a Reader of their own, so
// neither waits for the other. While the visitor's model is in training, the server gets the ink as well.

/** @import { Answer, Question } from "../reader.js" */
/** @import { AnswersHere } from "./answers-here.js" */

import { Reader } from "../reader.js";

const INK_PAUSE = 250; // milliseconds between two questions that only bring the server the ink

export class Sources {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #telling = undefined;

  /**
   * @param {object} options
   * @param {AnswersHere} options.page
   * @param {((question: Question) => Promise<Answer | undefined>) | null} options.askServer null where there is none
   * @param {() => Question} options.question what to ask now
   * @param {() => string[]} options.names the models whose answers are wanted
   * @param {() => boolean} options.isTraining whether the visitor's model is in training
   * @param {(answer: Answer, names: string[], isHere: boolean) => void} options.show puts the answer of these models on the page
   * @param {(isAway: boolean) => void} options.setAway says whether the server is needed and stays away
   */
  constructor({ page, askServer, question, names, isTraining, show, setAway }) {
    this.page = page;
    this.hasServer = askServer !== null;
    this.question = question;
    this.names = names;
    this.isTraining = isTraining;
    this.here = new Reader({
      ask: (asked) => page.ask(asked, this.#split().here),
      question,
      show: (answer) => show(answer, this.#answering(answer), true),
      setAway: () => {},
    });
    this.server = new Reader({
      ask: askServer ?? (async () => undefined),
      question: () => this.#serverQuestion(),
      show: (answer) => this.#split().server.length && show(answer, this.#split().server, false),
      setAway: (isAway) => setAway(isAway && this.#split().server.length > 0),
    });
  }

  /** Asks about the ink as it is now. */
  read() {
    const { here, server } = this.#split();
    if (here.length) this.here.read();
    else this.here.rest();
    if (server.length) this.server.read();
    else if (this.isTraining()) this.#telling ??= setTimeout(() => this.tell(), INK_PAUSE);
    else this.server.rest();
  }

  /** Sends the server the ink that it hasn't got yet. */
  tell() {
    if (this.#telling === undefined) return;
    clearTimeout(this.#telling);
    this.#telling = undefined;
    this.server.read();
  }

  /** There is no ink and nothing to ask. */
  rest() {
    clearTimeout(this.#telling);
    this.#telling = undefined;
    this.here.rest();
    this.server.rest();
  }

  /** Asks the server again at once: call it when the network is back. */
  retry() {
    this.server.retry();
  }

  /** Which models answer where. A picture is the server's. */
  #split() {
    const names = this.names();
    const here = this.question().picture ? [] : names.filter((name) => this.page.has(name));
    return { here, server: this.hasServer ? names.filter((name) => !here.includes(name)) : [] };
  }

  /**
   * The models that answered in the page: one that has moved in since keeps the server's answer until its own.
   *
   * @param {Answer} answer
   */
  #answering({ answers, blank }) {
    return this.#split().here.filter((name) => blank || answers?.[name]);
  }

  #serverQuestion() {
    const question = this.question();
    const { server } = this.#split();
    // all of them are answered where several are asked: one alone is less work
    if (server.length > 1) return question;
    return { ...question, models: server[0] ?? this.names()[0] };
  }
}

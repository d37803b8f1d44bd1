// The pad's connection to the server: a WebSocket where one opens, else one HTTP request for each question.
// A question over the socket is a message without a request around it, which saves some milliseconds each time.
// Knows nothing of what is asked.

const FIRST_PAUSE = 3000; // milliseconds between two attempts to open a socket; doubles with each failure
const MAX_PAUSE = 60_000;

/**
 * @template Question, Answer
 */
export class Connection {
  /** @type {WebSocket | null} */
  #socket = null;

  /** @type {((answer?: Answer) => void)[]} */
  #waiting = []; // who asked, in the order of their questions, which is the order of the answers

  #failures = 0; // attempts to open a socket since the last one that opened
  #nextAttempt = -Infinity; // not before this time

  /**
   * @param {string} path the socket's path, seen from the page
   * @param {(question: Question) => Promise<Answer | undefined>} askByHttp
   */
  constructor(path, askByHttp) {
    this.path = path;
    this.askByHttp = askByHttp;
    this.#open();
  }

  /**
   * Resolves to the answer, or to undefined when the server could not be reached.
   *
   * @param {Question} question
   * @returns {Promise<Answer | undefined>}
   */
  ask(question) {
    // a new question while the last one is unanswered means that it timed out: this socket leads nowhere
    if (this.#waiting.length) this.close();
    const socket = this.#socket;
    if (!socket || socket.readyState !== WebSocket.OPEN) {
      this.#open();
      return this.askByHttp(question);
    }
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      socket.send(JSON.stringify(question));
    });
  }

  /** Closes the socket; the next question tries to open another one. Unanswered questions resolve to undefined. */
  close() {
    const [socket, waiting] = [this.#socket, this.#waiting];
    this.#socket = null;
    this.#waiting = [];
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    }
    for (const resolve of waiting) resolve();
  }

  #open() {
    const now = performance.now();
    if (this.#socket || now < this.#nextAttempt) return;
    this.#nextAttempt = now + Math.min(FIRST_PAUSE * 2 ** this.#failures, MAX_PAUSE);
    this.#failures += 1;
    const address = new URL(this.path, document.baseURI);
    address.protocol = address.protocol.replace("http", "ws");
    try {
      const socket = new WebSocket(address);
      socket.onopen = () => (this.#failures = 0);
      socket.onmessage = ({ data }) => this.#receive(data);
      socket.onclose = () => this.close();
      this.#socket = socket;
    } catch {
      // a policy of the page or of the browser forbids sockets; HTTP remains
    }
  }

  /** @param {string} data */
  #receive(data) {
    try {
      const answer = JSON.parse(data);
      this.#waiting.shift()?.(answer);
    } catch {
      this.close(); // not from our server
    }
  }
}

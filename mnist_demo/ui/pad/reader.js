// Asks the server what the ink says: at most one request under way, always with the newest ink, again after a failure.
// Knows nothing of the page; it is given functions to call.

const TIMEOUT = 5000; // milliseconds
const FIRST_PAUSE = 250; // milliseconds; doubles with each failure
const LONGEST_PAUSE = 2000;

class Reader {
  // ask(payload) -> promise of an answer, or of nothing when the server could not be reached
  // payload() -> what to ask now; show(answer) puts it on the page; away(is) says whether the server stays away
  constructor({ ask, payload, show, away }) {
    Object.assign(this, { ask, payload, show, away });
    this.version = 0; // raised by whatever makes the last answer old
    this.shown = 0; // the version whose answer is on the page
    this.underWay = null;
    this.pause = null;
    this.failures = 0;
  }

  read() {
    this.version += 1;
    this.#send();
  }

  // The page needs no answer now (there is no ink), and answers to older ink come too late.
  rest() {
    this.version += 1;
    this.shown = this.version;
    this.#recover();
  }

  // Whoever knows that the network is back need not wait out the pause.
  retry() {
    if (!this.pause) return;
    clearTimeout(this.pause);
    this.pause = null;
    this.#send();
  }

  #send() {
    if (this.underWay || this.pause || this.shown === this.version) return;
    const request = { version: this.version, timedOut: false };
    this.underWay = request;
    const timer = setTimeout(() => {
      request.timedOut = true;
      this.#fail(request);
    }, TIMEOUT);
    const payload = this.payload();
    this.ask(payload).then((answer) => {
      clearTimeout(timer);
      if (answer?.ink === payload.ink && !answer.busy) this.#succeed(request, answer);
      else if (!request.timedOut) this.#fail(request);
    });
  }

  #succeed(request, answer) {
    const isNews = request.version > this.shown;
    if (isNews) this.shown = request.version;
    if (this.underWay === request) this.underWay = null;
    this.#recover();
    this.#send(); // first, so that the server reads newer ink while this answer is put on the page
    if (isNews) this.show(answer);
  }

  #fail(request) {
    if (this.underWay === request) this.underWay = null;
    if (this.shown === this.version) return;
    this.failures += 1;
    if (this.failures > 1 || request.timedOut) this.away(true);
    clearTimeout(this.pause);
    this.pause = setTimeout(() => this.retry(), Math.min(FIRST_PAUSE * 2 ** (this.failures - 1), LONGEST_PAUSE));
  }

  #recover() {
    clearTimeout(this.pause);
    this.pause = null;
    if (this.failures) this.away(false);
    this.failures = 0;
  }
}

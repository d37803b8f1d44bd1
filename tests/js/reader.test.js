// What the reader asks and when: one question at a time, the newest ink, again after a failure.

import assert from "node:assert/strict";
import { beforeEach, describe, mock, test } from "node:test";

import { Reader } from "../../mnist_demo/ui/pad/reader.js";

/** A pad whose ink is a number, and a server whose answers are given by hand. */
class Pad {
  ink = 0;
  asked = []; // {ink, answer(changes), lose()}
  shown = [];
  away = [];

  reader = new Reader({
    ask: ({ ink }) =>
      new Promise((resolve) => {
        const answer = (changes = {}) => this.#settle(() => resolve({ ink, answers: {}, ...changes }));
        const lose = () => this.#settle(() => resolve(undefined));
        this.asked.push({ ink, answer, lose });
      }),
    question: () => ({ visitor: "", ink: this.ink, models: "all", picture: null, strokes: [] }),
    show: (answer) => this.shown.push(answer),
    setAway: (isAway) => this.away.push(isAway),
  });

  draw() {
    this.ink += 1;
    this.reader.read();
  }

  clear() {
    this.ink += 1;
    this.reader.rest();
  }

  get newest() {
    return this.asked.at(-1);
  }

  get inks() {
    return this.asked.map(({ ink }) => ink);
  }

  async #settle(act) {
    act();
    await settled();
  }
}

/** Lets everything that waits for a promise go on. */
async function settled() {
  for (let turn = 0; turn < 10; turn += 1) await null;
}

let pad;

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  pad = new Pad();
});

describe("one question at a time", () => {
  test("the ink that came meanwhile is asked about once, and only the newest", async () => {
    pad.draw();
    pad.draw();
    pad.draw();
    assert.deepEqual(pad.inks, [1]);
    await pad.asked[0].answer();
    assert.deepEqual(pad.inks, [1, 3]);
    await pad.newest.answer();
    assert.deepEqual(
      pad.shown.map(({ ink }) => ink),
      [1, 3],
    );
    assert.deepEqual(pad.inks, [1, 3], "nothing new, nothing asked");
  });

  test("the next question is asked before the answer is shown", async () => {
    let asked;
    pad.reader.show = () => (asked = pad.inks.length);
    pad.draw();
    pad.draw();
    await pad.asked[0].answer();
    assert.equal(asked, 2);
  });
});

describe("answers that come too late", () => {
  test("to ink that was cleared aren't shown", async () => {
    pad.draw();
    pad.clear();
    await pad.newest.answer();
    assert.deepEqual(pad.shown, []);
    pad.draw();
    await pad.newest.answer();
    assert.deepEqual(
      pad.shown.map(({ ink }) => ink),
      [3],
    );
  });

  test("after a timeout are shown, unless newer ones are there", async () => {
    pad.draw();
    mock.timers.tick(5000);
    mock.timers.tick(250);
    assert.deepEqual(pad.inks, [1, 1]);
    await pad.asked[0].answer({ late: true });
    await pad.asked[1].answer();
    assert.deepEqual(
      pad.shown.map(({ late }) => late),
      [true],
    );
    assert.deepEqual(pad.away, [true, false]);
  });

  test("an answer to a question that wasn't asked is a failure", async () => {
    pad.draw();
    await pad.newest.answer({ ink: 99 });
    assert.deepEqual(pad.shown, []);
    mock.timers.tick(250);
    assert.equal(pad.asked.length, 2);
  });
});

describe("failures", () => {
  test("a lost question is asked again after a quarter of a second, without alarm", async () => {
    pad.draw();
    await pad.newest.lose();
    mock.timers.tick(249);
    assert.equal(pad.asked.length, 1);
    mock.timers.tick(1);
    assert.equal(pad.asked.length, 2);
    await pad.newest.answer();
    assert.equal(pad.shown.length, 1);
    assert.ok(!pad.away.includes(true));
  });

  test("a second one says that the server is away, and an answer takes that back", async () => {
    pad.draw();
    await pad.newest.lose();
    mock.timers.tick(250);
    await pad.newest.lose();
    assert.deepEqual(pad.away, [true]);
    mock.timers.tick(500);
    await pad.newest.answer();
    assert.deepEqual(pad.away, [true, false]);
  });

  test("pauses double up to two seconds", async () => {
    pad.draw();
    const pauses = [250, 500, 1000, 2000, 2000, 2000];
    for (const [index, pause] of pauses.entries()) {
      await pad.newest.lose();
      mock.timers.tick(pause - 1);
      assert.equal(pad.asked.length, index + 1, `not before ${pause} milliseconds`);
      mock.timers.tick(1);
      assert.equal(pad.asked.length, index + 2);
    }
  });

  test("ink that comes during a pause waits for its end, and is what is asked about then", async () => {
    pad.draw();
    await pad.newest.lose();
    pad.draw();
    assert.deepEqual(pad.inks, [1]);
    mock.timers.tick(250);
    assert.deepEqual(pad.inks, [1, 2]);
  });

  test("retry ends a pause at once, and does nothing when there is none", async () => {
    pad.reader.retry();
    assert.equal(pad.asked.length, 0);
    pad.draw();
    pad.reader.retry();
    assert.equal(pad.asked.length, 1);
    await pad.newest.lose();
    pad.reader.retry();
    assert.equal(pad.asked.length, 2);
    mock.timers.tick(250);
    assert.equal(pad.asked.length, 2, "the pause that was ended doesn't end again");
  });

  test("a busy server is asked again", async () => {
    pad.draw();
    await pad.newest.answer({ error: "Busy.", busy: true });
    assert.deepEqual(pad.shown, []);
    mock.timers.tick(250);
    await pad.newest.answer();
    assert.equal(pad.shown.length, 1);
  });

  test("a refusal is an answer: it is shown and not asked again", async () => {
    pad.draw();
    await pad.newest.answer({ error: "That is too much ink." });
    assert.equal(pad.shown[0].error, "That is too much ink.");
    mock.timers.tick(10_000);
    assert.equal(pad.asked.length, 1);
  });

  test("an asker that throws is as good as nobody reached", async () => {
    const ask = pad.reader.ask;
    pad.reader.ask = () => {
      throw new Error("no way");
    };
    pad.draw();
    await settled();
    pad.reader.ask = ask;
    mock.timers.tick(250);
    await pad.newest.answer();
    assert.equal(pad.shown.length, 1);
  });

  test("after five seconds without an answer the question is given up and asked again", async () => {
    pad.draw();
    mock.timers.tick(4999);
    assert.deepEqual(pad.away, []);
    mock.timers.tick(1);
    assert.deepEqual(pad.away, [true]);
    mock.timers.tick(250);
    assert.equal(pad.asked.length, 2);
  });

  test("a cleared pad forgets them", async () => {
    pad.draw();
    await pad.newest.lose();
    mock.timers.tick(250);
    await pad.newest.lose();
    pad.clear();
    assert.deepEqual(pad.away, [true, false]);
    mock.timers.tick(10_000);
    assert.equal(pad.asked.length, 2, "there is nothing to ask about");
  });
});

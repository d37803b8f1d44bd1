// Who answers: the page what it can, the server the rest, and neither waits for the other.

import assert from "node:assert/strict";
import { beforeEach, describe, mock, test } from "node:test";

import { Sources } from "../../mnist_demo/ui/pad/engine/sources.js";

const settled = async () => {
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
};

/** A pad whose page and server answer when they are told to. */
class Pad {
  ink = 0;
  picture = null;
  here = new Set();
  isTraining = false;
  asked = { page: [], server: [] };
  shown = [];
  away = [];

  sources = new Sources({
    page: {
      has: (name) => this.here.has(name),
      ask: ({ ink }, names) =>
        this.#ask("page", ink, names, Object.fromEntries(names.map((name) => [name, {}]))),
    },
    askServer: ({ ink, models }) => this.#ask("server", ink, models),
    question: () => ({ visitor: "", ink: this.ink, models: "all", picture: this.picture, strokes: [] }),
    names: () => ["logistic", "cnn", "mlp"],
    isTraining: () => this.isTraining,
    show: ({ ink }, names, isHere) => this.shown.push([ink, names.join(), isHere]),
    setAway: (isAway) => this.away.push(isAway),
  });

  #ask(who, ink, what, answers = {}) {
    return new Promise((resolve) => {
      const settle = (answer) => {
        resolve(answer);
        return settled();
      };
      this.asked[who].push({ ink, what, answer: () => settle({ ink, answers }), lose: () => settle() });
    });
  }

  draw() {
    this.ink += 1;
    this.sources.read();
  }
}

describe("Sources", () => {
  /** @type {Pad} */
  let pad;
  beforeEach(() => {
    mock.timers.reset();
    mock.timers.enable({ apis: ["setTimeout"] });
    pad = new Pad();
  });

  test("the server answers for all models until one is here", async () => {
    pad.draw();
    assert.equal(pad.asked.page.length, 0);
    assert.equal(pad.asked.server[0].what, "all");
    await pad.asked.server[0].answer();
    assert.deepEqual(pad.shown, [[1, "logistic,cnn,mlp", false]]);
  });

  test("what is here is shown without waiting for the server", async () => {
    pad.here.add("logistic");
    pad.draw();
    await pad.asked.page[0].answer();
    assert.deepEqual(pad.shown, [[1, "logistic", true]]);
    await pad.asked.server[0].answer();
    assert.deepEqual(pad.shown[1], [1, "cnn,mlp", false]);
  });

  test("the server is asked for one model alone where it is the only one that is missing", () => {
    pad.here = new Set(["logistic", "cnn"]);
    pad.draw();
    assert.equal(pad.asked.server[0].what, "mlp");
  });

  test("a late answer of the server is not shown for a model that has moved into the page", async () => {
    pad.here = new Set(["logistic", "cnn"]);
    pad.draw();
    pad.here.add("mlp");
    pad.draw();
    await pad.asked.server[0].answer();
    assert.deepEqual(pad.shown, []);
  });

  test("a model that moves in while the page computes keeps the server's answer until it has its own", async () => {
    pad.here.add("logistic");
    pad.draw();
    pad.here.add("cnn");
    pad.sources.read();
    await pad.asked.page[0].answer();
    await pad.asked.page[1].answer();
    assert.deepEqual(pad.shown, [
      [1, "logistic", true],
      [1, "logistic,cnn", true],
    ]);
  });

  test("the server is not asked at all when everything is here", () => {
    pad.here = new Set(["logistic", "cnn", "mlp"]);
    for (let move = 0; move < 10; move += 1) pad.draw();
    assert.equal(pad.asked.server.length, 0);
  });

  test("a picture is the server's", () => {
    pad.here = new Set(["logistic", "cnn", "mlp"]);
    pad.picture = "data:";
    pad.draw();
    assert.equal(pad.asked.page.length, 0);
    assert.equal(pad.asked.server[0].what, "all");
  });

  test("a server that is away is told of only while it is needed", async () => {
    pad.here = new Set(["logistic", "cnn"]);
    pad.draw();
    await pad.asked.server[0].lose();
    mock.timers.tick(250);
    await pad.asked.server[1].lose();
    assert.equal(pad.away.at(-1), true);
    pad.here.add("mlp");
    pad.draw();
    assert.equal(pad.away.at(-1), false);
  });

  test("while a model is in training the server knows the ink, at most four times a second", async () => {
    pad.here = new Set(["logistic", "cnn", "mlp"]);
    pad.isTraining = true;
    for (let move = 0; move < 60; move += 1) {
      pad.draw();
      mock.timers.tick(1000 / 60);
      await pad.asked.server.at(-1)?.answer();
    }
    assert.ok(
      pad.asked.server.length >= 3 && pad.asked.server.length <= 4,
      `${pad.asked.server.length} times`,
    );
    pad.draw();
    pad.sources.tell();
    assert.equal(pad.asked.server.at(-1).ink, 61, "the pen is up");
    assert.equal(pad.asked.server.at(-1).what, "logistic", "the least work");
    assert.ok(pad.shown.every(([, , isHere]) => isHere));
  });

  test("a blank pad asks nobody", () => {
    pad.here.add("logistic");
    pad.isTraining = true;
    pad.draw();
    pad.sources.rest();
    mock.timers.tick(10_000);
    assert.deepEqual([pad.asked.page.length, pad.asked.server.length], [1, 1]);
  });
});

// The event that tells where a run stands, and what the pad makes of it.

import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, mock, test } from "node:test";

import { openTab } from "./browser-tab.js";

const { announceRunState, onRunState } = await import("../../mnist_demo/ui/sessions/run-state.js");
const { followTraining } = await import("../../mnist_demo/ui/pad/own-models.js");

beforeEach(() => {
  globalThis.window = new EventTarget();
  openTab("navigate");
});

afterEach(() => {
  mock.restoreAll();
  delete globalThis.window;
});

test("the state is told until the signal aborts", () => {
  const life = new AbortController();
  const told = [];
  onRunState(({ state }) => told.push(state), life.signal);
  announceRunState({ state: "running" });
  life.abort();
  announceRunState({ state: "finished" });
  assert.deepEqual(told, ["running"]);
});

describe("the pad", () => {
  let answer;
  let programs;
  let here;
  let calls;
  let training;
  let life;

  function follow() {
    calls = [];
    life = new AbortController();
    training = followTraining({
      ask: async () => answer,
      askProgram: async ({ model }) => programs[model],
      show: (models) => calls.push(`shown: ${models.map(({ name }) => name)}`),
      isHere: (name) => here.includes(name),
      onProgram: (name, packed) => calls.push(`program: ${name}, ${packed.byteLength} bytes`),
      onStart: () => calls.push("start"),
      signal: life.signal,
    });
  }

  /** Announces a state and lets the answer about the model come. */
  async function announce(state) {
    announceRunState({ state });
    await null;
    await null;
  }

  beforeEach(() => {
    answer = { models: [{ name: "own-1" }, { name: "own-2" }] };
    programs = { "own-1": {}, "own-2": {} };
    here = [];
    follow();
  });

  test("takes a model's program once it has come, and only once", async () => {
    programs["own-2"] = { program: btoa("twelve bytes") };
    await announce("finished");
    await new Promise(setImmediate);
    assert.deepEqual(calls, ["shown: own-1,own-2", "program: own-2, 12 bytes"]);
    here = ["own-2"];
    await announce("finished");
    await new Promise(setImmediate);
    assert.deepEqual(calls.slice(2), ["shown: own-1,own-2"]);
  });

  test("hears once that a run starts, and knows how long it goes on", async () => {
    for (const state of ["waiting", "starting", "running", "paused", "running"]) await announce(state);
    assert.deepEqual(calls, ["start"]);
    assert.equal(training.isTraining(), true);
    await announce("scoring");
    assert.equal(training.isTraining(), false);
  });

  test("asks for the model when a run has ended with one", async () => {
    await announce("failed");
    await announce("finished");
    await announce("stopped");
    assert.deepEqual(calls, ["shown: own-1,own-2", "shown: own-1,own-2"]);
  });

  test("hears that no model is on the pad, and of no server nothing", async () => {
    answer = undefined;
    await announce("finished");
    assert.deepEqual(calls, []);
    answer = { models: [] };
    await announce("finished");
    assert.deepEqual(calls, ["shown: "]);
  });

  test("hears nothing more after its end", async () => {
    life.abort();
    await announce("running");
    assert.deepEqual(calls, []);
  });
});

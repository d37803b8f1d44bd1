// The visitor's token: made once for each tab, kept over a reload where storage allows it.

import assert from "node:assert/strict";
import { afterEach, mock, test } from "node:test";

import { FakeStorage, openTab } from "./browser-tab.js";

const FORM = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/; // as the server wants it

let loads = 0;

/** Loads the module anew, as another page does. */
function load() {
  loads += 1;
  return import(`../../mnist_demo/ui/sessions/token.js?${loads}`);
}

afterEach(() => mock.restoreAll());

test("has the form that the server wants, and stays the same on a page", async () => {
  openTab("navigate");
  const { visitor } = await load();
  assert.match(visitor(), FORM);
  assert.equal(visitor(), visitor());
});

test("is another one in another browser, and the same in another tab of this one", async () => {
  const storage = openTab("navigate");
  const first = await load();
  openTab("navigate", storage);
  const second = await load();
  openTab("navigate");
  const stranger = await load();
  assert.equal(first.visitor(), second.visitor());
  assert.notEqual(first.visitor(), stranger.visitor());
  assert.deepEqual(
    [first, second, stranger].map((each) => each.isKnown()),
    [false, true, false],
  );
});

test("anything in storage that isn't a token is replaced", async () => {
  const storage = openTab("navigate");
  for (const text of ["", "abc", "x".repeat(36), "<script>"]) {
    storage.setItem("mnist-demo-visitor", text);
    const { visitor, isKnown } = await load();
    assert.match(visitor(), FORM);
    assert.equal(isKnown(), false);
  }
});

test("outlives a reload", async () => {
  const storage = openTab("navigate");
  const before = await load();
  openTab("reload", storage);
  const after = await load();
  assert.equal(after.visitor(), before.visitor());
});

test("is made even where storage is forbidden", async () => {
  const storage = new FakeStorage();
  storage.isForbidden = true;
  openTab("navigate", storage);
  const { visitor } = await load();
  assert.match(visitor(), FORM);
});

test("a visitor has returned by a reload or by going back, not by opening the page", async () => {
  const expected = { navigate: false, reload: true, back_forward: true };
  for (const [type, has] of Object.entries(expected)) {
    openTab(type);
    const { hasReturned } = await load();
    assert.equal(hasReturned(), has, type);
  }
});

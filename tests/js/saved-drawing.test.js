// The drawing outlives a reload of its tab, and nothing else.

import assert from "node:assert/strict";
import { afterEach, mock, test } from "node:test";

import { loadDrawing, saveDrawing } from "../../mnist_demo/ui/pad/saved-drawing.js";
import { openTab } from "./browser-tab.js";

const STROKES = [{ points: [0.1, 0.2, 0.3, 0.4], width: 0.06, erases: false }];

async function decode(source) {
  return { source, image: "decoded" };
}

afterEach(() => mock.restoreAll());

for (const type of ["reload", "back_forward"])
  test(`comes back after "${type}"`, async () => {
    openTab(type);
    saveDrawing({ picture: null, strokes: STROKES });
    assert.deepEqual(await loadDrawing(decode), { picture: null, strokes: STROKES });
  });

test("comes back with its picture, decoded again", async () => {
  openTab("reload");
  saveDrawing({ picture: { source: "data:image/png;base64,AA", image: {} }, strokes: [] });
  const { picture } = await loadDrawing(decode);
  assert.deepEqual(picture, { source: "data:image/png;base64,AA", image: "decoded" });
});

test("doesn't come to a page that was opened afresh", async () => {
  openTab("navigate");
  saveDrawing({ picture: null, strokes: STROKES });
  assert.equal(await loadDrawing(decode), null);
});

test("is nothing where nothing was drawn", async () => {
  openTab("reload");
  assert.equal(await loadDrawing(decode), null);
});

test("is nothing where what was kept can't be read", async () => {
  const storage = openTab("reload");
  saveDrawing({ picture: null, strokes: STROKES });
  for (const key of storage.items.keys()) storage.items.set(key, "{");
  assert.equal(await loadDrawing(decode), null);
});

test("is nothing where its picture can't be decoded", async () => {
  openTab("reload");
  saveDrawing({ picture: { source: "data:,", image: {} }, strokes: STROKES });
  const drawing = await loadDrawing(() => Promise.reject(new Error("This picture can’t be shown.")));
  assert.equal(drawing, null);
});

test("forbidden storage stops nobody", async () => {
  openTab("reload").isForbidden = true;
  saveDrawing({ picture: null, strokes: STROKES });
  assert.equal(await loadDrawing(decode), null);
});

// What of a browser tab the modules without a page touch: its storage, and how its page was opened.

import { mock } from "node:test";

/** Storage as a Map; with `isForbidden`, every access throws as a browser's does. */
export class FakeStorage {
  items = new Map();
  isForbidden = false;

  getItem(key) {
    this.#check();
    return this.items.get(key) ?? null;
  }

  setItem(key, value) {
    this.#check();
    this.items.set(key, value);
  }

  #check() {
    if (this.isForbidden) throw new DOMException("The operation is insecure.", "SecurityError");
  }
}

/** Makes this process a tab whose page was opened by "navigate", "reload" or "back_forward"; returns its storage. */
export function openTab(type, storage = new FakeStorage()) {
  globalThis.sessionStorage = globalThis.localStorage = storage;
  mock.method(performance, "getEntriesByType", () => [{ type }]);
  return storage;
}

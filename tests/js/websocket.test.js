// The connection: over a socket where one opens, over HTTP where none does, and never both for one question.

import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, mock, test } from "node:test";

import { Connection } from "../../mnist_demo/ui/pad/websocket.js";

class FakeSocket {
  static OPEN = 1;
  static made = [];

  readyState = 0;
  sent = [];

  constructor(address) {
    this.address = String(address);
    FakeSocket.made.push(this);
  }

  open() {
    this.readyState = FakeSocket.OPEN;
    this.onopen?.();
  }

  send(text) {
    this.sent.push(JSON.parse(text));
  }

  receive(text) {
    this.onmessage?.({ data: text });
  }

  close() {
    this.readyState = 3;
    this.onclose?.();
  }
}

let now;
let byHttp;

function connect() {
  return new Connection("pad", async (question) => {
    byHttp.push(question);
    return "by HTTP";
  });
}

function newest() {
  return FakeSocket.made.at(-1);
}

beforeEach(() => {
  now = 1000;
  byHttp = [];
  FakeSocket.made = [];
  globalThis.WebSocket = FakeSocket;
  globalThis.document = { baseURI: "https://example.org/digits/" };
  mock.method(performance, "now", () => now);
});

afterEach(() => {
  mock.restoreAll();
  delete globalThis.document;
});

describe("while the socket is open", () => {
  test("its address is seen from the page, below a prefix too", () => {
    connect();
    assert.equal(newest().address, "wss://example.org/digits/pad");
    globalThis.document.baseURI = "http://127.0.0.1:7860/";
    connect();
    assert.equal(newest().address, "ws://127.0.0.1:7860/pad");
  });

  test("questions go over it and answers come in their order", async () => {
    const connection = connect();
    newest().open();
    const answer = connection.ask({ ink: 1 });
    newest().receive('{"ink": 1}');
    assert.deepEqual(await answer, { ink: 1 });
    assert.deepEqual(newest().sent, [{ ink: 1 }]);
    assert.deepEqual(byHttp, []);
  });

  test("a socket that closes leaves its question without an answer", async () => {
    const connection = connect();
    newest().open();
    const answer = connection.ask({ ink: 1 });
    newest().close();
    assert.equal(await answer, undefined);
  });

  test("what is no JSON closes it and is no answer", async () => {
    const connection = connect();
    newest().open();
    const answer = connection.ask({ ink: 1 });
    newest().receive("<html>");
    assert.equal(await answer, undefined);
    assert.equal(newest().readyState, 3);
  });

  test("who asks again has given up on it: the next question goes by HTTP", async () => {
    const connection = connect();
    newest().open();
    const first = connection.ask({ ink: 1 });
    assert.equal(await connection.ask({ ink: 2 }), "by HTTP");
    assert.equal(await first, undefined);
    assert.equal(FakeSocket.made[0].readyState, 3);
  });
});

describe("while it isn't", () => {
  test("questions go by HTTP, and over the socket as soon as it is open", async () => {
    const connection = connect();
    assert.equal(await connection.ask({ ink: 1 }), "by HTTP");
    newest().open();
    connection.ask({ ink: 2 });
    assert.deepEqual(newest().sent, [{ ink: 2 }]);
    assert.deepEqual(byHttp, [{ ink: 1 }]);
  });

  test("a browser that forbids sockets leaves HTTP", async () => {
    globalThis.WebSocket = class {
      static OPEN = 1;
      constructor() {
        throw new DOMException("The operation is insecure.", "SecurityError");
      }
    };
    const connection = connect();
    assert.equal(await connection.ask({ ink: 1 }), "by HTTP");
    now += 100_000;
    assert.equal(await connection.ask({ ink: 2 }), "by HTTP");
    assert.deepEqual(byHttp, [{ ink: 1 }, { ink: 2 }]);
  });

  test("a browser without sockets leaves HTTP", async () => {
    delete globalThis.WebSocket;
    assert.equal(await connect().ask({ ink: 1 }), "by HTTP");
  });

  test("attempts to open one come at most every minute, after three seconds at first", () => {
    const connection = connect();
    for (const pause of [3, 6, 12, 24, 48, 60, 60]) {
      const made = FakeSocket.made.length;
      newest().close();
      now += 1000 * pause - 1;
      connection.ask({});
      assert.equal(FakeSocket.made.length, made, `not before ${pause} seconds`);
      now += 1;
      connection.ask({});
      assert.equal(FakeSocket.made.length, made + 1, `after ${pause} seconds`);
    }
  });

  test("one that opened starts the pauses anew", () => {
    const connection = connect();
    newest().close();
    now += 3000;
    connection.ask({});
    newest().open();
    newest().close();
    now += 6000;
    connection.ask({});
    assert.equal(FakeSocket.made.length, 3);
    newest().close();
    now += 3000;
    connection.ask({});
    assert.equal(FakeSocket.made.length, 4);
  });

  test("nobody opens one while nothing is asked", () => {
    connect();
    newest().close();
    now += 1_000_000;
    assert.equal(FakeSocket.made.length, 1);
  });
});

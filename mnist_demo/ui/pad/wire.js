// The pad's way to the server: a WebSocket where one opens, else one HTTP request for each question.
// A question over the socket is a message without a request around it, which saves some milliseconds each time.

const WIRE = "wire"; // seen from the page; wire.py knows it too
const NEXT_TRY = 3000; // milliseconds after the last one

class Wire {
  // instead(payload) -> promise of an answer, by HTTP
  constructor(instead) {
    this.instead = instead;
    this.waiting = []; // who asked, in the order of their questions, which is the order of the answers
    this.tried = -Infinity;
    this.open();
  }

  // A promise of the answer, or of nothing when the server was not reached.
  ask(payload) {
    // whoever asks again has given up on the last question: this socket leads nowhere
    if (this.waiting.length) this.close();
    if (this.socket?.readyState !== WebSocket.OPEN) {
      this.open();
      return this.instead(payload);
    }
    return new Promise((resolve) => {
      this.waiting.push(resolve);
      this.socket.send(JSON.stringify(payload));
    });
  }

  open() {
    if (this.socket || performance.now() - this.tried < NEXT_TRY) return;
    this.tried = performance.now();
    const address = new URL(WIRE, document.baseURI);
    address.protocol = address.protocol.replace("http", "ws");
    const socket = new WebSocket(address);
    socket.onmessage = ({ data }) => this.waiting.shift()?.(JSON.parse(data));
    socket.onclose = () => this.socket === socket && this.close();
    this.socket = socket;
  }

  close() {
    const { socket, waiting } = this;
    Object.assign(this, { socket: null, waiting: [] });
    if (socket) Object.assign(socket, { onmessage: null, onclose: null });
    socket?.close();
    for (const resolve of waiting) resolve();
  }
}

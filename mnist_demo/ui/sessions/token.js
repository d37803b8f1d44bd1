// The visitor's token: random, made once for a browser tab, the only key to what is theirs on the server.

const VISITOR = "mnist-demo-visitor";

function visitor() {
  if (!window.mnistDemoVisitor) {
    // randomUUID exists on https and localhost only; this is the same, everywhere
    const made = "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (digit) =>
      (digit ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (digit / 4)))).toString(16),
    );
    try {
      window.mnistDemoVisitor = sessionStorage.getItem(VISITOR) ?? made;
      sessionStorage.setItem(VISITOR, window.mnistDemoVisitor);
    } catch {
      window.mnistDemoVisitor = made; // storage is forbidden: it lives as long as the page
    }
  }
  return window.mnistDemoVisitor;
}

// Whether this tab may have something on the server: it was reloaded or came back.
function isKnown() {
  const [visit] = performance.getEntriesByType("navigation");
  visitor();
  return visit?.type === "reload" || visit?.type === "back_forward";
}

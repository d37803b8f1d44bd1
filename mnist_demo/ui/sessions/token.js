// The visitor's token: random, made once for each browser, and the only key to what is theirs on the server.

const KEY = "mnist-demo-visitor";

const FORM = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/; // as the server wants it

const saved = savedToken();
const token = saved ?? newToken();
saveToken();

/** The visitor's token, a UUID; the same on all pages in this browser. */
export function visitor() {
  return token;
}

/** Whether this visitor may have something on the server already. */
export function isKnown() {
  return saved !== null;
}

/** Whether the page was reloaded or come back to. */
export function hasReturned() {
  const [visit] = /** @type {PerformanceNavigationTiming[]} */ (performance.getEntriesByType("navigation"));
  return visit?.type === "reload" || visit?.type === "back_forward";
}

// crypto.randomUUID exists on https and localhost only; getRandomValues exists everywhere.
function newToken() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40; // version 4 and its variant: see RFC 9562
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const digits = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function savedToken() {
  try {
    const text = localStorage.getItem(KEY);
    return text && FORM.test(text) ? text : null;
  } catch {
    return null;
  }
}

function saveToken() {
  try {
    localStorage.setItem(KEY, token);
  } catch {
    // storage is forbidden: the token then lives as long as the page
  }
}

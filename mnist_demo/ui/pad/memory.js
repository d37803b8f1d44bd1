// The drawing outlives a reload of its browser tab, which Gradio does by itself when the server comes back changed.

const MEMORY = "mnist-demo-drawing";

function remember({ picture, strokes }) {
  try {
    sessionStorage.setItem(MEMORY, JSON.stringify({ picture: picture?.source ?? null, strokes }));
  } catch {
    // storage is full or forbidden: the drawing then lives as long as the page
  }
}

// The drawing of before the reload, or null; a page that was opened afresh starts with an empty pad.
async function recall() {
  try {
    const [visit] = performance.getEntriesByType("navigation");
    if (visit?.type !== "reload") return null;
    const { picture, strokes } = JSON.parse(sessionStorage.getItem(MEMORY));
    return { picture: picture && (await decodePicture(picture)), strokes };
  } catch {
    return null;
  }
}

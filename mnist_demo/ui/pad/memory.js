// The drawing outlives a reload of its browser tab, which Gradio does by itself after its connection broke.

const MEMORY = "mnist-demo-drawing";

function remember({ picture, strokes }) {
  try {
    sessionStorage.setItem(MEMORY, JSON.stringify({ picture: picture?.source ?? null, strokes }));
  } catch {
    // storage is full or forbidden: the drawing then lives as long as the page
  }
}

// The drawing of before the page was reloaded or left and come back to, or null; a page that was opened afresh starts with an empty pad.
async function recall() {
  try {
    const [visit] = performance.getEntriesByType("navigation");
    if (!["reload", "back_forward"].includes(visit?.type)) return null;
    const { picture, strokes } = JSON.parse(sessionStorage.getItem(MEMORY));
    return { picture: picture && (await decodePicture(picture)), strokes };
  } catch {
    return null;
  }
}

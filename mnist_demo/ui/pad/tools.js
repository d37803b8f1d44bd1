// The tools beneath the pad and their keys. Keys act only while the pad is in sight and nobody types elsewhere.

const WIDTH_STEP = 1; // per cent of the pad's side
const IS_MAC = /Mac|iPhone|iPad/.test(navigator.platform);

class Tools {
  constructor(stage, actions) {
    this.actions = actions; // {undo, redo, clear}
    this.canvas = stage.querySelector("#digit-pad canvas");
    this.slider = stage.querySelector(".width input");
    this.pen = stage.querySelector("[data-tool=pen]");
    this.eraser = stage.querySelector("[data-tool=eraser]");
    this.undo = stage.querySelector("[data-tool=undo]");
    this.redo = stage.querySelector("[data-tool=redo]");
    this.clear = stage.querySelector("[data-tool=clear]");
    this.pen.addEventListener("click", () => this.erase(false));
    this.eraser.addEventListener("click", () => this.erase(true));
    for (const name of ["undo", "redo", "clear"]) this[name].addEventListener("click", actions[name]);
    this.slider.addEventListener("input", () => this.refresh());
    if (IS_MAC) {
      for (const tool of stage.querySelectorAll("[data-tip]"))
        tool.dataset.tip = tool.dataset.tip.replace("Ctrl+", "⌘").replace("Shift+", "⇧");
    }
    this.erase(false);
  }

  get tool() {
    return { width: this.slider.valueAsNumber / 100, erases: this.erases };
  }

  erase(erases) {
    this.erases = erases;
    this.pen.setAttribute("aria-pressed", String(!erases));
    this.eraser.setAttribute("aria-pressed", String(erases));
    this.refresh();
  }

  // What can be done now; a disabled button that had the focus would lose the keyboard, hence aria-disabled.
  offer(drawing) {
    this.undo.setAttribute("aria-disabled", String(!drawing.past.length));
    this.redo.setAttribute("aria-disabled", String(!drawing.future.length));
    this.clear.setAttribute("aria-disabled", String(!drawing.picture && !drawing.strokes.length));
  }

  // The cursor is the pen's tip at its true size.
  refresh() {
    const value = this.slider.valueAsNumber;
    this.slider.setAttribute("aria-valuetext", `${value} per cent of the pad`);
    const size = Math.min(126, Math.max(6, (value / 100) * this.canvas.clientWidth)) + 2;
    const { color } = getComputedStyle(this.canvas);
    const dash = this.erases ? " stroke-dasharray='3 2'" : "";
    const ring = `<svg xmlns='http://www.w3.org/2000/svg' width='${size}' height='${size}'><circle cx='${size / 2}' cy='${size / 2}' r='${size / 2 - 1}' fill='none' stroke='${color}' stroke-opacity='.55'${dash}/></svg>`;
    this.canvas.style.cursor = `url("data:image/svg+xml,${encodeURIComponent(ring)}") ${size / 2} ${size / 2}, crosshair`;
  }

  // Whether the key was one of ours.
  press(event) {
    const command = event.ctrlKey || event.metaKey;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (event.altKey) return false;
    if (command && key === "z") this.actions[event.shiftKey ? "redo" : "undo"]();
    else if (command && key === "y") this.actions.redo();
    else if (command) return false;
    else if (key === "Delete" || (IS_MAC && key === "Backspace")) this.actions.clear();
    else if (key === "e") this.erase(!this.erases);
    else if (key === "[" || key === "]") this.#widen(key === "]" ? WIDTH_STEP : -WIDTH_STEP);
    else return false;
    return true;
  }

  #widen(step) {
    this.slider.valueAsNumber += step; // the browser keeps it within the slider's limits
    this.refresh();
  }
}

// Whether the keyboard or the clipboard is busy with somebody's text.
function isTyping(target) {
  const field = target?.closest?.("input, textarea, select, [contenteditable]:not([contenteditable=false])");
  return Boolean(field) && !["range", "radio", "checkbox", "button", "file"].includes(field.type);
}

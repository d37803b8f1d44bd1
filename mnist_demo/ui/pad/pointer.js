// Mouse, pen and finger on the pad, as strokes: one at a time, from where it starts to where it lifts, even outside.

/** @import { Drawing, Stroke } from "./strokes.js" */
/** @import { Surface } from "./surface.js" */

const PEN_ERASER = 32; // PointerEvent.buttons of a pen that is held upside down

/**
 * Follows the pointers on the surface's canvas.
 *
 * @param {object} options
 * @param {Drawing} options.drawing
 * @param {Surface} options.surface
 * @param {() => { width: number, erases: boolean }} options.tool what a new stroke is drawn with
 * @param {() => void} options.onChange called after every change of the ink
 * @param {() => void} options.onPress called before a stroke starts
 * @param {() => void} options.onLift called at the end of a stroke
 */
export function followPointer({ drawing, surface, tool, onChange, onPress, onLift }) {
  const { canvas } = surface;
  /** @type {{ id: number, stroke: Stroke, box: DOMRect } | null} */
  let active = null;

  /**
   * @param {PointerEvent} event
   * @param {DOMRect} box
   * @returns {[number, number]}
   */
  const position = (event, { left, top, width }) => [
    (event.clientX - left) / width,
    (event.clientY - top) / width,
  ];

  canvas.addEventListener("pointerdown", (event) => {
    if (active || (event.button !== 0 && event.buttons !== PEN_ERASER)) return;
    onPress();
    const box = canvas.getBoundingClientRect();
    const { width, erases } = tool();
    const stroke = drawing.begin(...position(event, box), width, erases || event.buttons === PEN_ERASER);
    active = { id: event.pointerId, stroke, box };
    try {
      canvas.setPointerCapture(event.pointerId);
    } catch {
      // the pointer is gone already, or was never a device; the stroke then ends where it leaves the pad
    }
    surface.extend(stroke, 0);
    onChange();
  });

  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerId !== active?.id) return;
    const { stroke, box } = active;
    const before = stroke.points.length / 2;
    const passed = event.getCoalescedEvents?.() ?? [];
    let isTaken = false;
    for (const point of passed.length ? passed : [event])
      isTaken = drawing.extend(...position(point, box)) || isTaken;
    if (!isTaken) return;
    surface.extend(stroke, before);
    onChange();
  });

  /** @param {PointerEvent} event */
  const lift = (event) => {
    if (event.pointerId !== active?.id) return;
    active = null;
    surface.render(drawing); // the curve whole, without the seams of its pieces
    onLift();
  };
  canvas.addEventListener("pointerup", lift);
  canvas.addEventListener("pointercancel", lift);
  canvas.addEventListener("lostpointercapture", lift);
  canvas.addEventListener("contextmenu", (event) => active && event.preventDefault());

  return { isDrawing: () => active !== null };
}

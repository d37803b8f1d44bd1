// Mouse, pen and finger on the pad, as strokes: one at a time, from where it starts to where it lifts, even outside.

const PEN_ERASER = 32; // PointerEvent.buttons of a pen that is held upside down

// tool() -> {width, erases}; changed() after every change of the ink, lifted() at the end of a stroke.
function followPointer({ canvas, drawing, surface, tool, changed, lifted }) {
  let active = null; // {id, stroke, box}

  const place = (event, { left, top, width }) => [(event.clientX - left) / width, (event.clientY - top) / width];

  canvas.addEventListener("pointerdown", (event) => {
    if (active || (event.button !== 0 && event.buttons !== PEN_ERASER)) return;
    const box = canvas.getBoundingClientRect();
    const { width, erases } = tool();
    const stroke = drawing.begin(...place(event, box), width, erases || event.buttons === PEN_ERASER);
    active = { id: event.pointerId, stroke, box };
    try {
      canvas.setPointerCapture(event.pointerId);
    } catch {
      // the pointer is gone already, or was never a device; the stroke then ends where it leaves the pad
    }
    surface.extend(stroke, 0);
    changed();
  });

  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerId !== active?.id) return;
    const { stroke, box } = active;
    const before = stroke.points.length / 2;
    const passed = event.getCoalescedEvents?.() ?? [];
    let taken = false;
    for (const point of passed.length ? passed : [event]) taken = drawing.extend(...place(point, box)) || taken;
    if (!taken) return;
    surface.extend(stroke, before);
    changed();
  });

  const lift = (event) => {
    if (event.pointerId !== active?.id) return;
    active = null;
    surface.render(drawing); // the curve whole, without the seams of its pieces
    lifted();
  };
  for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) canvas.addEventListener(end, lift);
  canvas.addEventListener("contextmenu", (event) => active && event.preventDefault());

  return { isDrawing: () => active !== null };
}

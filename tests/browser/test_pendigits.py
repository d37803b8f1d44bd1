"""Digits that people really wrote, pen stroke by pen stroke, on the real pad."""

import pytest
from numpy.typing import NDArray

from mnist_demo.data import pendigits
from mnist_demo.data.drawing import Drawing
from tests.browser.pad import Points

PER_WRITER = 3
SIZES = (0.35, 0.55, 0.8)  # the longer side of the drawing, in sides of the pad
PLACES = (
    0.1,
    0.5,
    0.9,
)  # where the rest of the pad goes: how much of it to the left of the drawing, and above


def on_pad(lines: list[NDArray], size: float, left: float, above: float) -> list[Points]:
    """The drawing's lines on the pad: so large, and in so much of the room that is then left."""
    strokes = [line.tolist() for line in lines]
    xs, ys = zip(*(point for stroke in strokes for point in stroke), strict=True)
    scale = size / max(max(xs) - min(xs), max(ys) - min(ys), 1)
    room_x, room_y = (0.92 - scale * (max(side) - min(side)) for side in (xs, ys))
    x0, y0 = 0.04 + left * room_x, 0.04 + above * room_y
    return [
        [(x0 + scale * (x - min(xs)), y0 + scale * (y - min(ys))) for x, y in stroke] for stroke in strokes
    ]


@pytest.mark.pendigits
def test_the_cnn_reads_what_people_wrote(pad):
    by_writer: dict[int, list[Drawing]] = {}
    for drawing in pendigits.load():
        by_writer.setdefault(int(drawing.writer), []).append(drawing)
    assert len(by_writer) == 30

    wrong, count = [], 0
    for writer, digits in sorted(by_writer.items()):
        # Steps of 37 through a writer's 250 digits, a different start for each, pass through all ten classes.
        for turn in range(PER_WRITER):
            label, _, lines = digits[(7 * writer + 37 * turn) % len(digits)]
            size, left, above = SIZES[turn], PLACES[(writer + turn) % 3], PLACES[writer % 3]
            pad.page.keyboard.press("Delete")
            pad.replay(on_pad(lines, size, left, above))
            pad.expect_read()
            read = int(pad.model("cnn").get_attribute("data-digit"))
            count += 1
            if read != label:
                wrong.append(f"writer {writer}: {label} read as {read}")
    assert count >= 50
    assert 1 - len(wrong) / count > 0.97, "\n".join(wrong)

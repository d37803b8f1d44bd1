"""PenDigits' text and the drawings that the benchmark of ink makes of it."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.ink_to_digit import drawings, pictured, placed
from mnist_demo import data
from mnist_demo.drawing import digit_from_picture, digit_from_strokes

TEXT = """.INCLUDE        dene.doc
.LEXICON "0" "1"

.SEGMENT DIGIT    0 ? "7"
.COMMENT 7 12  224
.PEN_DOWN
 100  300
 200  300
 150  100
.PEN_UP
.DT 50
.PEN_DOWN
 120  200
 180  200
.PEN_UP
"""


def test_a_drawing_has_its_label_writer_and_lines_with_y_down(tmp_path: Path) -> None:
    path = tmp_path / "seven"
    path.write_text(TEXT)
    (seven,) = drawings(path)
    assert (seven.label, seven.writer) == (7, 12)
    assert [len(line) for line in seven.lines] == [3, 2]
    assert seven.lines[0][2].tolist() == [150, -100]


@pytest.mark.pendigits
def test_real_drawings_lie_within_the_pad_and_both_ways_give_digits() -> None:
    everything = list(drawings(data.directory() / "PenDigits" / "raw" / "pendigits-orig.tra"))
    assert len(everything) == 7494
    assert len({drawing.writer for drawing in everything}) == 30
    random = np.random.default_rng(0)
    for drawing in everything[::300]:
        strokes = placed(drawing, random)
        points = np.concatenate([np.asarray(stroke.points) for stroke in strokes])
        assert points.min() >= 0
        assert points.max() <= 1
        assert digit_from_strokes(strokes) is not None
        assert digit_from_picture(pictured(strokes)) is not None

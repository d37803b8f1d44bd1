"""Ink of any place, size and pen, and pictures of any kind -> one digit the way MNIST made its own, or blank."""

import numpy as np
import pytest
from PIL import Image

from mnist_demo.drawing import Stroke, digit_from_ink, digit_from_picture, digit_from_strokes

SEVEN = np.array([[0.2, 0.2], [0.8, 0.2], [0.4, 0.9]])


def test_a_stroke_becomes_a_digit() -> None:
    digit = digit_from_strokes([Stroke(SEVEN, 0.05)])
    assert digit is not None
    assert digit.shape == (28, 28)
    assert digit.dtype == np.float32
    assert digit.min() == 0
    assert digit.max() == pytest.approx(1, abs=0.01)


def test_nothing_drawn_is_blank() -> None:
    assert digit_from_strokes([]) is None
    assert digit_from_ink(np.zeros((280, 280))) is None
    assert digit_from_picture(Image.new("RGB", (280, 280), "white")) is None

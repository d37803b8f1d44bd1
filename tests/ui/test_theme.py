"""The page's colors can be read and told apart, on both papers and with every common color blindness."""

from itertools import combinations

import numpy as np
import pytest

from mnist_demo.models import modules
from mnist_demo.ui import theme

#: Simulated full dichromacy, linear RGB: Machado, Oliveira and Fernandes 2009, severity 1.0.
BLINDNESS = {
    "none": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def linear(color: str) -> np.ndarray:
    rgb = np.array([int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)])
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    """WCAG 2: between 1 and 21."""
    high, low = sorted(
        (float(linear(color) @ [0.2126, 0.7152, 0.0722]) for color in (one, other)), reverse=True
    )
    return (high + 0.05) / (low + 0.05)


def oklab(rgb: np.ndarray) -> np.ndarray:
    """Björn Ottosson 2020: distances are close to what people see; black to white is 1."""
    cones = np.array(
        [[0.4122, 0.5363, 0.0514], [0.2119, 0.6807, 0.1074], [0.0883, 0.2817, 0.6300]]
    ) @ rgb.clip(0, 1)
    axes = [[0.2105, 0.7936, -0.0041], [1.9780, -2.4286, 0.4506], [0.0259, 0.7828, -0.8087]]
    return np.array(axes) @ np.cbrt(cones)


@pytest.mark.parametrize("shade", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("paper", ["paper", "sheet", "hover"])
def test_text_has_contrast(shade, paper):
    texts = {**theme.MODELS, **theme.RUNS, **{name: theme.PAGE[name] for name in ("ink", "quiet")}}
    for name, shades in texts.items():
        assert contrast(shades[shade], theme.PAGE[paper][shade]) >= 4.5, name
    assert contrast(theme.PAGE["on-trouble"][shade], theme.PAGE["trouble"][shade]) >= 4.5


@pytest.mark.parametrize("shade", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("blindness", BLINDNESS)
def test_models_can_be_told_apart(shade, blindness):
    seen = {
        name: oklab(np.array(BLINDNESS[blindness]) @ linear(shades[shade]))
        for name, shades in theme.MODELS.items()
    }
    for one, other in combinations(seen, 2):
        assert np.linalg.norm(seen[one] - seen[other]) >= 0.1, (one, other)


@pytest.mark.parametrize("shade", [0, 1], ids=["light", "dark"])
def test_a_run_is_told_apart_from_other_runs_and_from_every_model(shade):
    seen = {name: oklab(linear(shades[shade])) for name, shades in {**theme.MODELS, **theme.RUNS}.items()}
    for run, other in combinations(reversed(seen), 2):
        if run in theme.RUNS:
            assert np.linalg.norm(seen[run] - seen[other]) >= 0.1, (run, other)


def test_every_known_model_has_a_color():
    assert set(modules.MODELS) == set(theme.MODELS)

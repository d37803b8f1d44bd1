"""How the models read MNIST's test images when they are spoiled, in twelve of the fifteen ways of MNIST-C.

Source: Mu and Gilmer, *MNIST-C: A Robustness Benchmark for Computer Vision*, 2019. Rebuilt from the paper's
words with numpy and torchvision, so strengths are ours and figures can't be compared with the paper's to the
last digit. Left out: fog (a fractal that the words don't pin down), spatter and Canny edges (of other
libraries). Prints a JSON line for each way, with the accuracy of each model in percent, and their means.
Needs MNIST (MNIST_DEMO_DATA).

    python -m benchmarks.robustness [--seed N]
"""

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import numpy as np
import torch
from numpy.typing import NDArray
from torchvision.transforms import functional

from mnist_demo.data import datasets
from mnist_demo.digits import SIDE
from mnist_demo.models.classifier import Classifier

#: Images float32 [N, 28, 28] in [0, 1], ink bright.
Images = NDArray[np.float32]
Spoil = Callable[[Images, np.random.Generator], Images]


def shot_noise(images: Images, random: np.random.Generator) -> Images:
    """Photons are few: Poisson noise, 12 for a white pixel."""
    return (random.poisson(images * 12) / 12).clip(0, 1).astype(np.float32)


def impulse_noise(images: Images, random: np.random.Generator) -> Images:
    """A tenth of the pixels are black or white."""
    hit = random.random(images.shape) < 0.1
    return np.where(hit, random.random(images.shape) < 0.5, images).astype(np.float32)


def glass_blur(images: Images, random: np.random.Generator) -> Images:
    """Pixels change places with near ones, between two soft blurs."""
    soft = functional.gaussian_blur(torch.from_numpy(images), [5, 5], [0.7]).numpy()
    rows, columns = np.mgrid[:SIDE, :SIDE]
    moved = random.integers(-1, 2, (2, len(images), SIDE, SIDE))
    row, column = (np.clip(at + by, 0, SIDE - 1) for at, by in zip((rows, columns), moved, strict=True))
    shuffled = soft[np.arange(len(images))[:, None, None], row, column]
    return np.asarray(functional.gaussian_blur(torch.from_numpy(shuffled), [5, 5], [0.7]).numpy(), np.float32)


def motion_blur(images: Images, random: np.random.Generator) -> Images:
    """The mean along a way of seven pixels, in any direction."""
    spoiled = np.empty_like(images)
    for image, into in zip(images, spoiled, strict=True):
        angle = random.uniform(0, np.pi)
        steps = np.outer(np.arange(-3, 4), (np.sin(angle), np.cos(angle))).round().astype(int)
        into[:] = np.mean([np.roll(image, tuple(step), (0, 1)) for step in steps], axis=0)
    return spoiled


def _moved(
    images: Images,
    random: np.random.Generator,
    turn: float = 0.0,
    shift: float = 0.0,
    scale: float = 1.0,
    shear: float = 0.0,
) -> Images:
    """Each image moved as much as is said, to either side."""
    spoiled = np.empty_like(images)
    for image, into in zip(images, spoiled, strict=True):
        side = random.choice((-1, 1), 4)
        into[:] = functional.affine(
            torch.from_numpy(image)[None],
            angle=float(side[0] * turn),
            translate=[int(side[1] * shift), int(side[2] * shift)],
            scale=scale,
            shear=[float(side[3] * shear), 0.0],
            interpolation=functional.InterpolationMode.BILINEAR,
        )[0].numpy()
    return spoiled


def brightness(images: Images, random: np.random.Generator) -> Images:
    """The paper is gray: half-way to white."""
    return np.asarray((images + 0.5).clip(0, 1), np.float32)


def stripe(images: Images, random: np.random.Generator) -> Images:
    """A strip down the middle is inverted."""
    spoiled = images.copy()
    spoiled[:, :, 11:17] = 1 - spoiled[:, :, 11:17]
    return spoiled


def _crossed(images: Images, random: np.random.Generator, swing: float, dotted: bool) -> Images:
    """A line across each image, from side to side, straight or in zigzag."""
    spoiled = images.copy()
    x = np.linspace(0, SIDE - 1, 4 * SIDE)
    for image in spoiled:
        start, end = random.uniform(4, 24, 2)
        y = start + (end - start) * x / SIDE + swing * (np.abs((x / 3) % 2 - 1) * 2 - 1)
        ink = (x.astype(int) // 2) % 2 == 0 if dotted else np.ones(len(x), bool)
        image[np.clip(y.round().astype(int), 0, SIDE - 1)[ink], x.round().astype(int)[ink]] = 1.0
    return spoiled


WAYS: Mapping[str, Spoil] = MappingProxyType(
    {
        "none": lambda images, random: images,
        "shot noise": shot_noise,
        "impulse noise": impulse_noise,
        "glass blur": glass_blur,
        "motion blur": motion_blur,
        "shear": lambda images, random: _moved(images, random, shear=25.0),
        "scale": lambda images, random: _moved(images, random, scale=0.6),
        "rotate": lambda images, random: _moved(images, random, turn=25.0),
        "brightness": brightness,
        "translate": lambda images, random: _moved(images, random, shift=4.0),
        "stripe": stripe,
        "dotted line": lambda images, random: _crossed(images, random, 0.0, dotted=True),
        "zigzag": lambda images, random: _crossed(images, random, 2.0, dotted=False),
    }
)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    classifier = Classifier.load()
    test = datasets.load_test("mnist")
    images, labels = test.images.numpy().astype(np.float32) / np.float32(255), test.labels.numpy()
    rows: list[dict[str, float]] = []
    for way, spoil in WAYS.items():
        spoiled = spoil(images, np.random.default_rng(options.seed))
        rows.append(
            {
                name: round(100 * float(np.mean(_answers(classifier, name, spoiled) == labels)), 2)
                for name in classifier.cards
            }
        )
        print(json.dumps({"corruption": way, **rows[-1]}), flush=True)
    means = {name: round(float(np.mean([row[name] for row in rows[1:]])), 2) for name in classifier.cards}
    print(json.dumps({"corruption": f"mean of the {len(rows) - 1}", **means}))


def _answers(classifier: Classifier, name: str, images: Images) -> NDArray[np.int64]:
    parts = [classifier.probabilities(part, name).argmax(1) for part in np.array_split(images, 20)]
    return np.concatenate(parts)


if __name__ == "__main__":
    main()

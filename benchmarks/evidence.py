"""Whether the pieces of a stroke that are said to matter do: the deletion test, by the page's own code.

Each drawing of the six development writers (PenDigits) is cut into pieces. They are rubbed out one after the
other, the most important first, until the model changes its answer; then in random orders. Prints a JSON line
for each model with the share of the pieces that had to go, as a mean over the drawings with its standard
error: by importance, by importance against the runner-up alone, and at random; and how long a drawing takes.
Exit status 1 where importance isn't better than chance by at least two standard errors of the difference.
Needs PenDigits (MNIST_DEMO_DATA) and node.

    python -m benchmarks.evidence [--drawings N] [--seed N]
"""

import argparse
import base64
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.figures import Figures
from mnist_demo.data import pendigits
from mnist_demo.data.drawing import split_by_writer
from mnist_demo.data.rendering import place_on_pad
from mnist_demo.models.classifier import Classifier
from tests.js.node import find

HERE = Path(__file__).parent
ARITHMETIC = HERE.parent / "mnist_demo" / "ui" / "pad" / "engine" / "operations.wasm"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--drawings", type=int, default=300, metavar="N")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    random = np.random.default_rng(options.seed)
    _, theirs = split_by_writer(pendigits.load(), pendigits.DEVELOPMENT_WRITERS)
    chosen = random.permutation(len(theirs))[: options.drawings]
    drawings = [
        [
            {"points": np.asarray(stroke.points).ravel().tolist(), "width": stroke.width, "erases": False}
            for stroke in place_on_pad(theirs[index], random)
        ]
        for index in chosen
    ]
    classifier, figures = Classifier.load(), Figures()
    material = {
        "drawings": drawings,
        "programs": {name: _text(classifier.pack(name)) for name in classifier.cards},
        "arithmetic": _text(ARITHMETIC.read_bytes()),
        "seed": options.seed,
    }
    results = _run(material)
    for name in classifier.cards:
        rows = [row for row in results if row["model"] == name]
        gains = [row["random"] - row["evidence"] for row in rows]
        error = statistics.stdev(gains) / len(gains) ** 0.5
        figures.say(
            f"{name}: fewer pieces than at random have to go until the answer changes",
            100 * statistics.mean(gains),
            "% of the pieces",
            "at least",
            round(200 * error, 3),
            standard_error=round(100 * error, 2),
            by_importance=_percent(row["evidence"] for row in rows),
            against_the_runner_up=_percent(row["contrast"] for row in rows),
            at_random=_percent(row["random"] for row in rows),
            drawings=len(rows),
            pieces=round(statistics.mean(row["pieces"] for row in rows), 1),
            milliseconds=round(statistics.median(row["milliseconds"] for row in rows), 1),
        )
    return figures.exit_status


def _run(material: dict[str, Any]) -> list[dict[str, Any]]:
    """What evidence.js measured."""
    node = find()
    assert node, "Node is not here: `make node` gets it."
    with tempfile.TemporaryDirectory() as folder:
        given, made = Path(folder) / "material", Path(folder) / "results"
        given.write_text(json.dumps(material))
        subprocess.run([node, HERE / "evidence.js", given, made], check=True)
        results: list[dict[str, Any]] = json.loads(made.read_text())
    return results


def _percent(shares: Iterable[float]) -> float:
    return round(100 * statistics.mean(shares), 1)


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()


if __name__ == "__main__":
    sys.exit(main())

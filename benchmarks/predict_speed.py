"""Pictures a second of `python -m mnist_demo predict FOLDER --model all`, once imports are done.

Pictures of 280 x 280 pixels, gray PNGs of thick curves in random places, are written to a folder for the
time of the run. The command reads a folder with few of them and one with many, in turn; what the many take
longer is reading alone, without start and imports. The value is the difference in pictures over the median
difference in seconds.

    python -m benchmarks.predict_speed [--repeats N]
"""

import argparse
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image, ImageDraw

from benchmarks.figures import Figures
from benchmarks.processes import ROOT

_SIDE = 280
_FEW, _MANY = 50, 1050


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=3, metavar="N", help="how often (default: 3)")
    repeats = parser.parse_args().repeats

    with tempfile.TemporaryDirectory() as folder:
        few, many = Path(folder, "few"), Path(folder, "many")
        _write_pictures(few, _FEW)
        _write_pictures(many, _MANY)
        _seconds(few, _FEW)
        longer = [_seconds(many, _MANY) - _seconds(few, _FEW) for _ in range(repeats)]
    figures = Figures()
    figures.say(
        f"predict --model all, {_SIDE} x {_SIDE}",
        (_MANY - _FEW) / statistics.median(longer),
        "pictures/s",
        "at least",
        200,
        repeats=[round((_MANY - _FEW) / seconds, 1) for seconds in longer],
    )
    return figures.exit_status


def _write_pictures(folder: Path, count: int) -> None:
    chance = random.Random(0)
    folder.mkdir()
    for number in range(count):
        picture = Image.new("L", (_SIDE, _SIDE), 255)
        points = [(chance.uniform(40, 240), chance.uniform(40, 240)) for _ in range(5)]
        ImageDraw.Draw(picture).line(points, fill=0, width=18, joint="curve")
        picture.save(folder / f"{number:05}.png")


def _seconds(folder: Path, count: int) -> float:
    command = [sys.executable, "-m", "mnist_demo", "predict", str(folder), "--model", "all"]
    started = time.perf_counter()
    answered = subprocess.run(
        command, cwd=ROOT, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    seconds = time.perf_counter() - started
    if (lines := answered.stdout.count(b'"predictions"')) != count:
        raise SystemExit(f"{lines} of {count} pictures were read.")
    return seconds


if __name__ == "__main__":
    sys.exit(main())

"""From `python app.py` to the first page served, against the time its two big libraries take to import.

Pairs of `python -c "import gradio, torch"` and `python app.py` are run in turn, after one pair that only
warms the disk's cache. The value is the median of the app's times over the median of the imports' times.
The page counts as served when GET / has been answered whole with status 200.

    python -m benchmarks.startup [--pairs N]
"""

import argparse
import statistics
import subprocess
import sys
import time

from benchmarks.figures import Figures
from benchmarks.processes import ROOT, served


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pairs", type=int, default=5, metavar="N", help="how many pairs (default: 5)")
    pairs = parser.parse_args().pairs

    _seconds_to_import(), _seconds_to_page()
    times = [(_seconds_to_import(), _seconds_to_page()) for _ in range(pairs)]
    imports, pages = (statistics.median(each) for each in zip(*times, strict=True))
    figures = Figures()
    figures.say(
        "start to first page / import gradio, torch",
        pages / imports,
        "ratio",
        "at most",
        1.3,
        page_seconds=round(pages, 3),
        import_seconds=round(imports, 3),
        pairs=[[round(one, 2), round(other, 2)] for one, other in times],
    )
    return figures.exit_status


def _seconds_to_import() -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import gradio, torch"], cwd=ROOT, check=True)
    return time.perf_counter() - started


def _seconds_to_page() -> float:
    started = time.perf_counter()
    with served(["app.py"]):
        return time.perf_counter() - started


if __name__ == "__main__":
    sys.exit(main())

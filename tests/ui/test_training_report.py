"""The report of a run: what it says, and that its pictures are pictures."""

import dataclasses
import io
import zipfile
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from mnist_demo.events import Evaluated, Progress
from mnist_demo.models import checkpoints
from mnist_demo.models.evaluation import Mistake
from mnist_demo.recipes import RECIPES
from mnist_demo.training.jobs import Stopped
from mnist_demo.training.worker import Failed, Result, Steered
from mnist_demo.ui.sessions.runs import Run
from mnist_demo.ui.training.report import report_of

SVG = "{http://www.w3.org/2000/svg}"


def run_of(*, with_result: bool) -> Run:
    recipe = dataclasses.replace(RECIPES["logistic-fast"], epochs=3, seed=4)
    run = Run(7, recipe)
    run.name = "<b>mine</b>"
    for epoch in range(3):
        if epoch:
            run.add(Progress(epoch, 3, 50, 100, epoch - 0.5, 1000.0, 0.9 / epoch, 0.8))
        run.add(Evaluated(epoch, 3, float(epoch), 2.3 / (epoch + 1), 0.3, 2.4 / (epoch + 1), 0.4, {}))
    run.add(Steered(1.5, "learning rate × 0.5"))
    run.add(Stopped(2, "You stopped it."))
    if not with_result:
        run.add(Failed("You stopped it."))
    else:
        confusion = (np.eye(10, dtype=int) * 9 + 1).tolist()
        image = np.zeros((28, 28), np.uint8)
        image[10:20, 10:20] = 255
        card = checkpoints.read_card(checkpoints.DIRECTORY / "logistic.json")
        run.add(Result(card, b"x", confusion, [Mistake(image, 3, 5, 0.987)] * 9))
    return run


def files_of(run: Run) -> dict[str, bytes]:
    name, content = report_of(run)
    assert name == "run-7-logistic-fast-changed-report.zip"
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {each: archive.read(each) for each in archive.namelist()}


def test_a_report_says_what_was_run_and_what_came_of_it():
    files = files_of(run_of(with_result=True))
    text = files["report.md"].decode()
    lines = text.splitlines()
    assert lines[0] == "# &lt;b&gt;mine&lt;/b&gt;: Logistic regression in seconds (changed)"
    assert "Changed while it ran: learning rate × 0.5 from epoch 1.50 on." in lines
    assert "2 of 3 epochs in 2.0 s. You stopped it." in lines
    assert "| Test accuracy | Test loss | Calibration error | Parameters | " in lines
    assert "| 2 | 0.7667 | 30.00% | 0.8000 | 40.00% |" in lines
    assert "| **4** | 1 | 1 | 1 | 1 | 10 | 1 | 1 | 1 | 1 | 1 |" in lines
    assert "a 3 read as 5 (99%)" in text
    assert "`#train=logistic-fast&epochs=3&seed=4`" in text
    picture = Image.open(io.BytesIO(files["mistakes.png"]))
    assert picture.size == (8 * 64, 2 * 64)
    assert picture.getpixel((30, 30)) == 0, "ink is dark"


@pytest.mark.parametrize("with_result", [True, False])
def test_its_curves_are_lines_within_their_plots(with_result):
    drawn = ElementTree.fromstring(files_of(run_of(with_result=with_result))["curves.svg"])
    loss, accuracy = drawn.findall(f"{SVG}g")
    for plot in (loss, accuracy):
        training, validation = plot.findall(f"{SVG}polyline")
        points = [tuple(map(float, pair.split(","))) for pair in validation.get("points").split()]
        assert [x for x, _ in points] == [0.0, 175.0, 350.0]
        assert all(0 <= y <= 220 for _, y in points)
        assert validation.get("stroke-dasharray")
        assert not training.get("stroke-dasharray")
        assert [line.get("x1") for line in plot.findall(f"{SVG}line") if line.get("stroke-dasharray")] == [
            "262.5"
        ]
    assert [text.text for text in accuracy.findall(f"{SVG}text")][1:6] == ["0%", "25%", "50%", "75%", "100%"]


def test_a_report_without_a_result_has_its_curves_all_the_same():
    files = files_of(run_of(with_result=False))
    assert list(files) == ["report.md", "curves.svg"]
    assert "Confusion" not in files["report.md"].decode()

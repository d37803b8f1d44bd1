"""What a training run on the page costs, and how soon it answers: pen, start, stop, reload, stream.

Everything runs against `app.py` with MNIST on disk. The pen: ink to page as in `ink_latency`, in turns while
nothing else happens and while another visitor's `cnn` trains (over HTTP, so that only the run itself and its
stream are beside the pen, not a second browser). Start and stop: clicks on the page, timed inside it; a
run is stopped when the page says so and its process is gone. Reload: from the reload until the run is on the
page again, its curve whole and growing. The stream: seconds that `cnn-fast` takes from
the end of its first epoch to that of its last, scoring and telling included, over HTTP with every view read,
against a bare process that reports to no one, as idle and with as many threads, in turns; and the same while
a page looks inside the model twice a second. Prints a JSON line a figure.

    python -m benchmarks.training_live [--repeats N]
"""

import argparse
import os
import statistics
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import httpx
import numpy as np
from gradio_client import Client
from gradio_client.client import Job
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.figures import Figures
from benchmarks.ink_latency import DIGITS, curve_through, draw_on_ours
from benchmarks.processes import ROOT, served
from tests.browser import chromium

_WARM = 15.0  # seconds for the worker that waits to be ready: nothing of it is part of a figure
_REST = 2.0  # seconds for a run that was ended to be gone
_FIRST_POINT = """() => new Promise((resolve) => {
    const started = performance.now();
    document.querySelector("#training form button[type=submit], #training .start").click();
    const look = () => {
        const lines = [...document.querySelectorAll("[data-quantity=loss] .training")];
        if (lines.some((line) => /L[0-9]/.test(line.getAttribute("d")))) resolve(performance.now() - started);
        else requestAnimationFrame(look);
    };
    look();
})"""
_GROWS = """() => {
    const path = document.querySelector("[data-quantity=loss] .newest .training")?.getAttribute("d");
    window.first ??= path;
    return path && path !== window.first;
}"""
_EPOCHS = 5  # of the run whose stream is timed
_INSIDE = 0.5  # seconds between two looks inside the model
_LOOK = 0.02  # seconds between two looks for news
_BARE = """
import dataclasses, os, sys, time, torch
from mnist_demo.data import datasets
from mnist_demo.training import loop
from mnist_demo.events import Evaluated
from mnist_demo.recipes import RECIPES
os.nice(10)
os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
torch.set_num_threads(max(1, (os.cpu_count() or 2) - 1))
loop.REPORT_INTERVAL = 1e9
recipe = dataclasses.replace(RECIPES["cnn-fast"], epochs=int(sys.argv[1]))
digits = datasets.load_splits(recipe.dataset, recipe.validation_size, recipe.pen_share)
run = loop.train(loop.initial_model(recipe), digits, recipe)
ends = [time.perf_counter() for event in run if isinstance(event, Evaluated)]
print(ends[-1] - ends[1])
"""


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=3, metavar="N")
    repeats = parser.parse_args().repeats
    figures = Figures()
    with served(["app.py"], MNIST_DEMO_ANSWERS="server") as app, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium.find(playwright), args=chromium.ARGUMENTS
        )
        _pen(figures, app, browser, repeats)
        _start_and_stop(figures, app, browser, repeats)
        _reload(figures, app, browser, repeats)
        browser.close()
        _stream(figures, app, repeats)
    return figures.exit_status


def _pen(figures: Figures, app: str, browser: Browser, repeats: int) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    draw_on_ours(page, app, curve_through(DIGITS["2"]))  # warms server and browser, and starts the worker
    time.sleep(_WARM)
    idle, beside = [], []
    for _ in range(repeats):
        idle += _updates(page, app)
        with _training(app, "cnn"):
            beside += _updates(page, app)
        time.sleep(_REST)
    page.close()
    calm, busy = (float(np.percentile(updates, 95)) for updates in (idle, beside))
    medians = {
        "idle_median": round(statistics.median(idle), 1),
        "median": round(statistics.median(beside), 1),
    }
    figures.say("ink to page while a CNN trains, p95", busy, "ms", "at most", 50, **medians)
    figures.say(
        "ink to page p95: while a CNN trains / idle", busy / calm, "ratio", "at most", 2, idle_p95=calm
    )


def _updates(page: Page, app: str) -> list[float]:
    strokes = map(curve_through, DIGITS.values())
    return [update for stroke in strokes for update in draw_on_ours(page, app, stroke)["updates"]]


@contextmanager
def _training(app: str, recipe: str) -> Iterator[None]:
    """A visitor without a page trains until the block ends."""
    client = Client(app, verbose=False)
    job = client.submit({"visitor": str(uuid.uuid4()), "settings": {"recipe": recipe}}, api_name="/train")
    while not any('data-state="running"' in str(view) for view in job.outputs()):
        assert not job.done(), job.outputs()
        time.sleep(0.05)
    yield
    job.cancel()
    client.close()


def _start_and_stop(figures: Figures, app: str, browser: Browser, repeats: int) -> None:
    starts, stops = [], []
    for _ in range(repeats):
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(app)
        page.get_by_role("tab", name="Training").click()
        page.wait_for_selector("[data-quantity=loss] .tick", state="attached")
        time.sleep(_WARM)
        starts.append(page.evaluate(_FIRST_POINT) / 1000)
        page.wait_for_selector('.run-status[data-state="running"]:not([data-step="0"])')
        busy = _children()
        asked = time.perf_counter()
        page.get_by_role("button", name="Stop").click()
        while not busy - _children() or page.locator('.run-status[data-state="running"]').count():
            assert time.perf_counter() - asked < 30
        stops.append(time.perf_counter() - asked)
        page.close()
    for name, times in (("start to the first point on the plot", starts), ("stop to stopped", stops)):
        figures.say(name, statistics.median(times), "s", "at most", 1.5, each=[round(t, 2) for t in times])


def _reload(figures: Figures, app: str, browser: Browser, repeats: int) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(app)
    page.get_by_role("tab", name="Training").click()
    time.sleep(_WARM)
    page.get_by_text("CNN, 99%").first.click()
    page.locator("#training .length input").fill("10")
    page.get_by_role("button", name="Start").click()
    page.wait_for_selector('.run-status[data-state="running"]:not([data-step="0"])')
    times = []
    for _ in range(repeats):
        time.sleep(_REST)
        asked = time.perf_counter()
        page.reload(wait_until="commit")
        page.wait_for_selector('.run-status[data-state="running"]:not([data-step="0"])')
        page.wait_for_function(_GROWS)
        times.append(time.perf_counter() - asked)
    page.get_by_role("button", name="Stop").click()
    page.close()
    figures.say(
        "reload to the run on the page, live",
        statistics.median(times),
        "s",
        "at most",
        2,
        each=[round(each, 2) for each in times],
    )


def _children() -> set[int]:
    """The app's processes, by number: what comes and goes among them are workers."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_text()
        except OSError:
            continue
        if "multiprocessing" in command and os.getpgid(int(folder.name)) == os.getpgid(0):
            found.add(int(folder.name))
    return found


def _stream(figures: Figures, app: str, repeats: int) -> None:
    streamed: list[float] = []
    watched: list[float] = []
    bare: list[float] = []
    client = Client(app, verbose=False)
    for _ in range(repeats):
        for looks_inside, times in ((False, streamed), (True, watched)):
            time.sleep(_WARM)
            visitor = str(uuid.uuid4())
            payload = {"visitor": visitor, "settings": {"recipe": "cnn-fast", "epochs": _EPOCHS}}
            job = client.submit(payload, api_name="/train")
            with _looking_inside(app, visitor) if looks_inside else nullcontext():
                ends = _ends_of_epochs(job)
            times.append(ends[-1] - ends[1])
            job.result()
        done = subprocess.run(
            [sys.executable, "-c", _BARE, str(_EPOCHS)], cwd=ROOT, capture_output=True, text=True, check=True
        )
        bare.append(float(done.stdout))
    client.close()
    for what, times in (("streamed", streamed), ("streamed and seen from inside", watched)):
        ratio = statistics.median(a / b for a, b in zip(times, bare, strict=True))
        each = {"seconds": times, "bare": bare}
        figures.say(f"seconds of training: {what} / bare", ratio, "ratio", "at most", 1.05, **each)


@contextmanager
def _looking_inside(app: str, visitor: str) -> Iterator[None]:
    """Ask for the model in training twice a second, as the page does, until the block ends."""
    parts = httpx.get(app + "config").json()["components"]
    (part,) = [part["id"] for part in parts if "snapshot" in part["props"].get("server_fns", [])]
    body = {
        "component_id": part,
        "fn_name": "snapshot",
        "session_hash": "benchmark",
        "data": {"visitor": visitor},
    }
    over = threading.Event()
    programs = []

    def look() -> None:
        while not over.wait(_INSIDE):
            answer = httpx.post(app + "gradio_api/component_server", json=body).json()
            programs.append(len(answer.get("program", "")))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
    assert sum(map(bool, programs)) > 3, programs


def _ends_of_epochs(job: Job) -> list[float]:
    """When the page's table first has each epoch, from 0 on."""
    ends: list[float] = []
    seen = 0
    while len(ends) <= _EPOCHS:
        assert not job.done() or seen < len(job.outputs()), job.outputs()[-1]
        for view in map(str, job.outputs()[seen:]):
            seen += 1
            while f'<tr data-epoch="{len(ends)}">' in view:
                ends.append(time.perf_counter())
        time.sleep(_LOOK)
    return ends


if __name__ == "__main__":
    sys.exit(main())

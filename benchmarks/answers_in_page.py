"""What answers computed in the page cost and gain: how soon they come, on which network, and what they spare.

A real Chromium opens the running app, waits until all models answer in the page, and draws digits with the
mouse, a move every 1/60 s. Ink to page is measured as in `ink_latency`. A round trip is added by a proxy of
this benchmark's own, which holds back every byte on its way: Chromium's throttling doesn't slow WebSockets.
Frames are counted by requestAnimationFrame while the pen moves. Prints a JSON line a figure.

    python -m benchmarks.answers_in_page [--repeats N] [--seconds N]
"""

import argparse
import asyncio
import contextlib
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from playwright.sync_api import Page, sync_playwright

from benchmarks.figures import Figures
from benchmarks.ink_latency import DIGITS, WATCH_OURS, curve_through, draw
from benchmarks.processes import serving
from tests.browser import chromium

_MODELS = 4
_CANVAS = "#digit-pad canvas"
_TICKS = os.sysconf("SC_CLK_TCK")

_WATCH_FRAMES = """() => {
    window.gaps = [];
    let last = 0;
    const next = (now) => {
        if (last) window.gaps.push(now - last);
        last = now;
        window.watching = requestAnimationFrame(next);
    };
    window.watching = requestAnimationFrame(next);
}"""

# the lanes are made when the pad is wired, in one go
_WATCH_START = """(() => {
    const started = (window.started = {});
    const isHere = (name) => document.querySelector(`[data-model="${name}"][data-where="here"]`);
    new MutationObserver(() => {
        if (document.querySelector("[data-model]")) started.ink ??= performance.now();
        if (isHere("logistic") && isHere("cnn-tiny")) started.answers ??= performance.now();
    }).observe(document, { subtree: true, childList: true, attributes: true });
})();"""

_COMPUTE = """async () => {
    const names = performance.getEntriesByType("resource").map(({ name }) => name);
    const folder = names.find((name) => name.endsWith("pad/main.js")).replace("main.js", "engine/");
    const { digitOf } = await import(folder + "ink.js");
    const { Model } = await import(folder + "operations.js");
    const bytes = async (name) => (await fetch(name)).arrayBuffer();
    const arithmetic = await WebAssembly.compile(await bytes(folder + "operations.wasm"));
    const weights = [...new Set(names.filter((name) => name.includes("/weights/")))];
    const models = await Promise.all(weights.map(async (name) => new Model(arithmetic, await bytes(name))));
    const points = Array.from({ length: 60 }, (_, at) => [
        0.5 + 0.25 * Math.cos(at / 9), 0.5 + 0.35 * Math.sin(at / 9) * Math.cos(at / 20),
    ]).flat();
    const strokes = [{ points, width: 0.06, erases: false }];
    const times = { digit: [], all: [] };
    for (let turn = 0; turn < 200; turn += 1) {
        const started = performance.now();
        const digit = digitOf(strokes);
        times.digit.push(performance.now() - started);
        models.forEach((model, index) => {
            const from = performance.now();
            model.answer(digit);
            const name = weights[index].match(/weights\\/([\\w-]+)\\./)[1];
            (times[name] ??= []).push(performance.now() - from);
        });
        times.all.push(performance.now() - started);
        if (turn % 20 === 0) await new Promise((resolve) => setTimeout(resolve));
    }
    return times;
}"""


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=5, metavar="N", help="of each digit (default: 5)")
    parser.add_argument(
        "--seconds", type=int, default=60, metavar="N", help="of drawing, for the server's time"
    )
    options = parser.parse_args()
    figures = Figures()
    with serving(["app.py"], {}) as (address, server), sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium.find(playwright), args=chromium.ARGUMENTS
        )

        def opened(address: str) -> Page:
            return browser.new_context(viewport={"width": 1280, "height": 800}).new_page()

        page = opened(address)
        figures.say("transfer before the first ink", _transfer(page, address) / 1e3, "kB", "at most", 300)
        _say_start(figures, opened, address, options.repeats)
        _wait_until_here(page)
        plain = _say_latency(figures, page, options.repeats, "")
        _say_computing(figures, page)
        _say_insides(figures, page, options.repeats)
        _say_throttled(figures, page, options.repeats)
        _say_server(figures, page, server, options.seconds)
        for milliseconds in (100, 300):
            with delaying(address, milliseconds / 2000) as far:
                page = opened(far)
                page.goto(far)
                _wait_until_here(page)
                median = _say_latency(figures, page, options.repeats, f", {milliseconds} ms away")
                ratio = median / plain
                figures.say(f"the same against none, {milliseconds} ms away", ratio, "ratio", "at most", 1.1)
        browser.close()
    return figures.exit_status


def _transfer(page: Page, address: str) -> float:
    """Bytes on the wire until the pad can be drawn on, without weights."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    urls: dict[str, str] = {}
    sizes: dict[str, float] = {}
    session.on(
        "Network.requestWillBeSent", lambda event: urls.update({event["requestId"]: event["request"]["url"]})
    )
    session.on(
        "Network.loadingFinished",
        lambda event: sizes.update({event["requestId"]: event["encodedDataLength"]}),
    )
    page.goto(address)
    page.wait_for_selector("[data-model]")
    page.wait_for_timeout(3000)
    session.detach()
    return sum(size for number, size in sizes.items() if "/weights/" not in urls.get(number, ""))


def _say_start(figures: Figures, opened: Callable[[str], Page], address: str, repeats: int) -> None:
    """Until the pad takes ink, 100 ms away, and from then until the two small models answer in the page."""
    inks: list[float] = []
    answers: list[float] = []
    for _ in range(repeats):
        with delaying(address, 0.05) as far:  # another port, hence nothing of it is in a cache
            page = opened(far)
            page.add_init_script(_WATCH_START)
            page.goto(far, wait_until="commit")
            page.wait_for_selector("[data-model]")
            draw(page, _CANVAS, curve_through(DIGITS["2"])[:6])
            page.wait_for_function("() => window.started.answers")
            started = page.evaluate("() => window.started")
            page.context.close()
        inks.append(started["ink"])
        answers.append(started["answers"] - started["ink"])
    figures.say("first ink after navigation, 100 ms away", float(np.median(inks)), "ms", "at most", 1500)
    median = float(np.median(answers))
    figures.say("the two small models answer after that, 100 ms away", median, "ms", "at most", 300)


def _wait_until_here(page: Page) -> None:
    """Draw something and wait until all models answer it in the page."""
    page.wait_for_selector("[data-model]")
    draw(page, _CANVAS, curve_through(DIGITS["2"]))
    page.wait_for_function(
        "count => document.querySelectorAll('[data-where=here]').length === count",
        arg=_MODELS,
        timeout=120_000,
    )


def _drawn(page: Page, digit: str) -> dict[str, Any]:
    """Draw on a pad that is cleared first; what was seen meanwhile."""
    page.get_by_role("button", name="Clear", exact=True).click()
    page.evaluate(WATCH_OURS)
    draw(page, _CANVAS, curve_through(DIGITS[digit]))
    page.wait_for_function(
        "() => { const { ink, shown } = document.querySelector('[data-ink]').dataset; return ink === shown; }"
    )
    return dict(page.evaluate("() => window.seen"))


def _say_latency(figures: Figures, page: Page, repeats: int, where: str) -> float:
    """Ink to page and requests a stroke; returns the median in milliseconds."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    updates: list[float] = []
    medians: list[float] = []
    sent = 0
    for _ in range(repeats):
        turn: list[float] = []
        for digit in DIGITS:
            seen = _drawn(page, digit)
            turn += seen["updates"]
            sent += len(seen["requests"])
        updates += turn
        medians.append(float(np.median(turn)))
    median, late = float(np.median(medians)), float(np.percentile(updates, 95))
    more = {"updates": len(updates), "worst": round(max(updates), 1)}
    figures.say(f"ink to page, median{where}", median, "ms", "at most", 16.7, **more)
    figures.say(f"ink to page, p95{where}", late, "ms", "at most", 25, **more)
    strokes = repeats * len(DIGITS)
    figures.say(f"requests a stroke{where}", (sent + len(asked)) / strokes, "requests", "at most", 0)
    return median


def _say_computing(figures: Figures, page: Page) -> None:
    times = {name: float(np.median(values)) for name, values in page.evaluate(_COMPUTE).items()}
    figures.say(
        "digit and four models, computed", times.pop("all"), "ms", "at most", 10, digit=times.pop("digit")
    )
    for name, median in times.items():
        figures.say(f"{name}, computed", median, "ms", "at most", 5)


def _say_insides(figures: Figures, page: Page, repeats: int) -> None:
    """What it costs to show what the models compute: against their bars, and with one model alone."""

    def toggle() -> None:
        for button in page.locator(".lane .more").all():
            button.click()

    def choose(model: str) -> None:
        page.locator(f".choice input[value={model}]").check(force=True)

    def late() -> tuple[float, float]:
        updates: list[float] = []
        gaps: list[float] = []
        for digit in DIGITS:
            page.evaluate(_WATCH_FRAMES)
            updates += _drawn(page, digit)["updates"]
            gaps += page.evaluate("() => (cancelAnimationFrame(window.watching), window.gaps)")
        return float(np.percentile(updates, 95)), float(np.percentile(gaps, 99))

    shown: list[tuple[float, float]] = []
    hidden: list[tuple[float, float]] = []
    for _ in range(repeats):  # by turns: whatever else the machine does, it does to both
        shown.append(late())
        toggle()
        hidden.append(late())
        toggle()
    seen, unseen = np.median(shown, axis=0).tolist(), np.median(hidden, axis=0).tolist()
    figures.say("ink to page, p95, insides shown", seen[0], "ms", "at most", 25, hidden=round(unseen[0], 1))
    figures.say(
        "gap between frames, p99, insides shown", seen[1], "ms", "at most", 33, hidden=round(unseen[1], 1)
    )
    names = page.locator(".lane").evaluate_all("lanes => lanes.map(({ dataset }) => dataset.model)")
    for model in names:
        choose(model)
        ink, gap = late()
        figures.say(f"ink to page, p95, {model} alone", ink, "ms", "at most", 25, gap=round(gap, 1))
    choose("all")


def _say_throttled(figures: Figures, page: Page, repeats: int) -> None:
    session = page.context.new_cdp_session(page)
    for rate in (1, 4):
        session.send("Emulation.setCPUThrottlingRate", {"rate": rate})
        updates: list[float] = []
        gaps: list[float] = []
        for _ in range(repeats):
            for digit in DIGITS:
                page.evaluate(_WATCH_FRAMES)
                updates += _drawn(page, digit)["updates"]
                gaps += page.evaluate("() => (cancelAnimationFrame(window.watching), window.gaps)")
        late, worst = float(np.percentile(updates, 95)), max(gaps)
        if rate == 1:
            figures.say("gap between frames, p99", float(np.percentile(gaps, 99)), "ms", "at most", 33)
        else:
            figures.say("ink to page, p95, processor slowed 4 times", late, "ms", "at most", 50)
            figures.say("gap between frames, longest, slowed 4 times", worst, "ms", "at most", 100)
    session.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    session.detach()


def _say_server(figures: Figures, page: Page, server: int, seconds: int) -> None:
    before, started = _processor_seconds(server), time.monotonic()
    while time.monotonic() - started < seconds:
        _drawn(page, "3")
    used = (_processor_seconds(server) - before) / (time.monotonic() - started)
    figures.say("server's processor while one visitor draws", 100 * used, "% of a core", "at most", 1)


def _processor_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


@contextlib.contextmanager
def delaying(address: str, seconds: float) -> Iterator[str]:
    """A proxy on this machine that delivers every byte so much later; gives its address."""
    target = urlsplit(address)
    loop = asyncio.new_event_loop()

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while chunk := await reader.read(65536):
                loop.call_later(seconds, writer.write, chunk)
            await asyncio.sleep(seconds)
        loop.call_later(seconds, writer.close)

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection(target.hostname, target.port)
        await asyncio.gather(pump(reader, there_writer), pump(there_reader, writer))

    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    starting = asyncio.run_coroutine_threadsafe(asyncio.start_server(connect, "127.0.0.1", 0), loop)
    port = starting.result().sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}/"
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


if __name__ == "__main__":
    sys.exit(main())

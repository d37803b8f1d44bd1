"""How soon the page shows what the models make of the ink: ours while drawing, and ours against
gr.Sketchpad's.

A real Chromium opens the running app and draws digits with the mouse, a move every 1/60 s along smooth
curves. All times are taken inside the page, by performance.now().

Ink to page: from the moment a pointermove that adds ink is dispatched to the moment when the page shows the
answers to that ink or to newer ink (data-shown, which the pad sets together with the probabilities). One
value an update of the ink. A request is a call of the pad's server function, counted in the page.

Pen-up to final: from the dispatch of pointerup to the last change of the answers. Ours is never counted as
less than a millisecond, though the answer is often on the page before the pen is up. The peer
(benchmarks/peer.py: gr.Sketchpad, the same models, four gr.Label) draws the same curves in the same run,
after ours.

    python -m benchmarks.ink_latency [--repeats N]
"""

import argparse
import statistics
import sys
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from playwright.sync_api import Page, sync_playwright

from benchmarks.figures import Figures
from benchmarks.processes import served
from tests.browser import chromium

#: Corners of digits in one stroke, in sides of the pad; drawn as smooth curves through them.
DIGITS = {
    "2": [
        (0.3, 0.3),
        (0.45, 0.17),
        (0.65, 0.25),
        (0.62, 0.45),
        (0.42, 0.65),
        (0.3, 0.8),
        (0.5, 0.78),
        (0.72, 0.8),
    ],
    "3": [(0.32, 0.22), (0.52, 0.16), (0.66, 0.28), (0.48, 0.46), (0.67, 0.62), (0.55, 0.82), (0.3, 0.76)],
    "6": [(0.62, 0.15), (0.43, 0.32), (0.34, 0.6), (0.46, 0.83), (0.66, 0.7), (0.56, 0.53), (0.37, 0.66)],
    "8": [
        (0.62, 0.26),
        (0.45, 0.17),
        (0.38, 0.34),
        (0.6, 0.6),
        (0.5, 0.84),
        (0.36, 0.68),
        (0.6, 0.4),
        (0.63, 0.27),
    ],
}

#: Seconds after the first page in which the server gets a training process ready, once.
_WARM = 20.0

#: Moves a second, and moves a stroke.
_RATE, _MOVES = 60, 50

#: A mouse's answers stay the same for this long, in milliseconds, before they count as final.
_SETTLED = 1500

WATCH_OURS = """() => {
    const state = document.querySelector("[data-ink]");
    const seen = window.seen = {updates: [], pending: [], requests: [], inks: 0, up: 0, final: null};
    let moved = 0;
    const really = window.fetch;
    window.fetch = async (...request) => {
        const from = performance.now();
        const answer = await really(...request);
        if (answer.url.includes("component_server")) seen.requests.push(performance.now() - from);
        return answer;
    };
    const send = WebSocket.prototype.send;
    WebSocket.prototype.send = function (question) {
        const from = performance.now();
        this.addEventListener("message", () => seen.requests.push(performance.now() - from), { once: true });
        send.call(this, question);
    };
    addEventListener("pointermove", () => { moved = performance.now(); }, true);
    addEventListener("pointerup", () => { seen.up = performance.now(); }, true);
    new MutationObserver((changes) => {
        const now = performance.now();
        for (const { attributeName } of changes) {
            if (attributeName === "data-ink") {
                seen.inks += 1;
                seen.pending.push([+state.dataset.ink, moved]);
            } else {
                seen.final = now;
                while (seen.pending.length && seen.pending[0][0] <= +state.dataset.shown) {
                    const from = seen.pending.shift()[1];
                    if (from) seen.updates.push(now - from);
                }
            }
        }
    }).observe(state, { attributeFilter: ["data-ink", "data-shown"] });
}"""

_WATCH_PEER = """() => {
    const seen = window.seen = {up: 0, final: null};
    addEventListener("pointerup", () => { seen.up = performance.now(); seen.final = null; }, true);
    const answers = [...document.querySelectorAll(".peer-answer")];
    const text = () => answers.map((answer) => answer.innerText).join();
    let before = text();
    new MutationObserver(() => {
        const now = text();
        if (now === before) return;
        before = now;
        seen.final = performance.now();
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
}"""


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--repeats", type=int, default=3, metavar="N", help="how often each digit (default: 3)"
    )
    repeats = parser.parse_args().repeats

    updates: list[float] = []
    requests: list[float] = []
    ours: list[float] = []
    theirs: list[float] = []
    inks = 0
    # One after the other: on two cores even a server that waits takes time from the one that answers.
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium.find(playwright), args=chromium.ARGUMENTS
        )
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        with served(["app.py"], MNIST_DEMO_ANSWERS="server") as app:
            models = draw_on_ours(page, app, curve_through(DIGITS["2"]))["models"]
            time.sleep(_WARM)
            for corners in [*DIGITS.values()] * repeats:
                seen = draw_on_ours(page, app, curve_through(corners))
                updates += seen["updates"]
                ours.append(seen["after"])
                requests += seen["requests"]
                inks += seen["inks"]
        with served(["-m", "benchmarks.peer"]) as peer:
            _draw_on_peer(page, peer, curve_through(DIGITS["2"]))
            curves = [curve_through(corners) for corners in [*DIGITS.values()] * repeats]
            theirs += [_draw_on_peer(page, peer, curve) for curve in curves]
        browser.close()

    figures = Figures()
    median, late = np.percentile(updates, [50, 95]).tolist()
    count = {"updates": len(updates), "models": models}
    wire = round(statistics.median(requests), 1)
    figures.say("ink to page, median", median, "ms", "at most", 16.7, in_requests=wire, **count)
    figures.say("ink to page, p95", late, "ms", "at most", 33, worst=round(max(updates), 1), **count)
    asked = len(requests)
    figures.say("requests an update", asked / inks, "ratio", "at most", 1, requests=asked, updates=inks)
    our_median, their_median = (statistics.median(times) for times in (ours, theirs))
    figures.say(
        "pen-up to final probabilities: gr.Sketchpad / ours",
        their_median / our_median,
        "ratio",
        "at least",
        40,
        our_milliseconds=round(our_median, 2),
        peer_milliseconds=round(their_median, 1),
        ours=[round(each, 1) for each in ours],
        peers=[round(each) for each in theirs],
    )
    return figures.exit_status


def curve_through(corners: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return a smooth curve through corners (Catmull and Rom's spline), a place for each move."""
    knots = np.array([corners[0], *corners, corners[-1]])
    places = []
    for at in np.linspace(0, len(corners) - 1 - 1e-9, _MOVES):
        first, t = int(at), at % 1
        a, b, c, d = knots[first : first + 4]
        place = 2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3
        places.append((float(place[0]) / 2, float(place[1]) / 2))
    return places


def draw(page: Page, selector: str, curve: Sequence[tuple[float, float]], part: float = 1.0) -> None:
    """Move the mouse along a curve at the rate of a screen, its button held.

    The curve lies in the largest square in the middle of a canvas, or in a part of it.
    """
    box = page.locator(selector).first.bounding_box()
    assert box is not None
    side = min(box["width"], box["height"]) * part
    left, top = box["x"] + (box["width"] - side) / 2, box["y"] + (box["height"] - side) / 2
    places = [(left + x * side, top + y * side) for x, y in curve]
    page.mouse.move(*places[0])
    page.mouse.down()
    due = time.perf_counter()
    for place in places[1:]:
        due += 1 / _RATE
        time.sleep(max(0.0, due - time.perf_counter()))
        page.mouse.move(*place)
    page.mouse.up()


def draw_on_ours(page: Page, address: str, curve: Sequence[tuple[float, float]]) -> dict[str, Any]:
    page.goto(address)
    page.wait_for_selector("[data-model]")
    page.evaluate("() => sessionStorage.clear()")
    page.evaluate(WATCH_OURS)
    draw(page, "#digit-pad canvas", curve)
    page.wait_for_function(
        "() => { const { ink, shown } = document.querySelector('[data-ink]').dataset; return ink === shown; }"
    )
    seen = page.evaluate("() => window.seen")
    seen["after"] = max(1.0, seen["final"] - seen["up"])
    seen["models"] = page.locator("[data-model][data-digit]").count()
    return dict(seen)


def _draw_on_peer(page: Page, address: str, curve: Sequence[tuple[float, float]]) -> float:
    page.goto(address)
    page.wait_for_selector("#peer-pad canvas")
    page.get_by_role("button", name="Brush").click()
    page.evaluate(_WATCH_PEER)
    draw(page, "#peer-pad canvas", curve, part=0.8)  # its paper does not fill its canvas
    page.wait_for_function(
        "(settled) => window.seen.final && performance.now() - window.seen.final > settled", arg=_SETTLED
    )
    return float(page.evaluate("() => window.seen.final - window.seen.up"))


if __name__ == "__main__":
    sys.exit(main())

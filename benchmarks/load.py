"""Pens on the wire: how many drawings a second the server reads, how late, whether each pen gets its share.

Starts `app.py` with answers on the server, and as many WebSockets as pens, from this process, over loopback.
A pen's drawing grows ten times a second; as on the page it has one question under way, always about its
newest ink. A refusal ("busy") is asked again a quarter of a second later, as the page does it. Prints a JSON
line a figure.

    python -m benchmarks.load [--pens 10 30 50 300] [--seconds N]
"""

import argparse
import asyncio
import json
import sys
import time
from dataclasses import dataclass, field

import numpy as np
from websockets.asyncio.client import ClientConnection, connect

from benchmarks.figures import Figures
from benchmarks.processes import memory_of, serving

_UPDATES = 10  # a second
_AGAIN = 0.25  # seconds
_WARM = 2.0  # seconds that aren't measured
_POINTS = 40  # of a drawing, after which another one is begun


@dataclass
class Pen:
    """What one pen was answered."""

    seconds: list[float] = field(default_factory=list)
    refused: int = 0


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pens", type=int, nargs="+", default=[10, 30, 50, 300], metavar="N")
    parser.add_argument("--seconds", type=float, default=15.0, metavar="N")
    arguments = parser.parse_args()
    figures = Figures()
    environment = {"MNIST_DEMO_ANSWERS": "server", "MNIST_DEMO_TRAINING": "off"}
    with serving(["app.py"], environment) as (address, pid):
        for count in arguments.pens:
            before = memory_of(pid)
            pens = asyncio.run(_draw(address, count, arguments.seconds))
            _say(figures, count, pens, arguments.seconds, memory_of(pid) / before)
    return figures.exit_status


def _say(figures: Figures, count: int, pens: list[Pen], seconds: float, memory: float) -> None:
    times = [each for pen in pens for each in pen.seconds]
    answers = sorted(len(pen.seconds) for pen in pens)
    rate = len(times) / seconds
    latest = 1000 * float(np.percentile(times, 95)) if times else float("inf")
    more = {
        "median_ms": round(1000 * float(np.median(times)), 1) if times else None,
        "refused": sum(pen.refused for pen in pens),
        "answers_each": [answers[0], answers[len(answers) // 2], answers[-1]],
        "memory": round(memory, 3),
    }
    offered = count * _UPDATES
    figures.say(f"{count} pens: readings", rate, "1/s", "at least", min(0.95 * offered, 300), **more)
    figures.say(f"{count} pens: p95", latest, "ms", "at most", 100 if offered <= 300 else 1000)
    figures.say(
        f"{count} pens: the least answered pen's share of the median",
        answers[0] / max(1, answers[len(answers) // 2]),
        "ratio",
        "at least",
        0.5,
    )


async def _draw(address: str, count: int, seconds: float) -> list[Pen]:
    pens = [Pen() for _ in range(count)]
    starts = time.perf_counter() + _WARM
    until = starts + seconds
    url = address.replace("http", "ws") + "websocket"
    sockets = [await connect(url, compression=None) for _ in pens]
    await asyncio.gather(
        *(
            _move(pen, socket, index, starts, until)
            for index, (pen, socket) in enumerate(zip(pens, sockets, strict=True))
        )
    )
    await asyncio.gather(*(socket.close() for socket in sockets))
    return pens


async def _move(pen: Pen, socket: ClientConnection, index: int, starts: float, until: float) -> None:
    angles = np.linspace(0, 5, _POINTS)
    curve = np.column_stack([0.5 + 0.25 * np.cos(angles + index), 0.5 + 0.3 * np.sin(2 * angles + index)])
    await asyncio.sleep(index / _UPDATES / 10 % (1 / _UPDATES))
    began = time.perf_counter()
    while (asked := time.perf_counter()) < until:
        points = curve[: 2 + int((asked - began) * _UPDATES) % (_POINTS - 2)].ravel().round(4).tolist()
        question = {
            "ink": 1,
            "models": "all",
            "picture": None,
            "strokes": [{"points": points, "width": 0.06}],
        }
        await socket.send(json.dumps(question))
        answer = json.loads(await socket.recv())
        now = time.perf_counter()
        is_measured = asked >= starts and now <= until
        if answer.get("busy"):
            pen.refused += is_measured
            await asyncio.sleep(_AGAIN)
            continue
        assert "answers" in answer, answer
        if is_measured:
            pen.seconds.append(now - asked)
        tick = began + (int((now - began) * _UPDATES) + 1) / _UPDATES
        await asyncio.sleep(max(0.0, tick - now))


if __name__ == "__main__":
    sys.exit(main())

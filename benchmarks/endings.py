"""How soon a stopped server is gone, and how soon a visitor hears that their training process has died.

Starts `app.py` over loopback. SIGTERM: with twenty open WebSockets and a run under way, the seconds until the
process is gone, and what it left. A worker that is killed: the seconds until its visitor is told, and until
the next run has its first point. Prints a JSON line a figure.

    python -m benchmarks.endings [--repeats N]
"""

import argparse
import contextlib
import os
import signal
import statistics
import sys
import tempfile
import time
import uuid
from pathlib import Path

from gradio_client import Client
from gradio_client.client import Job
from websockets.sync.client import connect

from benchmarks.figures import Figures
from benchmarks.processes import children_of, serving

_SOCKETS = 20
_WARM = 15.0  # seconds for the worker that waits to be ready
_OBSERVED = 2.0  # seconds in which the worker that trains has done more than others
_LONGEST = 60.0


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=3, metavar="N")
    repeats = parser.parse_args().repeats
    figures = Figures()
    ended, left = zip(*(_terminate() for _ in range(repeats)), strict=True)
    each = [round(seconds, 2) for seconds in ended]
    figures.say("SIGTERM to all processes gone", max(ended), "s", "at most", 5, each=each)
    figures.say("files left after SIGTERM", max(map(len, left)), "files", "at most", 0, each=left)
    told, resumed = zip(*(_kill_worker() for _ in range(repeats)), strict=True)
    figures.say("worker killed to told", statistics.median(told), "s", "at most", 1, each=told)
    figures.say("the next run's first point", statistics.median(resumed), "s", "at most", 5, each=resumed)
    return figures.exit_status


def _terminate() -> tuple[float, list[str]]:
    """Seconds from SIGTERM until all processes are gone, and what is left in the temporary folder."""
    with tempfile.TemporaryDirectory() as folder:
        with serving(["app.py"], {"TMPDIR": folder}) as (address, pid), contextlib.ExitStack() as stack:
            for _ in range(_SOCKETS):
                stack.enter_context(connect(address.replace("http", "ws") + "websocket"))
            _start(address)
            processes = {pid, *children_of(pid)}
            asked = time.perf_counter()
            os.kill(pid, signal.SIGTERM)
            while any(map(_is_alive, processes)):
                assert time.perf_counter() - asked < _LONGEST, "processes were orphaned"
                time.sleep(0.01)
            took = time.perf_counter() - asked
        return took, [path.name for path in Path(folder).iterdir()]


def _kill_worker() -> tuple[float, float]:
    """Seconds until the visitor of a killed worker is told, and until another run has its first point."""
    with serving(["app.py"], {}) as (address, pid):
        time.sleep(_WARM)
        job = _start(address)
        # workers are the children of the process that forks them
        worker = _busiest(set().union(*map(children_of, children_of(pid))))
        asked = time.perf_counter()
        os.kill(worker, signal.SIGKILL)
        _wait_for(job, 'data-state="scoring"', 'data-state="stopped"', 'data-state="failed"')
        told = time.perf_counter() - asked
        job.result()
        asked = time.perf_counter()
        _start(address)
        return round(told, 2), round(time.perf_counter() - asked, 2)


def _busiest(pids: set[int]) -> int:
    """The process that has used the processor most for a while."""
    before = {pid: _ticks_of(pid) for pid in pids}
    time.sleep(_OBSERVED)
    return max(pids, key=lambda pid: _ticks_of(pid) - before[pid])


def _ticks_of(pid: int) -> int:
    with contextlib.suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])
    return 0


def _is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def _start(address: str) -> Job:
    """Train as a new visitor; return once there is something to see."""
    client = Client(address, verbose=False)
    settings = {"recipe": "cnn-fast", "epochs": 100}
    job = client.submit({"visitor": str(uuid.uuid4()), "settings": settings}, api_name="/train")
    _wait_for(job, 'data-state="running"')
    return job


def _wait_for(job: Job, *words: str) -> None:
    until = time.perf_counter() + _LONGEST
    while not any(word in str(view) for view in job.outputs()[-3:] for word in words):
        assert time.perf_counter() < until, f"none of {words} came"
        time.sleep(0.02)


if __name__ == "__main__":
    sys.exit(main())

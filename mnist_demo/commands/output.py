"""How commands write: results to stdout, one JSON object a line; progress and messages to stderr.

Knows the two streams and how they fail. Knows nothing of commands.
"""

import contextlib
import json
import logging
import os
import sys
from typing import Any, NoReturn


class OutputError(Exception):
    """Standard output can't be written; the message says why."""


def write_line(line: dict[str, Any]) -> None:
    """Write a result as a line of JSON. Raises as `write` does."""
    write(json.dumps(line) + "\n")


def write(text: str) -> None:
    """Write to standard output. Raises OutputError, and BrokenPipeError if the reader has gone."""
    try:
        if sys.stdout is None:
            raise OSError(None, "it is closed")
        print(text, end="", flush=True)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(f"Standard output can't be written: {error.strerror}.") from error


def discard() -> None:
    """Send what the interpreter would flush at its exit to the null device: it can't be written."""
    if sys.stdout is not None:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), sys.stdout.fileno())


def show_log() -> None:
    """Send what the rooms below log while they work, such as a download's progress, to stderr."""
    log = logging.getLogger("mnist_demo")
    log.handlers = [logging.StreamHandler(sys.stderr)]
    log.setLevel(logging.INFO)


def say(message: str) -> None:
    """Write a message to standard error, if it can be written."""
    with contextlib.suppress(OSError):  # a run goes on without its messages
        print(message, file=sys.stderr, flush=True)


def refuse(message: str) -> NoReturn:
    """Say why the usage is bad, and exit with status 2."""
    say(message)
    raise SystemExit(2)

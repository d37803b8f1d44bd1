"""How much of this machine strangers may use: every limit of a public host, read once at the start.

Knows the names of the environment's variables and their defaults. What holds to them is elsewhere.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

#: A limit called `queue_length` is set by the variable MNIST_DEMO_QUEUE_LENGTH.
PREFIX = "MNIST_DEMO_"


class LimitError(ValueError):
    """A limit's variable is not a whole number of at least one, or not on or off. Says which, for people."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Whole numbers of at least one, or on and off; the defaults suit a small public host of two cores."""

    #: Drawings and pictures read at the same time. More than the cores only makes each slower.
    readers: int = 2
    #: Drawings and pictures that may wait for a reader; who comes after them is told to come again.
    waiting: int = 16
    #: How long anything waits for a reader before it is told the same, in milliseconds.
    waiting_milliseconds: int = 1000
    #: Pages whose drawings come over a wire that stays open; the others ask over HTTP, a little slower.
    wires: int = 1000
    #: Calls of the public HTTP endpoints that may stand in Gradio's queue.
    queue_length: int = 32
    #: Fetching a picture from an address gives up after so many seconds.
    fetch_seconds: int = 10
    #: Uploaded and fetched files are deleted when they are this old, in seconds.
    file_seconds: int = 600
    #: Visitors whose state is kept; the one idle the longest goes first.
    visitors: int = 1000
    #: Whether visitors may train at all: "on" or "off".
    training: bool = True
    #: Runs at the same time; more than the cores can bear only makes each slower.
    runs: int = 1
    #: Visitors who may stand in the queue for a run.
    runs_waiting: int = 8
    #: Epochs of one run.
    epochs: int = 100
    #: Images in one batch of a run.
    batch_size: int = 1024
    #: Seconds that a run may take in all.
    run_seconds: int = 600
    #: Threads of one run; where it is not set, all cores but one, which is for the page.
    training_threads: int = 0
    #: Trained models kept in memory, of all visitors; the one idle the longest goes first.
    trained_models: int = 40

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Limits":
        """Take the limits that the environment sets, and the defaults for the rest.

        Raises LimitError for a variable that is not a whole number of at least one, or not on or off.
        """
        chosen: dict[str, Any] = {}
        for field in fields(cls):
            name = PREFIX + field.name.upper()
            text = environment.get(name)
            if text is None:
                continue
            if isinstance(field.default, bool):
                if text.strip().lower() not in ("on", "off"):
                    raise LimitError(f"{name} must be on or off, not {text!r}.")
                chosen[field.name] = text.strip().lower() == "on"
                continue
            if not text.strip().isdecimal() or int(text) < 1:
                raise LimitError(f"{name} must be a whole number of at least 1, not {text!r}.")
            chosen[field.name] = int(text)
        return cls(**chosen)

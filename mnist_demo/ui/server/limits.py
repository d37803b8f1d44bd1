"""How much of this machine strangers may use: every limit of a public host, read once at the start.

Knows the names of the environment's variables and their defaults. Other modules enforce the limits.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

#: A limit called `queue_length` is set by the variable MNIST_DEMO_QUEUE_LENGTH.
PREFIX = "MNIST_DEMO_"

#: Limits that were renamed, with their former names, which hosts may still set.
_FORMER_NAMES = {"websockets": "wires"}

#: Limits that are words, and what each word stands for.
WORDS: Mapping[str, Mapping[str, Any]] = {
    "answers": {"page": "page", "server": "server"},
    "training": {"on": True, "off": False},
    "proxies": {"private": True, "none": False},
    "metrics": {"on": True, "off": False},
}


class LimitError(ValueError):
    """A variable has a value that its limit can't take. Says which, for people."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Whole numbers of at least one, or words; the defaults suit a small public host of two cores."""

    #: Where drawings are read: "page", in the visitor's browser where it can, or "server".
    answers: str = "page"
    #: Drawings and pictures read at the same time. More than there are cores makes each slower.
    readers: int = 2
    #: Drawings and pictures that may wait for a reader; the rest are refused, and the pad asks again.
    waiting: int = 16
    #: Milliseconds that a drawing or picture may wait for a reader before it is refused.
    waiting_milliseconds: int = 1000
    #: Pages that may send their drawings over a WebSocket; the others use plain requests, a little slower.
    websockets: int = 1000
    #: Of them, those that one public address may have.
    address_websockets: int = 100
    #: Whose word on visitors' addresses is believed: "private", proxies in private networks, or "none".
    proxies: bool = True
    #: Whether `/metrics` tells how the page fares, for Prometheus: "on" or "off".
    metrics: bool = False
    #: Calls of the public HTTP endpoints that may wait in Gradio's queue.
    queue_length: int = 32
    #: Seconds after which fetching a picture from an address is given up.
    fetch_seconds: int = 10
    #: Seconds after which uploaded and fetched files are deleted.
    file_seconds: int = 600
    #: Megabytes that all uploaded files may have together.
    upload_megabytes: int = 200
    #: Uploads of one public address that may arrive at the same time.
    address_uploads: int = 4
    #: Visitors whose session is kept; the one idle the longest is dropped first.
    visitors: int = 1000
    #: Whether visitors may train at all: "on" or "off".
    training: bool = True
    #: Training runs at the same time. More than there are cores makes each slower.
    runs: int = 1
    #: Visitors who may wait in the queue for a run.
    runs_waiting: int = 8
    #: Runs and places in the queue that one public address may have.
    address_runs: int = 3
    #: The most epochs that a run may have.
    epochs: int = 100
    #: The most images that a batch of a run may have.
    batch_size: int = 1024
    #: Seconds after which a run is stopped.
    run_seconds: int = 600
    #: Seconds after which a run ends, or a place in the queue is given up, if nobody looks at it.
    abandoned_seconds: int = 120
    #: Threads of one run; if not set, all cores but one, which is left to the page.
    training_threads: int = 0
    #: Trained models kept in memory for all visitors; the one idle the longest is dropped first.
    trained_models: int = 40

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Limits":
        """Take the limits that the environment sets, and the defaults for the rest.

        Raises LimitError for a variable that is not a whole number of at least one, or not one of its words.
        """
        chosen: dict[str, Any] = {}
        for field in fields(cls):
            names = [PREFIX + name.upper() for name in (field.name, _FORMER_NAMES.get(field.name)) if name]
            name = next((name for name in names if name in environment), None)
            if name is None:
                continue
            text = environment[name]
            if words := WORDS.get(field.name):
                if text.strip().lower() not in words:
                    raise LimitError(f"{name} must be {' or '.join(words)}, not {text!r}.")
                chosen[field.name] = words[text.strip().lower()]
                continue
            if not text.strip().isdecimal() or int(text) < 1:
                raise LimitError(f"{name} must be a whole number of at least 1, not {text!r}.")
            chosen[field.name] = int(text)
        return cls(**chosen)

"""How the server is started and stopped: what it is launched with, and what it says while it is.

Knows gradio's launch, the process and its signals. Knows nothing of what is on the page.
"""

import signal
import sys
import threading
from functools import partial
from typing import Any

import numpy as np
import torch
from starlette.middleware import Middleware

from mnist_demo.digits import SIDE
from mnist_demo.ink.pictures import MAX_BYTES
from mnist_demo.models.classifier import ALL, Classifier
from mnist_demo.ui import scripts, theme
from mnist_demo.ui.app import build_app
from mnist_demo.ui.pad.handlers import read_ink
from mnist_demo.ui.pad.payloads import MAX_QUESTION_LENGTH
from mnist_demo.ui.server.limits import LimitError, Limits
from mnist_demo.ui.server.request_limits import RequestLimits
from mnist_demo.ui.server.websocket import websocket_route
from mnist_demo.ui.services import Services

#: A digit's way through a model lets go of Python's lock some thirty times. Where a training run's view is
#: being made meanwhile it would wait five milliseconds, Python's default, to get it back, each time.
_SWITCH_SECONDS = 0.0005


def main() -> int:
    """Serve the page until the process is told to stop (SIGINT or SIGTERM); return its exit status.

    What could not be loaded is said on stderr, and the page comes all the same. Returns 2 where a limit's
    variable makes no sense.
    """
    stop = threading.Event()
    for told in (signal.SIGINT, signal.SIGTERM):
        signal.signal(told, lambda *_: stop.set())
    try:
        limits = Limits.from_environment()
    except LimitError as error:
        _say(str(error))
        return 2
    # One digit is too little work to share: a second thread would only take a core from the next visitor.
    torch.set_num_threads(1)
    sys.setswitchinterval(_SWITCH_SECONDS)
    services = Services.of(Classifier.load(), limits)
    for problem in services.classifier.problems:
        _say(problem)
    # A model's first answer takes ten times as long as the next; no visitor shall wait for it.
    services.classifier.classify(np.zeros((SIDE, SIDE), np.float32), services.classifier.names_of(ALL))
    app = build_app(services)
    app.launch(prevent_thread_lock=True, **launch_settings(services))
    _say(f"The sketchpad is at {app.local_url}")
    stop.wait()
    services.trainer.close()
    app.close(verbose=False)
    return 0


def launch_settings(services: Services) -> dict[str, Any]:
    """Return what Blocks.launch is given: the look, the limits, and nothing that this page does not use."""
    return {
        **theme.LAUNCH,
        "max_file_size": MAX_BYTES,
        "state_session_capacity": services.limits.visitors,
        "app_kwargs": {
            "middleware": [Middleware(RequestLimits), Middleware(scripts.Preload)],
            "routes": [
                websocket_route(partial(read_ink, services), services.limits.websockets, MAX_QUESTION_LENGTH),
                scripts.route(),
            ],
        },
        "footer_links": ["api"],
        "run_history": False,
        "enable_monitoring": False,
        "ssr_mode": False,
        "quiet": True,
    }


def _say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)  # noqa: T201

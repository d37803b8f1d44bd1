"""The page as a web application: Gradio's, mounted with the request limits and the pad's WebSocket, served.

Knows gradio's mounting and what has to be ready before the first visitor, not what is on the page.
"""

import os
import socket
import sys
import threading
from functools import partial
from pathlib import Path

import gradio as gr
import numpy as np
import torch
from fastapi import FastAPI
from gradio.utils import get_upload_folder
from starlette.middleware import Middleware

from mnist_demo.digits import SIDE
from mnist_demo.ink.pictures import MAX_BYTES
from mnist_demo.models.classifier import ALL, Classifier
from mnist_demo.ui import preview, scripts, theme
from mnist_demo.ui.app import build_app
from mnist_demo.ui.pad.handlers import read_ink
from mnist_demo.ui.pad.payloads import MAX_QUESTION_LENGTH
from mnist_demo.ui.server import health
from mnist_demo.ui.server.admission import Admission
from mnist_demo.ui.server.compression import Compression
from mnist_demo.ui.server.forwarding import Forwarding
from mnist_demo.ui.server.headers import SecurityHeaders
from mnist_demo.ui.server.limits import Limits
from mnist_demo.ui.server.listening import address_of
from mnist_demo.ui.server.metrics import CountedRequests
from mnist_demo.ui.server.request_limits import RequestLimits
from mnist_demo.ui.server.serving import Server
from mnist_demo.ui.server.uploads import UploadLimit
from mnist_demo.ui.server.websocket import websocket_route
from mnist_demo.ui.services import Services

#: A digit's way through a model lets go of Python's lock some thirty times. Where a training run's view is
#: being made meanwhile it would wait five milliseconds, Python's default, to get it back, each time.
_SWITCH_SECONDS = 0.0005


def run(limits: Limits, listener: socket.socket, stop: threading.Event) -> None:
    """Serve the page until `stop` is set.

    Checkpoints that can't be loaded are reported on stderr; the page comes without them.
    """
    # One digit is too little work to share: a second thread would only take a core from the next visitor.
    torch.set_num_threads(1)
    sys.setswitchinterval(_SWITCH_SECONDS)
    services = Services.of(Classifier.load(), limits)
    for problem in services.classifier.problems:
        _say(problem)
    # A model's first answer takes ten times as long as the next; no visitor shall wait for it.
    services.classifier.classify(np.zeros((SIDE, SIDE), np.float32), services.classifier.names_of(ALL))
    server = serve(build_app(services), services, listener)
    _say(f"The sketchpad is at {address_of(listener)}")
    if limits.training:
        services.trainer.prepare()
    stop.wait()
    services.trainer.close()
    server.stop()


def serve(app: gr.Blocks, services: Services, listener: socket.socket) -> Server:
    """Start to serve a page, within the limits and without what the page doesn't use."""
    app.state_session_capacity = services.limits.visitors
    root_path = os.environ.get("GRADIO_ROOT_PATH", "")
    limits = services.limits
    sockets = Admission(limits.address_websockets, limits.websockets)
    threads = limits.readers + limits.waiting
    websocket = websocket_route(partial(read_ink, services), sockets, MAX_QUESTION_LENGTH, threads)
    _watch(services, sockets)
    hashes = {name: card.weights_sha256 for name, card in services.classifier.cards.items()}
    web = gr.mount_gradio_app(
        # around Gradio, which adds to every answer as well
        FastAPI(
            openapi_url=None,
            middleware=[Middleware(Forwarding, limits.proxies), Middleware(SecurityHeaders)],
        ),
        app,
        "/",
        **theme.LAUNCH,
        app_kwargs={
            "middleware": [
                Middleware(CountedRequests, services.metrics),
                Middleware(RequestLimits),
                Middleware(
                    UploadLimit,
                    Path(get_upload_folder()),
                    limits.upload_megabytes * 1_000_000,
                    limits.address_uploads,
                    limits.file_seconds,
                ),
                Middleware(Compression),
                Middleware(scripts.Preload),
                Middleware(preview.Preview, root_path),
            ],
            "routes": [
                websocket,
                scripts.route(),
                preview.route(),
                services.weights.route(),
                health.route(hashes),
                services.metrics.route(limits.metrics),
            ],
        },
        root_path=root_path,
        max_file_size=MAX_BYTES,
        footer_links=["api"],
        run_history=False,
        enable_monitoring=False,
        show_error=False,
        ssr_mode=False,
    )
    (mounted,) = [route.app for route in web.routes]

    def end_streams() -> None:
        app.close(verbose=False)
        mounted.stop_event.set()

    server = Server(web, listener, MAX_QUESTION_LENGTH, end_streams)
    server.start()
    return server


def _watch(services: Services, sockets: Admission) -> None:
    """Name the numbers that tell how full the host is."""
    waiting_list, sessions = services.trainer.waiting_list, services.trainer.sessions
    watch = services.metrics.watch
    watch("websockets", "WebSockets that are open", lambda: sockets.count)
    watch("runs", "Training runs that are under way", lambda: waiting_list.lengths[0])
    watch("runs_waiting", "Visitors who wait to train", lambda: waiting_list.lengths[1])
    watch("sessions", "Visitors whose runs are kept", lambda: sessions.lengths[0])
    watch("trained_models", "Trained models that are kept", lambda: sessions.lengths[1])


def _say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)  # noqa: T201

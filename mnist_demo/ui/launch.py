"""How the page's process starts and stops: its signals, its limits, its socket, its folder for uploads.

Knows the process and its environment. Loads torch and gradio last, so that whatever prevents a start is
reported within a second.
"""

import os
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from mnist_demo.ui.server.limits import LimitError, Limits
from mnist_demo.ui.server.listening import ListenError, listen


class FolderError(OSError):
    """Why uploads can't be kept, in a sentence for people."""


def main() -> int:
    """Serve the page until SIGINT or SIGTERM; return the process's exit status.

    The status is 2 if a limit has a value that makes no sense, and 1 if the page can't be served; one
    sentence on stderr says why.
    """
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        limits = Limits.from_environment()
        with listen() as listener, _folder_for_uploads():
            # gradio reads where uploads go while it is imported
            from mnist_demo.ui import web

            web.run(limits, listener, stop)
    except LimitError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 2
    except (ListenError, FolderError) as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    return 0


@contextmanager
def _folder_for_uploads() -> Iterator[None]:
    """Give Gradio a folder of this process's own, unless GRADIO_TEMP_DIR names one; remove it in the end."""
    if os.environ.get("GRADIO_TEMP_DIR"):
        yield
        return
    try:
        folder = tempfile.TemporaryDirectory(prefix="mnist-demo-", ignore_cleanup_errors=True)
    except OSError as error:
        raise FolderError(
            f"No folder for uploads can be made in the temporary folder ({error.strerror}). "
            "Set TMPDIR or GRADIO_TEMP_DIR to one that can be written."
        ) from None
    with folder as path:
        os.environ["GRADIO_TEMP_DIR"] = path
        # torch makes a folder even where it compiles nothing
        os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", os.path.join(path, "torch"))
        yield

"""Where the browser of the tests is: named in CHROMIUM, else Playwright's own, else one of the system's.

As a command it prints that path, and fails where there is none.
"""

import os
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Playwright, sync_playwright

#: A test needs no GPU, no sandbox inside a container, and no errand that Chromium runs by itself.
ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
]

_NAMES = ("chromium", "chromium-browser", "google-chrome")


def find(playwright: Playwright) -> str | None:
    """Return the path of a Chromium that is here, or None."""
    if named := os.environ.get("CHROMIUM"):
        return shutil.which(named)
    if Path(playwright.chromium.executable_path).is_file():
        return playwright.chromium.executable_path
    return next(filter(None, map(shutil.which, _NAMES)), None)


if __name__ == "__main__":
    with sync_playwright() as playwright:
        path = find(playwright)
    sys.exit(0 if path and print(path) is None else 1)  # noqa: T201

"""Where Node is: this environment's, else one of the system's that is new enough.

As a command it prints that path, and fails where there is none. Nothing of Node is in the page: it only lints
and tests the page's modules.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

#: The oldest that the linter runs on; package.json says the same.
_OLDEST = (20, 19)


def find() -> str | None:
    """Return the path of a Node that is here and new enough, or None."""
    candidates = (shutil.which("node", path=str(Path(sys.executable).parent)), shutil.which("node"))
    return next((path for path in candidates if path and _version(path) >= _OLDEST), None)


def _version(path: str) -> tuple[int, ...]:
    said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
    return tuple(map(int, re.findall(r"\d+", said)))


if __name__ == "__main__":
    path = find()
    sys.exit(0 if path and print(path) is None else 1)  # noqa: T201

"""`python -m mnist_demo`: the commands."""

import sys
from pathlib import Path
from typing import Any

from mnist_demo import cli


def _write_static(folder: Path, address: str) -> dict[str, Any]:
    # only here: the other commands work without gradio
    from mnist_demo.ui.static import site

    return site.write(folder, address)


def main() -> int:
    """Run the command that the process was started with and return its exit status."""
    return cli.main(write_static=_write_static)


if __name__ == "__main__":
    sys.exit(main())

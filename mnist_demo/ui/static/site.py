"""The pad as plain files: page, scripts, weights and fonts, for any file server and for a static Space.

Knows which files a page without Python needs and where they go. What it can't do there, train and read
pictures, it doesn't show. Knows nothing of servers.
"""

import json
import os
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any

import gradio

from mnist_demo.models.classifier import Classifier
from mnist_demo.ui import preview, scripts, theme
from mnist_demo.ui.pad import pad
from mnist_demo.ui.services import weights_of

_HERE = files(__package__)
_UI = files("mnist_demo.ui")

#: Gradio's own files of the theme's typeface.
_FONTS = Path(gradio.__file__).parent / "templates" / "frontend" / "static" / "fonts" / "IBMPlexSans"


def write(folder: Path, address: str = "") -> dict[str, Any]:
    """Write the pad into a folder that is empty or not there yet; return {"folder", "files", "bytes"}.

    address: where the page will be, with a "/" at the end, for previews of links; "" if it isn't known.

    Raises OSError where it can't be written, and where something is in the folder already.
    """
    contents = make(address)
    if folder.exists() and os.listdir(folder):
        raise FileExistsError(f"{folder} isn't empty.")
    for name, content in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return {"folder": str(folder), "files": len(contents), "bytes": sum(map(len, contents.values()))}


def make(address: str = "") -> dict[str, bytes]:
    """Return every file by its path. address: as in `write`."""
    classifier = Classifier.load()
    weights = weights_of(classifier)
    props = json.dumps(pad.describe(classifier, weights)).replace("<", "\\u003c")
    page = Template(_text(_HERE, "index.html")).substitute(
        title=preview.TITLE,
        preview=preview.tags(address),
        header=_text(_UI, "header.html"),
        pad=_text(_UI, "pad/pad.html"),
        props=props,
        script=scripts.address_of("static/main.js"),
    )
    # in the order in which Gradio's page has them: the pad's own style wins
    style = "\n".join([_text(_HERE, "static.css"), theme.style(), pad.style()])
    return {
        "index.html": page.encode(),
        "README.md": _text(_HERE, "space.md").encode(),
        "style.css": style.encode(),
        preview.PICTURE_NAME: preview.PICTURE,
        **{f"fonts/{name}": (_FONTS / name).read_bytes() for name in _FONT_FILES},
        **scripts.files("static/main.js", "pad/engine/operations.wasm"),
        **weights.files,
    }


_FONT_FILES = ("IBMPlexSans-Regular.woff2", "IBMPlexSans-Bold.woff2")


def _text(folder: Any, name: str) -> str:
    text: str = folder.joinpath(name).read_text(encoding="utf-8")
    return text

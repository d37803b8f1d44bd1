"""What Gradio's own page loads at its start, so that browsers can be told of it at once.

Its entry names the modules that it loads once it has run; those load the blocks. Knows the files in
Gradio's package, as they are in the version that we use; where they look otherwise nothing is named.
"""

import re
from pathlib import Path

import gradio

_FRONTEND = Path(gradio.__file__).parent / "templates" / "frontend"
_ENTRY = re.compile(r'src="\./(assets/index-[^"]+\.js)"')
_NEXT = re.compile(r"m\.f=\[([^\]]*)\]")

#: What is loaded after that: the page's frame, and the component that the pad is.
_LATER = ("Blocks-*.js", "HTML-*.js")


def preloads() -> list[str]:
    """Return values of the header `Link`, one a file, with addresses seen from the page."""
    entry = _ENTRY.search((_FRONTEND / "index.html").read_text(encoding="utf-8"))
    following = entry and _NEXT.search((_FRONTEND / entry[1]).read_text(encoding="utf-8"))
    if not following:
        return []
    names = [name.strip('"').removeprefix("./") for name in following[1].split(",")]
    names += [path.name for pattern in _LATER for path in (_FRONTEND / "assets").glob(pattern)]
    return [f"<assets/{name}>; rel={_RELATION[Path(name).suffix]}" for name in names]


_RELATION = {".js": "modulepreload", ".css": "preload; as=style; crossorigin"}

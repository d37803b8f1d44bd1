"""Assembles the page's WebAssembly from its source; as a command it writes the file that is shipped."""

from importlib.resources import files
from pathlib import Path

from wasmtime import wat2wasm

SOURCE = Path(str(files("mnist_demo.ui.pad"))) / "engine" / "operations.wat"


def assembled() -> bytes:
    return bytes(wat2wasm(SOURCE.read_text(encoding="utf-8")))


if __name__ == "__main__":
    SOURCE.with_suffix(".wasm").write_bytes(assembled())

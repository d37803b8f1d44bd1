"""Joins a module of the page with all that it imports, so that a browser asks for one file and not for forty.

Each module keeps a scope of its own: it becomes a function that is called once and returns what it exports.
Knows the few forms of `import` and `export` that our modules use, and refuses others. Knows no files.
"""

import posixpath
import re
from collections.abc import Mapping

_IMPORT = re.compile(r'^import (\{[^}]*\}) from "([^"]+)";$', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async function|function|class|const) (\w+|\{[^}]*\}))", re.MULTILINE)
_LAST_WORD = re.compile(r"(\w+)\s*[,}]")  # of each name in braces: the one that it has from there on
_OTHER = re.compile(r"^(?:import|export)\b.*$", re.MULTILINE)
_ADDRESS = "import.meta.url"


def bundle(entry: str, modules: Mapping[str, str]) -> str:
    """Return one module that exports what `entry` exports and imports nothing.

    entry: a path among `modules`, which holds each module's source by its path.

    Raises KeyError where an import leads nowhere, ValueError where modules import each other in a circle or
    have a form of `import` or `export` that isn't known here.
    """
    order: list[str] = []
    _visit(entry, modules, order, ())
    numbers = {name: number for number, name in enumerate(order)}
    parts = []
    for name in order:
        folder = posixpath.dirname(name)

        def take(found: re.Match[str], folder: str = folder) -> str:
            names = found[1].replace(" as ", ": ")
            return f"const {names} = module{numbers[_target(folder, found[2])]};"

        source = _IMPORT.sub(take, modules[name])
        own = posixpath.relpath(name, posixpath.dirname(entry) or ".")
        if name == entry:
            _refuse_others(name, _EXPORT.sub("", source))
            parts.append(source)
            continue
        exports = ", ".join(_LAST_WORD.findall("".join(f"{each}," for each in _EXPORT.findall(source))))
        source = _EXPORT.sub("", source).replace(_ADDRESS, f'new URL("{own}", {_ADDRESS})')
        _refuse_others(name, source)
        parts.append(f"const module{numbers[name]} = (() => {{\n{source}return {{ {exports} }};\n}})();\n")
    return "".join(parts)


def _visit(name: str, modules: Mapping[str, str], order: list[str], path: tuple[str, ...]) -> None:
    """Append the modules that this one stands on, then itself."""
    if name in path:
        raise ValueError(f"Modules import each other in a circle: {', '.join([*path, name])}")
    if name in order:
        return
    for found in _IMPORT.finditer(modules[name]):
        _visit(_target(posixpath.dirname(name), found[2]), modules, order, (*path, name))
    order.append(name)


def _target(folder: str, address: str) -> str:
    return posixpath.normpath(posixpath.join(folder, address))


def _refuse_others(name: str, source: str) -> None:
    if other := _OTHER.search(source):
        raise ValueError(f"{name} has what can't be bundled: {other[0]}")

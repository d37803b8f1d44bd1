"""Markup as elements, so that tests look at these and not at how they are written."""

from collections.abc import Iterator
from html.parser import HTMLParser

_VOID = {"br", "hr", "img", "input", "link", "meta"}  # elements that have no end tag


class Element:
    """A tag with its attributes, its children and the text between them."""

    def __init__(self, tag: str, attributes: dict[str, str | None]) -> None:
        self.tag = tag
        self.attributes = attributes
        self.children: list[Element | str] = []

    def get(self, attribute: str) -> str | None:
        return self.attributes.get(attribute)

    def text(self) -> str:
        """All text below, with single spaces."""
        return " ".join(" ".join(self._texts()).split())

    def all(self, tag: str = "", **attributes: str) -> list["Element"]:
        """The elements below with this tag and these attributes, in their order on the page."""
        return [
            element
            for element in self._below()
            if tag in ("", element.tag)
            and all(element.attributes.get(name) == value for name, value in attributes.items())
        ]

    def one(self, tag: str = "", **attributes: str) -> "Element":
        """The only element that `all` finds."""
        (found,) = self.all(tag, **attributes)
        return found

    def of_class(self, name: str) -> list["Element"]:
        """The elements below that have this class, perhaps among others."""
        return [each for each in self._below() if name in (each.attributes.get("class") or "").split()]

    def _texts(self) -> Iterator[str]:
        for child in self.children:
            if isinstance(child, str):
                yield child
            else:
                yield from child._texts()

    def _below(self) -> Iterator["Element"]:
        for child in self.children:
            if isinstance(child, Element):
                yield child
                yield from child._below()


class Page(Element):
    """The elements of a piece of markup. Tags that aren't closed, or not in their order, are an error."""

    def __init__(self, markup: str) -> None:
        super().__init__("", {})
        parser = _Parser(self)
        parser.feed(markup)
        parser.close()
        assert parser.open == [self], f"<{parser.open[-1].tag}> is not closed"


class _Parser(HTMLParser):
    def __init__(self, root: Element) -> None:
        super().__init__()
        self.open = [root]

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attributes))
        self.open[-1].children.append(element)
        if tag not in _VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)

"""The kinds of settings: how people write their values, which values are allowed, and why others are not.

Every reason completes the sentence "This setting …". Knows values only; which settings exist, and what they
do, is known elsewhere. What is parsed comes from strangers: it may be of any type and of any length.
"""

import contextlib
import math
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

_MAX_LENGTH = 200  # characters of any value


class Kind(ABC):
    """A kind of values."""

    #: What a form shows it as.
    control: ClassVar[Literal["number", "text", "flag", "menu"]]

    @abstractmethod
    def parse(self, given: object) -> Any:
        """The value that a form's field means. Raises ValueError with a reason."""

    @abstractmethod
    def problem(self, value: object) -> str:
        """The reason why a value is not allowed; empty if it is."""

    @abstractmethod
    def write(self, value: Any) -> str | bool:
        """The value as a form shows it; `parse` reads it back."""

    def say(self, value: Any) -> str:
        """The value within a sentence."""
        return str(self.write(value))


@dataclass(frozen=True)
class Whole(Kind):
    """Whole numbers, `least` to `most`."""

    control = "number"
    least: int = 0
    most: float = math.inf

    def parse(self, given: object) -> int:
        """Digits, or a number without a fraction."""
        if isinstance(given, str) and re.fullmatch(r"\s*-?[0-9]{1,15}\s*", given):
            return int(given)
        if isinstance(given, float) and given.is_integer() and abs(given) < 1e15:
            return int(given)
        if type(given) is int:
            return given
        raise ValueError("must be a whole number, digits only")

    def problem(self, value: object) -> str:
        """Another type, or out of range."""
        if type(value) is not int:
            return "must be a whole number"
        if value < self.least:
            return f"must be at least {self.least:,}"
        return f"must be at most {self.most:,}" if value > self.most else ""

    def write(self, value: int) -> str:
        """Digits."""
        return str(value)

    def say(self, value: int) -> str:
        """With commas between the thousands, but not in four digits."""
        return f"{value:,}" if value >= 10_000 else str(value)


@dataclass(frozen=True)
class Number(Kind):
    """Real numbers from `least` to `most`, which may themselves be left out."""

    control = "number"
    least: float
    most: float
    is_least_allowed: bool = True
    is_most_allowed: bool = True

    def parse(self, given: object) -> float:
        """A number, or its digits; a decimal comma is a decimal point."""
        is_long = isinstance(given, str) and len(given) > _MAX_LENGTH
        if isinstance(given, str | int | float) and not isinstance(given, bool) and not is_long:
            text = given.replace(",", ".") if isinstance(given, str) else given
            with contextlib.suppress(ValueError, OverflowError):
                number = float(text)
                if math.isfinite(number):
                    return number
        raise ValueError("must be a number, such as 0.01")

    def problem(self, value: object) -> str:
        """Another type, or out of range."""
        if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
            return "must be a number"
        is_low = value < self.least or (value == self.least and not self.is_least_allowed)
        is_high = value > self.most or (value == self.most and not self.is_most_allowed)
        if not is_low and not is_high:
            return ""
        lower = f"at least {self.least:g}" if self.is_least_allowed else f"above {self.least:g}"
        return f"must be {lower} and {'at most' if self.is_most_allowed else 'below'} {self.most:g}"

    def write(self, value: float) -> str:
        """As short as possible."""
        return f"{value:g}"


@dataclass(frozen=True)
class Share(Number):
    """Numbers from 0 to 1 that sentences give in percent."""

    least: float = 0.0
    most: float = 1.0

    def say(self, value: float) -> str:
        """In percent."""
        return f"{100 * value:g}%"


@dataclass(frozen=True)
class Flag(Kind):
    """On or off."""

    control = "flag"

    def parse(self, given: object) -> bool:
        """True or False."""
        if not isinstance(given, bool):
            raise ValueError("must be on or off")
        return given

    def problem(self, value: object) -> str:
        """Another type."""
        return "" if isinstance(value, bool) else "must be on or off"

    def write(self, value: bool) -> bool:
        """As it is."""
        return value


@dataclass(frozen=True)
class Option:
    """An entry of a menu: what people call it, and the value that it stands for."""

    title: str
    value: Any


@dataclass(frozen=True)
class Choice(Kind):
    """One of a few values, each with the key that a form sends for it."""

    control = "menu"
    options: Mapping[str, Option]

    @classmethod
    def of(cls, registry: Mapping[str, Any]) -> "Choice":
        """The keys of a registry whose entries have titles."""
        return cls({name: Option(entry.title, name) for name, entry in registry.items()})

    def parse(self, given: object) -> Any:
        """The value of a key."""
        key = str(given) if type(given) is int else given
        if not isinstance(key, str) or key not in self.options:
            raise ValueError(self._reason())
        return self.options[key].value

    def problem(self, value: object) -> str:
        """A value that no option has."""
        return "" if any(option.value == value for option in self.options.values()) else self._reason()

    def write(self, value: Any) -> str:
        """The value's key; a value that no option has, as it is."""
        return next((key for key, option in self.options.items() if option.value == value), str(value))

    def say(self, value: Any) -> str:
        """The value's title."""
        key = self.write(value)
        return self.options[key].title if key in self.options else key

    def _reason(self) -> str:
        return f"must be one of {', '.join(self.options)}"


@dataclass(frozen=True)
class Widths(Kind):
    """Up to `most` whole numbers from 1 to `largest`, one for each layer: 512, 256."""

    control = "text"
    most: int
    largest: int

    def parse(self, given: object) -> Sequence[int]:
        """Numbers with commas between them; nothing for no layer."""
        parts = given.split(",") if isinstance(given, str) and len(given) <= _MAX_LENGTH else given
        if not isinstance(parts, list) or len(parts) > self.most:
            raise ValueError("must be whole numbers separated by commas, such as 512, 256")
        return () if parts == [""] else tuple(map(Whole().parse, parts))

    def problem(self, value: object) -> str:
        """Too many, too large, or no whole numbers."""
        is_list = isinstance(value, list | tuple) and len(value) <= self.most
        if is_list and not any(map(Whole(1, self.largest).problem, value)):  # type: ignore[call-overload]
            return ""
        return f"must be up to {self.most} whole numbers from 1 to {self.largest:,}"

    def write(self, value: Sequence[int]) -> str:
        """With commas between."""
        return ", ".join(map(str, value))

    def say(self, value: Sequence[int]) -> str:
        """With hyphens between."""
        return "-".join(map(str, value))


@dataclass(frozen=True)
class Blocks(Kind):
    """Up to `most` blocks of layers, each with the widths of its layers: 32, 64+64."""

    control = "text"
    most: int
    layers: Widths

    def parse(self, given: object) -> Sequence[Sequence[int]]:
        """Commas between the blocks, plus signs between a block's layers."""
        parts = given.split(",") if isinstance(given, str) and len(given) <= _MAX_LENGTH else given
        if not isinstance(parts, list) or not 1 <= len(parts) <= self.layers.most:
            raise ValueError("must be the widths of blocks separated by commas, such as 32, 64+64")
        return tuple(
            self.layers.parse(part.replace("+", ",") if isinstance(part, str) else part) for part in parts
        )

    def problem(self, value: object) -> str:
        """Too many blocks, or a block that is not allowed."""
        if not isinstance(value, list | tuple) or not 1 <= len(value) <= self.most:
            return f"must be 1 to {self.most} blocks: each halves the image"
        return next(filter(None, map(self.layers.problem, value)), "")

    def write(self, value: Sequence[Sequence[int]]) -> str:
        """See parse."""
        return ", ".join("+".join(map(str, block)) for block in value)

    def say(self, value: Sequence[Sequence[int]]) -> str:
        """With hyphens between the blocks."""
        return "-".join("+".join(map(str, block)) for block in value)

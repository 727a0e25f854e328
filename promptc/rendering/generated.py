"""Values that promptc makes up where the user gave no samples.

A `Mark` prints as its own path, ``⟦user.name⟧``, and bears whatever a template does to it: items,
attributes, calls, loops, arithmetic. Its `level` is the number of the sample: at 0 it is empty,
false and undefined, at 1 and 2 it holds that many items and is true, so that both arms of an
``{% if %}`` get rendered. How it compares to a constant is drawn from a checksum, so that the arms
of ``{% if role == "user" %}`` take turns, the same way in every run.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, SupportsIndex
from zlib import crc32

LEVELS = (0, 1, 2)
OPEN, CLOSE = "⟦", "⟧"

# A tree that a template walks down to its leaves must have leaves.
_DEEPEST, _INNERMOST = 16, 4
_LONGEST = 120


class Mark(str):
    """A made-up value: text that names where it came from, and acts like what is asked of it."""

    path: str
    level: int
    depth: int
    loops: int
    owner: Mark | None
    picked: list[Mark] | None

    def __new__(cls, path: str, level: int, owner: Mark | None = None) -> Mark:
        """Name a value; *owner* is what it was taken from."""
        if len(path) > _LONGEST:
            path = f"{path[: _LONGEST - 20]}…{_draw(path):08x}"
        mark = super().__new__(cls, f"{OPEN}{path}{CLOSE}")
        mark.path, mark.level, mark.owner = path, level, owner
        mark.depth = owner.depth + 1 if owner is not None else 0
        mark.loops = owner.loops if owner is not None else 0
        mark.picked = None
        return mark

    @property
    def size(self) -> int:
        """How many items it has."""
        if self.picked is not None:
            return len(self.picked)
        return 0 if self.depth > _DEEPEST or self.loops > _INNERMOST else self.level

    def child(self, key: str) -> Mark:
        """The attribute or the item called *key*."""
        step = f".{key}" if key.isidentifier() else f"[{shown(key)}]"
        return Mark(f"{self.path}{step}", self.level, self)

    def item(self, number: int) -> Mark:
        """The item at *number*; there is one at every number that is asked for."""
        if self.picked is not None and -self.size <= number < self.size:
            return self.picked[number]
        at = number + self.size if -self.size <= number < 0 else number
        mark = Mark(f"{self.path}[{at}]", self.level, self)
        mark.loops += 1
        return mark

    def held(self) -> list[Mark]:
        """All items."""
        return [self.item(number) for number in range(self.size)]

    def derived(self, path: str) -> Mark:
        """What an operation on this value gives."""
        return Mark(path, self.level, self)

    def agrees(self, test: str) -> bool:
        """Whether a comparison holds: drawn for each path and sample, never at level 0."""
        return self.size > 0 and _draw(f"{self.path} {test} {self.level}") % 2 == 0

    # What a dictionary answers. Jinja's attribute look-up never gets here; its filters do.

    def keys(self) -> list[Mark]:
        return self.derived(f"{self.path}.keys()").held()

    def values(self) -> list[Mark]:
        return self.held()

    def items(self) -> list[tuple[Mark, Mark]]:
        return list(zip(self.keys(), self.values(), strict=True))

    def get(self, key: Any, default: Any = None) -> Any:
        return self[key] if self.size or default is None else default

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        name = self.path.rpartition(".")[2]
        if self.owner is not None and name == "items" and not args:
            return self.owner.items()
        if self.owner is not None and name == "get" and 1 <= len(args) <= 2:
            return self.owner.get(*args)
        given = [shown(each) for each in args]
        given += [f"{key}={shown(value)}" for key, value in kwargs.items()]
        return self.derived(f"{self.path}({', '.join(given)})")

    # What a sequence answers.

    def __iter__(self) -> Iterator[Mark]:
        return iter(self.held())

    def __len__(self) -> int:
        return self.size

    def __bool__(self) -> bool:
        return self.size > 0

    def __contains__(self, other: object) -> bool:
        return self.agrees(f"in {shown(other)}")

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, slice):
            return self._cut(key)
        if isinstance(key, int):
            return self.item(key)
        return self.child(str(key))

    def _cut(self, part: slice) -> Mark:
        ends = ["" if end is None else shown(end) for end in (part.start, part.stop)]
        step = "" if part.step is None else f":{shown(part.step)}"
        mark = self.derived(f"{self.path}[{ends[0]}:{ends[1]}{step}]")
        mark.picked = self.held()[part]
        return mark

    # What text and numbers answer.

    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Mark):
            return str.__eq__(self, other)
        return self.agrees(f"== {shown(other)}")

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __lt__(self, other: Any) -> bool:
        return str.__lt__(self, other) if isinstance(other, Mark) else self.agrees(f"< {other}")

    def __gt__(self, other: Any) -> bool:
        return str.__gt__(self, other) if isinstance(other, Mark) else self.agrees(f"> {other}")

    def __le__(self, other: Any) -> bool:
        return not self > other

    def __ge__(self, other: Any) -> bool:
        return not self < other

    def __add__(self, other: Any) -> Any:
        if isinstance(other, str):
            return str.__add__(self, other)
        if isinstance(other, list | tuple):
            return [*self, *other]
        return self.derived(f"{self.path} + {shown(other)}")

    def __radd__(self, other: Any) -> Any:
        if isinstance(other, str):
            return str.__add__(other, self)
        if isinstance(other, list | tuple):
            return [*other, *self]
        return self.derived(f"{shown(other)} + {self.path}")

    def __rmod__(self, other: Any) -> Any:
        if isinstance(other, str):
            return str.__mod__(other, self)
        return self.derived(f"{shown(other)} % {self.path}")

    def __round__(self, digits: SupportsIndex = 0) -> Mark:
        return self.derived(f"round({self.path})")

    def __abs__(self) -> Mark:
        return self.derived(f"abs({self.path})")

    def __neg__(self) -> Mark:
        return self.derived(f"-{self.path}")

    def __pos__(self) -> Mark:
        return self

    def __index__(self) -> int:
        return self.size

    __int__ = __trunc__ = __floor__ = __ceil__ = __index__

    def __float__(self) -> float:
        return float(self.size)

    def __format__(self, spec: str) -> str:
        try:
            return str.__format__(self, spec)
        except ValueError:  # a specification for numbers
            return str(self)


def _operator(sign: str) -> Any:
    return lambda self, other: self.derived(f"{self.path} {sign} {shown(other)}")


def _reflected(sign: str) -> Any:
    return lambda self, other: self.derived(f"{shown(other)} {sign} {self.path}")


for _name, _sign in (("sub", "-"), ("mul", "*"), ("truediv", "/"), ("floordiv", "//"),
                     ("mod", "%"), ("pow", "**")):  # fmt: skip
    setattr(Mark, f"__{_name}__", _operator(_sign))
    if _name != "mod":
        setattr(Mark, f"__r{_name}__", _reflected(_sign))


def shown(value: object) -> str:
    """Write *value* into a path: the same in every run, and short."""
    if isinstance(value, Mark):
        return value.path
    if isinstance(value, str):
        return repr(str(value[:40]))
    if isinstance(value, int | float) or value is None:
        return f"{value!r:.40}"
    return type(value).__name__


def _draw(text: str) -> int:
    return crc32(text.encode(errors="surrogatepass"))

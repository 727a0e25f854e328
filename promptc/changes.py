"""What `promptc diff` hands back: templates before and after, and what is too much growth."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from promptc.errors import ConfigError
from promptc.prices import Price
from promptc.results import Failure


class Change(NamedTuple):
    """One template, before and after; tokens are ``None`` where it was not there or can't be read.

    *kind* is ``"changed"``, ``"new"`` or ``"deleted"``. *was* is the path that it was renamed from.
    *through* are the included files that changed. *own* says that its own text did. *included*:
    another template brings it in, so it is no prompt by itself. *calls* are those per month,
    ``None`` where nobody said.
    """

    path: str
    before: float | None
    after: float | None
    kind: str = "changed"
    was: str = ""
    own: bool = True
    through: tuple[str, ...] = ()
    included: bool = False
    calls: int | None = None
    exact: bool = True

    @property
    def grown(self) -> float:
        """Tokens after less those before; one that is not there takes none."""
        return (self.after or 0) - (self.before or 0)


@dataclass(frozen=True)
class Compared:
    """All that changed since *revision*, which is *commit*; ``""``: nothing was committed yet."""

    revision: str
    commit: str
    changes: tuple[Change, ...]
    unchanged: int
    model: str
    tokenizer: str
    price: Price | None = None
    failures: tuple[Failure, ...] = ()
    notes: tuple[str, ...] = field(default=())

    def month(self, change: Change) -> Decimal | None:
        """What a month costs more, in US dollars; ``None`` where that is not known."""
        if self.price is None or change.calls is None:
            return None
        return (Decimal(str(change.grown)) * self.price.input * change.calls).scaleb(-6)


class Limit(NamedTuple):
    """Growth that is too much when it exceeds all that is stated of the two."""

    percent: float | None
    tokens: float | None

    def exceeded(self, change: Change) -> bool:
        """Whether *change* grew too much. What was not there before has not grown."""
        if change.before is None or change.after is None or change.grown <= 0:
            return False
        over = self.percent is None or change.grown * 100 > change.before * self.percent
        return over and (self.tokens is None or change.grown > self.tokens)


def limit(text: str) -> Limit:
    """Read ``10%``, ``50``, or both with a comma; raise `ConfigError` for anything else.

    >>> limit("10%,50")
    Limit(percent=10.0, tokens=50.0)
    """
    percent = tokens = None
    for part in (each.strip() for each in text.split(",")):
        number = part.removesuffix("%").strip()
        if not number.replace(".", "", 1).isdecimal():
            raise ConfigError(f"{text!r}: write a share as 10%, tokens as 50, or both as 10%,50")
        if part.endswith("%"):
            percent = float(number)
        else:
            tokens = float(number)
    return Limit(percent, tokens)

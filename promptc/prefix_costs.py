"""What the start of a prompt costs with the provider's cache: the values that say so."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple


class Kept(NamedTuple):
    """For how many *seconds* after its last use a prefix is kept, and what writing it costs.

    *write* is a share of the price of an input token.
    """

    seconds: int
    write: Decimal


class CacheRule(NamedTuple):
    """How one provider's prompt cache treats some models.

    A prefix of fewer than *minimum* tokens is not kept; of a longer one the minimum and whole
    *step* s more are. *automatic*: without a mark in the request. *read* is a share of the price of
    an input token. *kept* has the default first. *source* says where it is documented, *unsure*
    what other sources say, *date* on which day all of it was put together.
    """

    provider: str
    minimum: int
    step: int
    automatic: bool
    read: Decimal
    kept: tuple[Kept, ...]
    source: str
    unsure: str
    date: str

    def cached(self, prefix: int) -> int:
        """Tokens of a prefix of *prefix* tokens that the provider keeps."""
        if prefix < self.minimum:
            return 0
        return self.minimum + (prefix - self.minimum) // self.step * self.step


class Ending(NamedTuple):
    """What ends a static prefix, where it stands, and why it ends it.

    *kind* is ``"hole"``, ``"loop"``, ``"choice"`` (arms that start differently), ``"include"`` (a
    file known only at run time, or missing) or ``"tag"`` (one that changes or hides its text).
    *text* is the hole or tag as it is written; *line* and *column* count from 1 in *source*.
    """

    kind: str
    text: str
    reason: str
    source: str
    line: int
    column: int


class PrefixCost(NamedTuple):
    """Tokens that every rendering starts with, before and after, as the template alone tells.

    *end* is what ends them in the source, ``None`` where all of the prompt is static. *files* are
    the included files that they run through. *shared* are the tokens that the renderings of the
    samples start with, before and after; ``None`` where there are fewer than two.
    """

    before: int
    after: int
    end: Ending | None = None
    files: tuple[str, ...] = ()
    shared: tuple[int, int] | None = None


@dataclass(frozen=True)
class Caching:
    """US dollars per call, input only, with the provider's prompt cache.

    *prefix* static tokens start the prompt; *cached* of them are kept, for *seconds* after their
    last use: none if there are fewer than *minimum*. A *cold* call writes them, a *warm* one reads
    them; *uncached* is a call without any cache. *break_even* is the least number of calls, one
    cold and the rest warm, that cost less than as many uncached ones; ``None``: no number does.
    *automatic*: the request need not ask for it.
    """

    prefix: int
    cached: int
    minimum: int
    uncached: Decimal
    cold: Decimal
    warm: Decimal
    break_even: int | None
    seconds: int
    automatic: bool


@dataclass(frozen=True)
class CacheVerdict:
    """Whether a change costs more with the provider's cache than it saves.

    *warm_share* is the share of calls that are taken to be warm, *tipping* that from which on the
    change costs more; ``None``: it never does.
    """

    before: Caching
    after: Caching
    warm_share: float
    loses: bool
    tipping: float | None

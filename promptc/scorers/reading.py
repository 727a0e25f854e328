"""The contract between the models that read texts and what calls them.

A text becomes rows, each of which a model reads at once. Rows of many texts and many callers share
a pass. Rows are planned and their results put together in the thread of the caller; only `read`
runs where the model does.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from promptc.scorers.joining import How, Rated

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Row(NamedTuple):
    """Tokens that are read in one pass, *ids*: (n,).

    The first *skip* are only context, the others are rated. *size* is what the row costs, in
    tokens; rows of one *group* may share a pass.
    """

    size: int
    group: Hashable
    ids: NDArray[np.int64]
    skip: int = 0


class Plan(NamedTuple):
    """The rows of a *text*, and where its tokens stand: *offsets*, (n, 2) characters."""

    text: str
    rows: tuple[Row, ...]
    offsets: NDArray[np.int64]


class Reader(Protocol):
    """A model that rates rows. *asks* says whether a question changes what it says.

    *budget* is how many tokens, padding included, a pass takes by choice; *alike* is the share of
    the longest row of a pass that every row has, since the rest is padding; *parallel* is how many
    passes may be read at a time; *how* is the way that tokens which share a character become one.
    """

    name: str
    version: str
    asks: bool
    budget: int
    alike: float
    parallel: int
    how: How

    def plan(self, text: str, query: str) -> Plan:
        """Cut *text* into rows. Safe to call from many threads."""
        ...

    def read(self, rows: Sequence[Row]) -> list[NDArray[np.float32]]:
        """Rate the tokens of *rows*, which are of one group, in one pass.

        Called from *parallel* threads.
        """
        ...

    def rated(self, plan: Plan, values: Sequence[NDArray[np.float32]]) -> Rated:
        """Put together what the rows of *plan* were rated. Safe to call from many threads."""
        ...

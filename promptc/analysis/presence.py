"""Which text is rendered whenever other text is, wherever the two stand.

Order does not matter here: see `promptc.analysis.dominance` for what is read before what.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from promptc.ir import Block, Node, Tag, Template
from promptc.source import Span

# Blocks whose bodies are rendered elsewhere, or by other code: what is outside of one may not be
# rendered where its body is.
_APART = frozenset({"block", "call", "filter", "macro", "set", "trans"})
_LEAVES = frozenset({"break", "continue"})


class Arm(NamedTuple):
    """One clause of a block, by the characters it holds; *apart*: rendered by other code."""

    span: Span
    loop: bool
    apart: bool


class Paths:
    """The clauses of a template, and where its loops are left early."""

    def __init__(self, nodes: Iterable[Node]) -> None:
        self._arms: list[Arm] = []
        self._jumps: list[int] = []
        self._enter(nodes)

    def chain(self, offset: int) -> tuple[Arm, ...]:
        """The clauses that hold the text at *offset*, outer before inner."""
        return tuple(arm for arm in self._arms if arm.span.start <= offset <= arm.span.stop)

    def shows(self, place: int, other: int) -> bool:
        """Whether every path that renders the text at *place* renders that at *other* too."""
        here, there = self.chain(place), self.chain(other)
        if here[: len(there)] != there or any(arm.apart for arm in here[len(there) :]):
            return False
        loops = [arm.span for arm in there if arm.loop]
        return not any(
            place <= jump < other and any(loop.covers(Span(jump, jump)) for loop in loops)
            for jump in self._jumps
        )

    def _enter(self, nodes: Iterable[Node]) -> None:
        for node in nodes:
            if isinstance(node, Tag) and node.name in _LEAVES:
                self._jumps.append(node.span.start)
            if not isinstance(node, Block):
                continue
            apart = node.opaque or node.name in _APART
            ends = [*(clause.tag.span.start for clause in node.clauses[1:]), node.end.span.start]
            for clause, end in zip(node.clauses, ends, strict=True):
                loop = node.name == "for"
                self._arms.append(Arm(Span(clause.tag.span.stop, end), loop, apart))
                self._enter(clause.body)


@lru_cache(maxsize=16)
def paths(template: Template) -> Paths:
    """The paths through *template*."""
    return Paths(template.body)

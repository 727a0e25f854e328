"""Fenced code over all paths through a template.

A fence may open in one arm and close in another, or be opened by two arms that differ. So the
lines are read the way a template runs: each point has the set of fences that may be open there,
and whatever may be fenced is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypeAlias

from promptc.analysis.mask import TAG
from promptc.ir import Block, Node, Template
from promptc.source import Span

_FENCE = re.compile(
    r"(?:[ \t]|>|(?:[-*+]|\d{1,9}[.)])[ \t])*(?P<marks>`{3,}|~{3,})(?P<info>[^\n]*)"
)
_PIECE = re.compile(f"[^{TAG}]+")


class Fence(NamedTuple):
    """A run of *length* backticks or tildes that opened a block."""

    mark: str
    length: int


States: TypeAlias = "frozenset[Fence | None]"
_CLOSED: States = frozenset({None})


class Fences(NamedTuple):
    """Blocks that are or may be fenced; from *doubt* on fences may be meant to pair otherwise."""

    spans: tuple[Span, ...]
    doubt: int | None


def fences(template: Template, text: str) -> Fences:
    """Every stretch of *text*, the masked text of *template*, that may be inside a fence."""
    if "```" not in text and "~~~" not in text:
        return Fences((), None)
    reader = _Reader(text)
    reader.read(template.body)
    return reader.finish()


class _Mark(NamedTuple):
    """A line that may open or close a fence: *texts* are the ways to read it."""

    at: int
    start: int
    stop: int
    texts: tuple[str, ...]
    sure: bool


def _marks(text: str) -> Iterator[_Mark]:
    at = 0
    for raw in text.split("\n"):
        if "```" in raw or "~~~" in raw:
            yield from _line_marks(raw, at)
        at += len(raw) + 1


def _line_marks(raw: str, at: int) -> Iterator[_Mark]:
    """The marks of one line; where tags cut it, each piece may be the start of a line."""
    stop = at + len(raw)
    pieces = [piece for piece in _PIECE.finditer(raw) if piece.group().strip()]
    whole = raw.replace(TAG, "")
    for i, piece in enumerate(pieces):
        texts = (piece.group(), whole) if i == 0 else (piece.group(),)
        if any(_FENCE.match(text) for text in texts):
            sure = len(pieces) == 1
            start = at if i == 0 else at + piece.start()
            yield _Mark(at + piece.start(), start, stop, texts, sure)


def _step(state: Fence | None, text: str) -> Fence | None:
    """The fence that is open after a line, given the one open before it."""
    match = _FENCE.match(text)
    if not match:
        return state
    marks, info = match["marks"], match["info"].strip()
    if state is None:
        return None if marks[0] in info and marks[0] == "`" else Fence(marks[0], len(marks))
    closes = marks[0] == state.mark and len(marks) >= state.length and not info
    return None if closes else state


def _info(text: str) -> str:
    """What stands after a fence, such as a language."""
    match = _FENCE.match(text)
    return match["info"].strip() if match else ""


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.end = len(text)
        self.nested = -1
        self.marks = list(_marks(text))
        self.next = 0
        self.states = _CLOSED
        self.opened = -1
        self.found: list[Span] = []
        self.seen: dict[tuple[str, ...], list[States]] = {}

    def read(self, nodes: Iterable[Node]) -> None:
        for node in nodes:
            if isinstance(node, Block) and self.next < len(self.marks):
                self._advance(node.span.start)
                self._block(node)

    def finish(self) -> Fences:
        self._advance(self.end + 1)
        if self.opened >= 0:
            self.found.append(Span(self.opened, self.end))
        return Fences(tuple(self.found), self._doubt())

    def _doubt(self) -> int | None:
        """Where fences stop to pair for sure: at one that holds the opening of another.

        Or at the first, when a bare fence is open at the end on every path: it may be meant to
        close a block. One on the last line is for the model to go on.
        """
        if self.nested >= 0:
            return self.nested
        if None in self.states or _info(self.marks[-1].texts[0]):
            return None
        after = self.text[self.marks[-1].stop :].replace(TAG, "").strip()
        return min(self.found).start if after else None

    def _advance(self, to: int) -> None:
        """Read the marks before offset *to*."""
        while self.next < len(self.marks) and self.marks[self.next].at < to:
            self._line(self.marks[self.next])
            self.next += 1

    def _line(self, mark: _Mark) -> None:
        if self.nested < 0 and None not in self.states and self._nests(mark):
            self.nested = self.opened
        after = {_step(state, text) for state in self.states for text in mark.texts}
        if not mark.sure:
            after |= self.states
        self.states = frozenset(after)
        if self.opened < 0 and self.states != _CLOSED:
            self.opened = mark.start
        elif self.opened >= 0 and self.states == _CLOSED:
            self.found.append(Span(self.opened, mark.stop))
            self.opened = -1

    def _nests(self, mark: _Mark) -> bool:
        """Whether *mark* opens a fence that could close the one it stands in."""
        match = _FENCE.match(mark.texts[0])
        if not match or not match["info"].strip():
            return False
        marks = match["marks"]
        return any(
            state is not None and marks[0] == state.mark and len(marks) >= state.length
            for state in self.states
        )

    def _block(self, block: Block) -> None:
        """Read every clause from the same beginning; a block that shifts a fence is all fenced."""
        before, opened = self.states, self.opened
        key = tuple(clause.tag.text.strip("{}%+- \t\n") for clause in block.clauses)
        entries = self._entries(block, key)
        ends = [*(clause.tag.span.start for clause in block.clauses[1:]), block.end.span.start]
        outs: list[States] = []
        for clause, entry, end in zip(block.clauses, entries, ends, strict=False):
            self.states, self.opened = entry, opened
            self.read(clause.body)
            self._advance(end)
            outs.append(self.states)
        skipped = entries[len(outs) :]
        self.states = frozenset().union(*outs, *skipped)
        self.opened = opened
        if outs == entries[: len(outs)]:
            self.states = before
            return
        self.seen[key] = [*outs, *skipped]
        self.opened = block.span.start if opened < 0 else opened
        if self.states == _CLOSED:
            self.found.append(Span(self.opened, block.span.stop))
            self.opened = -1

    def _entries(self, block: Block, key: tuple[str, ...]) -> list[States]:
        """What may be open where each clause begins, and last, where none of them is taken.

        Blocks with equal conditions are taken alike: one that opens a fence and a later one that
        closes it belong together.
        """
        whole = block.name in ("if", "for") and block.clauses[-1].tag.name == "else"
        count = len(block.clauses) + (not whole and block.name in ("if", "for"))
        kept = self.seen.get(key, [])
        if block.name == "if" and len(kept) == count and self.states == frozenset().union(*kept):
            return kept
        return [self.states] * count

"""Where offsets of a template go when edits are applied, and which edit stands where."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from promptc.ir import Edit
from promptc.rewrite import ordered
from promptc.source import Span


class Moves:
    """Where offsets go when edits are applied, and which edit stands where."""

    def __init__(self, edits: Sequence[Edit]) -> None:
        numbers = {id(patch): at for at, edit in enumerate(edits) for patch in edit.patches}
        self.old: list[Span] = []
        self.new: list[Span] = []
        self.edits: list[int] = []
        shift = 0
        for patch in ordered(edits):
            start = patch.span.start + shift
            self.old.append(patch.span)
            self.new.append(Span(start, start + len(patch.text)))
            self.edits.append(numbers[id(patch)])
            shift = self.new[-1].stop - patch.span.stop

    def to(self, offset: int) -> int:
        """The offset after of *offset* before."""
        return _moved(offset, self.old, self.new)

    def back(self, offset: int) -> int:
        """The offset before of *offset* after."""
        return _moved(offset, self.new, self.old)

    def blamed(self, span: Span, *, after: bool) -> int:
        """The number of the first edit in *span*, else of the nearest before it."""
        places = self.new if after else self.old
        first = bisect_right(places, span.start, key=lambda each: each.stop)
        if first < len(places) and places[first].start < span.stop:
            return self.edits[first]
        near = bisect_right(places, span.stop, key=lambda each: each.start) - 1
        return self.edits[max(near, 0)]


def _moved(offset: int, old: Sequence[Span], new: Sequence[Span]) -> int:
    at = bisect_right(old, offset, key=lambda each: each.start) - 1
    if at < 0:
        return offset
    if offset < old[at].stop:
        return min(new[at].start + offset - old[at].start, new[at].stop)
    return new[at].stop + offset - old[at].stop

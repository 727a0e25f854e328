"""What every pass is held to: tags, holes and locked text come out as they went in."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from promptc.analysis.kinds import Spans
from promptc.ir import Edit, Leaf, Patch, Template, Text
from promptc.source import Span


class Gap(NamedTuple):
    """The literal text between two neighboring tags, holes or comments; ``None``: an end."""

    left: Leaf | None
    text: str
    right: Leaf | None


def gaps(template: Template) -> tuple[Gap, ...]:
    """Every gap of *template*, empty ones too, in order."""
    return tuple(_gaps(template.leaves))


def _gaps(leaves: Sequence[Leaf]) -> Iterator[Gap]:
    left: Leaf | None = None
    parts: list[str] = []
    for leaf in leaves:
        if isinstance(leaf, Text):
            parts.append(leaf.text)
            continue
        yield Gap(left, "".join(parts), leaf)
        left, parts = leaf, []
    yield Gap(left, "".join(parts), None)


def trespass(template: Template, edits: Sequence[Edit], kinds: frozenset[type[Leaf]]) -> str | None:
    """Name the first edit that touches a locked leaf, or a leaf neither `Text` nor of *kinds*."""
    locked = Spans(leaf.span for leaf in template.leaves if leaf.locked)
    closed = Spans(
        leaf.span
        for leaf in template.leaves
        if not isinstance(leaf, Text) and type(leaf) not in kinds
    )
    for edit in edits:
        for patch in edit.patches:
            shown = template.text[slice(*patch.span)]
            if locked.overlaps(patch.span):
                return f"edits locked text: {shown!r}"
            if closed.overlaps(patch.span):
                return f"edits template code: {shown!r}"
    return None


def changed_code(before: Template, after: Template) -> str | None:
    """Name the first tag, hole or comment that is not the same before and after."""
    old, new = ([leaf for leaf in t.leaves if not isinstance(leaf, Text)] for t in (before, after))
    for one, two in zip(old, new, strict=False):
        if type(one) is not type(two) or one.text != two.text:
            return f"turns {one.text!r} into {two.text!r}"
    if len(old) != len(new):
        extra = (old if len(old) > len(new) else new)[min(len(old), len(new))]
        return f"{'loses' if len(old) > len(new) else 'makes'} {extra.text!r}"
    return None


class Shift:
    """Where offsets of a text stand once *patches*, sorted and apart, are applied to it.

    An offset inside a patch moves to the beginning or the end of what the patch wrote.
    """

    def __init__(self, patches: Iterable[Patch]) -> None:
        self._patches = tuple(patches)
        grown = (len(each.text) - (each.span.stop - each.span.start) for each in self._patches)
        self._starts = [each.span.start for each in self._patches]
        self._stops = [each.span.stop for each in self._patches]
        self._sums = [0, *accumulate(grown)]

    def start(self, offset: int) -> int:
        """The new place of *offset*, behind what is inserted there."""
        at = bisect_right(self._stops, offset)
        inside = at < len(self._starts) and self._starts[at] < offset
        return (self._starts[at] if inside else offset) + self._sums[at]

    def stop(self, offset: int) -> int:
        """The new place of *offset*, before what is inserted there."""
        at = bisect_left(self._starts, offset)
        inside = at > 0 and self._stops[at - 1] > offset
        return (self._stops[at - 1] if inside else offset) + self._sums[at]

    def written(self) -> Iterator[Span]:
        """What the patches wrote, as it stands in the new text."""
        for patch, grown in zip(self._patches, self._sums, strict=False):
            start = patch.span.start + grown
            yield Span(start, start + len(patch.text))


def misread(before: Template, after: Template, patches: Sequence[Patch]) -> bool:
    """Whether a tag, hole or comment that *patches* leave alone is read differently *after*.

    Or whether one came to be that is not made of what a patch wrote or left of another one.
    """
    shift = Shift(patches)
    edited = Spans(patch.span for patch in patches)
    kept: set[tuple[type[Leaf], Span]] = set()
    free = list(shift.written())
    for leaf in before.leaves:
        if isinstance(leaf, Text):
            continue
        moved = Span(shift.start(leaf.span.start), shift.stop(leaf.span.stop))
        if edited.overlaps(leaf.span):
            free.append(moved)
        else:
            kept.add((type(leaf), moved))
    made = {(type(leaf), leaf.span) for leaf in after.leaves if not isinstance(leaf, Text)}
    return not kept <= made or not _covered((span for _, span in made - kept), free)


def _covered(spans: Iterable[Span], by: Iterable[Span]) -> bool:
    """Whether each of *spans* lies in spans of *by* that overlap or touch."""
    joined: list[Span] = []
    for span in sorted(by):
        if joined and span.start <= joined[-1].stop:
            joined[-1] = Span(joined[-1].start, max(joined[-1].stop, span.stop))
        else:
            joined.append(span)
    starts = [span.start for span in joined]
    for span in spans:
        at = bisect_right(starts, span.start) - 1
        if at < 0 or not joined[at].covers(span):
            return False
    return True

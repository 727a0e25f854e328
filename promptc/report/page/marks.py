"""The text of a template with what a build dropped, changed and added, each with who did it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import NamedTuple

from promptc.report.page.bounds import cut
from promptc.report.page.views import Mark
from promptc.results import Compiled, Drop
from promptc.source import Mapping, Span

_TAIL = re.compile(r"\w*\Z")
_HEAD = re.compile(r"\w*")
_LONG = 1200
_CONTEXT = 300


class Stretch(NamedTuple):
    """Characters *span* of the source, and what they became; *kept* as they were."""

    span: Span
    before: str
    after: str
    kept: bool = False


def marks(file: Compiled, numbers: Sequence[tuple[int, Drop]]) -> tuple[Mark, ...]:
    """Mark the source of *file*; *numbers* are the drops that the page tells of, each numbered."""
    index = Drops.of(file.name, numbers)
    return tuple(_mark(each, index) for each in _whole_words(list(stretches(file))))


def stretches(file: Compiled) -> Iterator[Stretch]:
    """Cut the source of *file* where it was changed, by the map that leads back to it.

    The `before` of all stretches is the source, the `after` the compiled text, in order.
    """
    at, written = 0, ""
    for each in _in_order(file):
        text, origin = file.text[slice(*each.output)], each.origin
        if origin is None or each.source != file.name or origin.start < at:
            written += text
            continue
        yield from _gap(file, Span(at, origin.start), written)
        at, written = origin.stop, ""
        before = file.source[slice(*origin)]
        if before or text:
            yield Stretch(origin, before, text, kept=before == text)
    yield from _gap(file, Span(at, len(file.source)), written)


def shortened(found: Iterable[Mark]) -> tuple[Mark, ...]:
    """Leave out the middle of long stretches in which nothing happened, and the rest of others."""
    return tuple(part for each in found for part in _shortened(each))


def _shortened(mark: Mark) -> Iterator[Mark]:
    text = mark.before
    if mark.kind != "kept":
        yield mark._replace(before=cut(text, _LONG), after=cut(mark.after, _LONG))
    elif len(text) <= _LONG:
        yield mark
    else:
        left = f"{len(text) - 2 * _CONTEXT:,} characters as they were"
        yield Mark("kept", text[:_CONTEXT])
        yield Mark("left", left)
        yield Mark("kept", text[-_CONTEXT:])


def _gap(file: Compiled, span: Span, written: str) -> Iterator[Stretch]:
    before = file.source[slice(*span)]
    if before or written:
        yield Stretch(span, before, written)


def _in_order(file: Compiled) -> Sequence[Mapping]:
    """The map of *file*; where text was moved, as little as possible counts as moved."""
    if not file.origins:
        same = file.source == file.text
        whole = Span(0, len(file.source)) if same else None
        return (Mapping(Span(0, len(file.text)), whole, same, file.name),)
    own = [m for m in file.origins if m.origin is not None and m.source == file.name]
    spans = [m.origin for m in own if m.origin is not None]
    if all(one.stop <= two.start for one, two in pairwise(spans)):
        return file.origins
    staying = {own[at].output for at in heaviest(spans)}
    moved = (m if m.output in staying else m._replace(origin=None) for m in file.origins)
    return tuple(moved)


def heaviest(spans: Sequence[Span]) -> list[int]:
    """Which of *spans* to take so that they stand in order and cover the most characters.

    >>> heaviest([Span(6, 9), Span(0, 2), Span(2, 6)])
    [1, 2]
    """
    # The best chain that ends at each of *stops*, *weights* growing along with them.
    stops, weights, lasts, before = [0], [0], [-1], list[int]()
    for at, (start, stop) in enumerate(spans):
        best = bisect_right(stops, start) - 1
        before.append(lasts[best])
        weight = weights[best] + stop - start
        place = end = bisect_right(stops, stop)
        if weights[place - 1] >= weight:
            continue
        place -= stops[place - 1] == stop
        while end < len(weights) and weights[end] <= weight:
            end += 1
        stops[place:end], weights[place:end], lasts[place:end] = [stop], [weight], [at]
    chain, at = list[int](), lasts[-1]
    while at >= 0:
        chain.append(at)
        at = before[at]
    return chain[::-1]


def _whole_words(found: Sequence[Stretch]) -> Iterator[Stretch]:
    """Widen what was reworded to whole words, so that no mark ends inside one."""
    nothing = Stretch(Span(0, 0), "", "", kept=True)
    for before, each, after in zip((nothing, *found), found, (*found[1:], nothing), strict=False):
        if each.kept:
            span = Span(
                each.span.start + _borrowed_head(before, each),
                each.span.stop - _borrowed_tail(each, after),
            )
            text = each.before[span.start - each.span.start : span.stop - each.span.start]
            yield Stretch(span, text, text, kept=True)
            continue
        head = before.before[len(before.before) - _borrowed_tail(before, each) :]
        tail = after.before[: _borrowed_head(each, after)]
        span = Span(each.span.start - len(head), each.span.stop + len(tail))
        yield Stretch(span, f"{head}{each.before}{tail}", f"{head}{each.after}{tail}")


def _borrowed_head(change: Stretch, kept: Stretch) -> int:
    """How many characters of the word that *kept* starts with belong to *change* before it."""
    if not _reworded(change) or not kept.kept or not change.after[-1].isalnum():
        return 0
    found = _HEAD.match(kept.before)
    size = len(found[0]) if found else 0
    return size if size < len(kept.before) else 0


def _borrowed_tail(kept: Stretch, change: Stretch) -> int:
    """How many characters of the word that *kept* ends with belong to *change* behind it."""
    if not _reworded(change) or not kept.kept or not change.after[0].isalnum():
        return 0
    found = _TAIL.search(kept.before)
    size = len(found[0]) if found else 0
    return size if size < len(kept.before) else 0


def _reworded(each: Stretch) -> bool:
    return not each.kept and bool(each.before.strip()) and bool(each.after.strip())


@dataclass(frozen=True)
class Drops:
    """The numbered drops of one source, by where they stand."""

    found: tuple[tuple[Span, int], ...]
    furthest: tuple[int, ...]

    @classmethod
    def of(cls, name: str, numbers: Iterable[tuple[int, Drop]]) -> Drops:
        """Those of *numbers* that stand in the source *name*."""
        found = sorted((drop.span, number) for number, drop in numbers if drop.source == name)
        return cls(tuple(found), tuple(accumulate((span.stop for span, _ in found), max)))

    def at(self, span: Span) -> tuple[int, ...]:
        """The numbers of those that touch *span*; those that overlap it, if any do."""
        touching: list[tuple[Span, int]] = []
        last = bisect_right(self.found, (Span(span.stop, span.stop), 10**9))
        for at in range(last - 1, -1, -1):
            if self.furthest[at] < span.start:
                break
            if self.found[at][0].stop >= span.start:
                touching.append(self.found[at])
        inside = [each for each in touching if each[0].overlaps(span)]
        return tuple(sorted(number for _, number in inside or touching))


def _mark(each: Stretch, index: Drops) -> Mark:
    if each.kept:
        return Mark("kept", each.before)
    kind = "dropped" if not each.after else "changed" if each.before else "added"
    return Mark(kind, each.before, each.after, index.at(each.span))

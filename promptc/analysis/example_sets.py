"""Few-shot sets: examples that follow one another, each of the same parts in the same order."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from promptc.analysis.captures import captured
from promptc.analysis.kinds import Spans
from promptc.analysis.lines import Line, lines
from promptc.analysis.mask import HOLE, TAG, masked
from promptc.ir import Template
from promptc.source import Span


class Example(NamedTuple):
    """One example: *span* goes up to where the next one starts.

    *asked* is what it shows of the input, *told* of the output. *number* is what it is called by.
    *apart* says that it can go without a trace.
    """

    span: Span
    asked: str
    told: str
    number: str = ""
    apart: bool = True


_LABELED = re.compile(
    r"(?:#{1,6}[ \t]*)?(?:[-*+][ \t]+)?[*_]{0,2}(?P<label>[A-Za-z][A-Za-z/-]*(?: [A-Za-z/-]+){0,2})"
    r"(?:[ \t]*#?\d{1,3})?[*_]{0,2}[ \t]*:(?!//)[*_]{0,2}(?P<rest>.*)"
)
_NUMBERED = re.compile(
    r"(?:#{1,6}[ \t]*)?(?:[*_]{2})?(?:example|sample|demonstration|shot|exemplar)"
    r"(?:[ \t]+#?|#)(?P<number>\d{1,3}|(?-i:[A-Z]))(?![\w-])[ \t]*(?:[:.)-]|[*_]{2})*(?P<rest>.*)",
    re.IGNORECASE,
)
_HEADING = re.compile(r"#{1,6}[ \t]")
_ELEMENT = re.compile(
    r"<(?P<name>example|exemplar|demonstration|sample|shot)(?P<attributes>[ \t][^<>]*)?>", re.I
)
_NUMBER = re.compile(r"\b(?:id|number|index|n)[ \t]*=[ \t]*[\"']?(\w+)", re.IGNORECASE)
_CHILD = re.compile(r"<(?P<name>[a-z][\w-]*)>(?P<inner>.*?)</(?P=name)>", re.DOTALL)


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


#: Labels of what a model is to write; a round ends with one of them.
_OUTPUTS = _set(
    """
    a answer output label sentiment response category class intent translation sql summary
    classification prediction verdict judgement judgment score rating result completion target
    emotion topic correction rewrite paraphrase headline title keywords entities tags json
    """
) | {"expected output", "correct answer", "final answer", "ideal answer"}
#: Labels of what a model is given; a round has one of them.
_INPUTS = _set(
    """
    q question input text sentence review problem query statement context premise passage tweet
    email comment post example article claim request utterance instruction word phrase title source
    english description snippet code
    """
)


@lru_cache(maxsize=16)
def example_sets(template: Template) -> tuple[tuple[Example, ...], ...]:
    """Every set of three and more examples, each written out in the template, in order.

    Only examples in which nothing is filled in are listed. Turns of one conversation and steps of
    one line of thought are none: each needs those before it.
    """
    text = masked(template)
    closed = Spans((*captured(template), *(leaf.span for leaf in template.leaves if leaf.locked)))
    found = [*_elements(text), *_rounds(text, lines(template))]
    sets = (_open(each, text, closed) for each in found)
    return tuple(each for each in sets if len(each) > 2)


def _open(found: Sequence[Example], text: str, closed: Spans) -> tuple[Example, ...]:
    """The examples before the first that is filled in or that code may read."""
    kept: list[Example] = []
    for each in found:
        shown = text[slice(*each.span)]
        if HOLE in shown or TAG in shown.rstrip(TAG) or closed.overlaps(each.span):
            break
        kept.append(each)
    return tuple(kept)


def _elements(text: str) -> Iterator[list[Example]]:
    """Runs of ``<example> … </example>`` with white space between."""
    run: list[Example] = []
    for match in _ELEMENT.finditer(text):
        if run and match.start() < run[-1].span.stop:
            continue
        end = text.find(f"</{match['name']}>", match.end())
        nested = text.find(f"<{match['name']}", match.end(), max(end, 0)) >= 0
        if end < 0 or nested:
            continue
        stop = end + len(match["name"]) + 3
        if run and text[run[-1].span.stop : match.start()].strip():
            yield _spread(run)
            run = []
        run.append(_element(text, match, Span(match.start(), stop), end))
    yield _spread(run)


def _element(text: str, match: re.Match[str], span: Span, end: int) -> Example:
    inner = text[match.end() : end]
    number = _NUMBER.search(match["attributes"] or "")
    children = list(_CHILD.finditer(inner))
    if len(children) > 1 and not inner[children[-1].end() :].strip():
        at = children[-1].start()
        return Example(span, inner[:at], children[-1]["inner"], number[1] if number else "")
    asked, told = _parted(inner)
    return Example(span, asked, told, number[1] if number else "")


def _parted(inner: str) -> tuple[str, str]:
    """What stands before the last label of an output, and after it."""
    at = 0
    parts = ("", "")
    for line in inner.split("\n"):
        match = _LABELED.match(line.strip())
        if match and match["label"].lower() in _OUTPUTS:
            parts = (inner[:at], inner[at + line.index(":") + 1 :])
        at += len(line) + 1
    return parts


def _spread(run: Sequence[Example]) -> list[Example]:
    """*run* with each example reaching up to the next one."""
    starts = [each.span.start for each in run[1:]]
    spread = [
        each._replace(span=Span(each.span.start, at)) for each, at in zip(run, starts, strict=False)
    ]
    return [*spread, *run[-1:]]


class _Row(NamedTuple):
    """A labeled line: where in the lines it is, its label, and its number."""

    at: int
    label: str
    number: str


def _labels(rows: Sequence[Line]) -> Iterator[_Row]:
    for at, line in enumerate(rows):
        if TAG in line.text:
            continue
        numbered = _NUMBERED.match(line.content)
        if numbered:
            yield _Row(at, "example", numbered["number"])
        elif match := _LABELED.match(line.content):
            yield _Row(at, match["label"].lower(), "")


def _rounds(text: str, rows: Sequence[Line]) -> Iterator[list[Example]]:
    """Sets of labeled lines: those between one output and the next are one example's."""
    labels = list(_labels(rows))
    counts: dict[str, int] = {}
    for row in labels:
        counts[row.label] = counts.get(row.label, 0) + 1
    for output in sorted(_OUTPUTS & counts.keys(), key=lambda each: -counts[each]):
        if counts[output] < 3:
            continue
        common = [row for row in labels if counts[row.label] >= counts[output] - 1]
        found = list(_cycle(rows, common, output))
        if len(found) > 2:
            yield _examples(text, rows, found)
            return


def _cycle(rows: Sequence[Line], labels: Sequence[_Row], output: str) -> Iterator[list[_Row]]:
    """Rounds that have the same labels in the same order, the last of them *output*."""
    rounds: list[list[_Row]] = [[]]
    for row in labels:
        rounds[-1].append(row)
        if row.label == output:
            rounds.append([])
    if len(rounds) < 3:
        return
    shape = _shape(rounds[1])
    if not set(shape) & _INPUTS or len(shape) < 2:
        return
    first = rounds[0]
    while first and _shape(first) != shape:
        first = first[1:]
    previous = -1
    for each in [first, *rounds[1:]]:
        if _shape(each) != shape or (previous >= 0 and _leaves(rows, previous, each)):
            return
        previous = each[-1].at
        if each:
            yield each


def _shape(rounds: Sequence[_Row]) -> list[str]:
    """The labels, one for each run of equal ones."""
    labels = [row.label for row in rounds]
    return labels[:1] + [two for one, two in pairwise(labels) if one != two]


def _leaves(rows: Sequence[Line], previous: int, after: Sequence[_Row]) -> bool:
    """Whether a heading that is no label stands between two rounds."""
    return any(
        _HEADING.match(rows[at].content) and not rows[at].content.endswith(":")
        for at in range(previous + 1, after[0].at)
    )


def _examples(text: str, rows: Sequence[Line], found: Sequence[Sequence[_Row]]) -> list[Example]:
    made = []
    for one, two in pairwise(found):
        span = Span(rows[one[0].at].start, rows[two[0].at].start)
        made.append(_example(text, rows, one, span))
    last = found[-1]
    span = Span(rows[last[0].at].start, rows[last[-1].at].stop)
    return [*made, _example(text, rows, last, span)]


def _example(text: str, rows: Sequence[Line], labels: Sequence[_Row], span: Span) -> Example:
    output = rows[labels[-1].at]
    told = text[output.start + output.text.index(":") + 1 : span.stop]
    asked = text[span.start : output.start]
    return Example(
        span, asked, told.strip(), labels[0].number, _PARTED.search(told.strip()) is None
    )


#: Paragraphs in an output: the last of them may be no part of it.
_PARTED = re.compile(r"\n[ \t]*\n[ \t]*[A-Za-z]")

"""Few-shot examples: labels that come round again, loops over labeled lines, example elements."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from promptc.analysis.lines import Line, row_at
from promptc.analysis.mask import HOLE, TAG
from promptc.ir import Template, blocks
from promptc.source import Span

_LABEL = re.compile(
    rf"(?:>\s*)*(?:[-*+•]\s+|\d+[.)]\s+)?(?:\#{{1,6}}\s*)?[*_]{{0,2}}[\[<(]?"
    rf"(?P<label>(?:[^\W\d_][\w'’/&-]*|{HOLE}+)(?:\s+(?:[\w'’/&#-]+|{HOLE}+)){{0,3}})"
    rf"\s*+[\])>]?[*_]{{0,2}}\s*+(?::(?!//)|：|->|=>|→)",
)
_BRACKETED = re.compile(r"\[(?P<label>[^\[\]\n]{1,40})\]$")
_EXAMPLE = re.compile(
    r"(?:\#{1,6}\s*|\*\*|[-=]{2,}\s*|\[|<)?(?:few[- ]?shot\s+)?"
    r"(?P<label>example|sample|demonstration|case|shot|exemplar)"
    rf"\s\#?\s*(?:\d+|[A-Z]|one|two|three|four|five|{HOLE}+)\s*+(?:\*\*|\]|>)?\s*+"
    r"(?:[-=]{2,})?\s*+(?:[:.]|$)",
    re.IGNORECASE,
)
_SEPARATOR = re.compile(r"(?P<label>\#{1,6}|={3,})$")
_ANNOUNCED = re.compile(r"\b(?:examples|samples|shots)\b[^.]*[:*-]*$", re.IGNORECASE)
_HEADING = re.compile(r"#{1,6}\s")
_DIGITS = re.compile(rf"[\d\s{HOLE}*_#]+")
_ELEMENT = re.compile(
    r"<(?P<name>[\w.-]*(?:example|exemplar|demonstration|few_?shot|sample)[\w.-]*)(?:\s[^<>]*)?>",
    re.IGNORECASE,
)
#: How the label of a numbered head ends; a bare run of these is a head too.
_NUMBERED = "#"


def examples(
    template: Template, text: str, rows: Sequence[Line], skipped: Sequence[bool]
) -> Iterator[Span]:
    """Every stretch of *text* that shows the model what to do, the lines between included."""
    yield from _elements(text)
    labels = [_label(line.content) for line in rows]
    for first, stop in _rounds(rows, labels, skipped):
        yield Span(rows[first].start, rows[stop - 1].stop)
    yield from _loops(template, rows, labels)


def _elements(text: str) -> Iterator[Span]:
    """``<example> … </example>``; neighbors and the white space between them are one."""
    if "</" not in text:
        return
    first = stop = at = -1
    while match := _ELEMENT.search(text, max(at, 0)):
        close = text.find(f"</{match['name']}", match.end())
        end = text.find(">", close) + 1 if close >= 0 else 0
        at = match.end()
        if not end:
            continue
        at = end
        if stop >= 0 and not text[stop : match.start()].replace(TAG, "").strip():
            stop = end
            continue
        if stop >= 0:
            yield Span(first, stop)
        first, stop = match.start(), end
    if stop >= 0:
        yield Span(first, stop)


def _label(content: str) -> str:
    """What a line is labeled with, digits and decoration left out; empty where it has no label."""
    if not content:
        return ""
    if match := _EXAMPLE.match(content):
        return f"{match['label'].lower()} {_NUMBERED}"
    match = _LABEL.match(content) or _BRACKETED.match(content) or _SEPARATOR.match(content)
    if not match:
        return ""
    if match.re is _SEPARATOR:
        return match["label"]
    return _DIGITS.sub(" ", match["label"]).strip().lower() or HOLE


def _rounds(
    rows: Sequence[Line], labels: Sequence[str], skipped: Sequence[bool]
) -> Iterator[tuple[int, int]]:
    """Runs of lines in which the same labels come round in the same way."""
    found = [row for row, label in enumerate(labels) if label and not skipped[row]]
    following: dict[int, int] = {}
    last: dict[str, int] = {}
    for at, row in enumerate(found):
        if labels[row] in last:
            following[last[labels[row]]] = at
        last[labels[row]] = at
    at = 0
    while at < len(found):
        heads = _heads(rows, labels, found, following, at)
        if len(heads) < 2:
            at += 1
            continue
        yield found[heads[0]], _end(rows, labels, [found[head] for head in heads])
        at = heads[-1] + 1


def _heads(
    rows: Sequence[Line],
    labels: Sequence[str],
    found: Sequence[int],
    following: dict[int, int],
    at: int,
) -> list[int]:
    """The labels equal to number *at* that each start a round, as places in *found*.

    Numbered heads need no labels under them, nor do those that stand under a line that speaks of
    examples. The last round may be the question that is left to the model.
    """
    heads = [at]
    alone = labels[found[at]].endswith(_NUMBERED) or _announced(rows, found[at])
    before: list[str] = []
    while heads[-1] in following:
        start, after = heads[-1], following[heads[-1]]
        if _broken(rows, labels, found[start] + 1, found[after]):
            break
        inside = [labels[row] for row in found[start + 1 : after]]
        if not alone and not _alike(before or inside, inside):
            break
        heads.append(after)
        before = inside
    if len(heads) > 1 and not alone:
        inside = [labels[row] for row in found[heads[-1] + 1 :][: len(before)]]
        last = rows[found[heads[-1]] : found[heads[-1]] + 2]
        asks = any(HOLE in line.content for line in last)
        if not asks and not _alike(before, inside):
            heads.pop()
    return heads


def _alike(one: Sequence[str], two: Sequence[str]) -> bool:
    """Whether two rounds share half the labels of the shorter, and begin alike or share most."""
    shared = len({*one} & {*two})
    if not shared or shared * 2 < min(len({*one}), len({*two})):
        return False
    return one[0] == two[0] or shared * 2 >= len({*one, *two})


def _announced(rows: Sequence[Line], row: int) -> bool:
    """Whether the line above *row* that is not blank ends by announcing examples."""
    above = [line.content for line in rows[max(0, row - 2) : row] if line.content]
    return bool(above) and _ANNOUNCED.search(above[-1]) is not None


def _broken(rows: Sequence[Line], labels: Sequence[str], first: int, stop: int) -> bool:
    """Whether a heading without a label stands between: the round would leave its section."""
    return any(
        not labels[row] and _HEADING.match(rows[row].content) is not None
        for row in range(first, stop)
    )


def _end(rows: Sequence[Line], labels: Sequence[str], heads: Sequence[int]) -> int:
    """The end of the last round: as many paragraphs as the longest round before it has."""
    most = max(_paragraphs(rows, one, two) for one, two in pairwise(heads))
    known = {labels[row] for row in range(heads[0], heads[-1]) if labels[row]}
    row, seen, stop = heads[-1], 0, heads[-1] + 1
    while row < len(rows):
        if rows[row].content:
            starts = row == heads[-1] or not rows[row - 1].content
            seen += starts
            if seen > most or (row > heads[-1] and _ends_round(rows[row], labels[row], known)):
                break
            stop = row + 1
        row += 1
    return stop


def _ends_round(line: Line, label: str, known: set[str]) -> bool:
    return _HEADING.match(line.content) is not None and label not in known


def _paragraphs(rows: Sequence[Line], first: int, stop: int) -> int:
    return sum(
        bool(rows[row].content) and (row == first or not rows[row - 1].content)
        for row in range(first, stop)
    )


def _loops(template: Template, rows: Sequence[Line], labels: Sequence[str]) -> Iterator[Span]:
    """Loops whose body is mostly labeled lines with holes: one example each time round."""
    for block in blocks(template.body):
        if block.name != "for":
            continue
        first, stop = row_at(rows, block.span.start), row_at(rows, block.span.stop)
        inside = [row for row in range(first, stop) if rows[row].content]
        labeled = sum(
            bool(labels[row]) and HOLE in rows[row].content + _next(rows, row, stop)
            for row in inside
        )
        if labeled and labeled * 4 >= len(inside):
            yield block.span


def _next(rows: Sequence[Line], row: int, stop: int) -> str:
    return rows[row + 1].content if row + 1 < stop else ""

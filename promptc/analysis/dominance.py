"""Which text is always read before other text, and speaks of the same things.

A copy of a sentence may go where an earlier one dominates it: whoever reads the later copy has
read the earlier one, in a message of the same role and under the same heading.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from promptc.analysis.lines import Line, lines
from promptc.analysis.mask import TAG, masked
from promptc.analysis.regions import Kind, Spans, regions
from promptc.ir import Block, Node, Output, Tag, Template
from promptc.source import Span

#: Blocks whose bodies are rendered elsewhere, again, or by other code: no text outside of one
#: is known to be read before what it holds.
_APART = frozenset({"block", "call", "filter", "macro", "set", "trans"})
_LEAVES = frozenset({"break", "continue"})
_HEADING = re.compile(r"(#{1,6})(?:\s|$)")
_UNDERLINE = re.compile(r"={3,}$|-{3,}$")
# Lines that head what follows without Markdown's marks: all bold, framed, all capitals.
_BOLD = re.compile(r"(?:\*\*|__)[^*_]+(?:\*\*|__):?$|(?:\*\*|__)[^*_]+:(?:\*\*|__)$")
_FRAMED = re.compile(
    r"(?:={2,}|-{2,}|~{2,}|#{2,}|\*{3,}|\[)\s*\w.*?(?:={2,}|-{2,}|~{2,}|#{2,}|\*{3,}|\])$"
)
_CAPITALS = re.compile(r"[^a-z]*[A-Z]{3}[^a-z]*$")
_ITEM = re.compile(r"(?:[-*+•‣◦▪–—]|\(?(?:\d{1,3}|[A-Za-z])[.)])\s")
_BEGUN = re.compile(rf"[ \t{TAG}]*{_ITEM.pattern}[ \t]*(?:\[[ xX]\])?[ \t*_{TAG}]*")
# Where a data set's template parts what a model reads from what it is to answer.
_ANSWER = re.compile(r"\|\|\|")
_ROLE_CALL = re.compile(r"\brole\s*\(")
_ELEMENT = re.compile(r"<(/?)([A-Za-z][\w.:-]*)[^<>]*?(/?)>")
_LOOSE = 7
"""The level of a heading that is none in Markdown: below all that are."""
_LONGEST = 200
"""Longer lines are text, however they look."""
_LABEL = 8
"""The level of a line that ends in a colon."""


class Scope(NamedTuple):
    """What a place in a template belongs to. Each part is a chain, outer before inner.

    *role* counts the marks of messages that stand before. *headings* and *elements* are told by
    the offset of the line and of the tag that opens them, *items* by that of the line of each list
    item; what an item begins with does not belong to the item, the rest of it does.
    """

    role: int
    headings: tuple[int, ...]
    elements: tuple[int, ...]
    items: tuple[int, ...]


def dominates(template: Template, earlier: Span, later: Span) -> bool:
    """Whether every rendering that shows *later* shows *earlier* before it, in the same scope.

    The same scope: no mark of a message between them, the same headings or none above *earlier*,
    the same elements or none around *earlier*, and every list item that holds *earlier* holds
    *later* too. Places that template code keeps apart dominate nothing outside themselves.
    """
    if earlier.stop > later.start or not _precedes(template, earlier, later):
        return False
    one, two = scope(template, earlier.start), scope(template, later.start)
    return (
        one.role == two.role
        and one.headings in ((), two.headings)
        and one.elements in ((), two.elements)
        and two.items[: len(one.items)] == one.items
    )


def scope(template: Template, offset: int) -> Scope:
    """The message, headings, elements and list items that hold the character at *offset*."""
    sections = _sections(template)
    items = _at(sections.items, offset)
    if items and _BEGUN.fullmatch(masked(template), items[-1], offset):
        items = items[:-1]
    return Scope(
        bisect_right(sections.roles, offset),
        _at(sections.headings, offset),
        _at(sections.elements, offset),
        items,
    )


def _precedes(template: Template, earlier: Span, later: Span) -> bool:
    """Whether *earlier* is rendered before *later* whenever *later* is."""
    places = _places(template)
    one, two = places.chain(earlier), places.chain(later)
    if two[: len(one)] != one or any(arm.apart for arm in two[len(one) :]):
        return False
    loops = [arm.span for arm in two if arm.loop]
    between = places.jumps[bisect_left(places.jumps, earlier.stop) :]
    return not any(
        jump < later.start and any(loop.start <= jump < loop.stop for loop in loops)
        for jump in between
    )


class _Arm(NamedTuple):
    """One clause of a block, by the characters it holds."""

    span: Span
    loop: bool
    apart: bool


class _Places:
    """The clauses of a template, and where its loops are left early."""

    def __init__(self, template: Template) -> None:
        self.arms: list[_Arm] = []
        self.jumps: list[int] = []
        self._enter(template.body)

    def chain(self, span: Span) -> tuple[_Arm, ...]:
        """The clauses that hold *span*, outer before inner."""
        return tuple(arm for arm in self.arms if arm.span.covers(span))

    def _enter(self, nodes: Iterable[Node]) -> None:
        for node in nodes:
            if isinstance(node, Tag) and node.name in _LEAVES:
                self.jumps.append(node.span.start)
            if not isinstance(node, Block):
                continue
            ends = [*(clause.tag.span.start for clause in node.clauses[1:]), node.end.span.start]
            apart = node.opaque or node.name in _APART
            for clause, end in zip(node.clauses, ends, strict=True):
                span = Span(clause.tag.span.stop, end)
                self.arms.append(_Arm(span, node.name == "for", apart))
                self._enter(clause.body)


@lru_cache(maxsize=16)
def _places(template: Template) -> _Places:
    return _Places(template)


#: Where a chain of openings changes, and what it is from there on.
_Chains = list[tuple[int, tuple[int, ...]]]


@dataclass(frozen=True)
class _Sections:
    roles: Sequence[int]
    headings: _Chains
    elements: _Chains
    items: _Chains


@lru_cache(maxsize=16)
def _sections(template: Template) -> _Sections:
    rows = [line for line in lines(template) if line.content]
    found = regions(template)
    shut = {Kind.FENCE, Kind.INDENTED, Kind.JSON, Kind.YAML, Kind.EXAMPLE, Kind.TABLE}
    hidden = Spans(region.span for region in found if region.kind in shut)
    said = [row for row in rows if not hidden.overlaps(Span(row.start, row.start + 1))]
    return _Sections(
        _roles(template),
        _headings(said),
        _elements(masked(template), (r.span for r in found if r.kind is Kind.TAG)),
        _items(said),
    )


def _roles(template: Template) -> list[int]:
    """Where messages start: marks in the text, calls that print one, the answer of a data set."""
    return sorted(
        (
            *(region.span.start for region in regions(template) if region.kind is Kind.ROLE),
            *(match.start() for match in _ANSWER.finditer(masked(template))),
            *(
                leaf.span.start
                for leaf in template.leaves
                if isinstance(leaf, Output) and _ROLE_CALL.search(leaf.text)
            ),
        )
    )


def _at(chains: _Chains, offset: int) -> tuple[int, ...]:
    at = bisect_right(chains, offset, key=lambda each: each[0])
    return chains[at - 1][1] if at else ()


def _headings(rows: Sequence[Line]) -> _Chains:
    chains: _Chains = []
    stack: list[tuple[int, int]] = []
    for row, line in enumerate(rows):
        level = _level(rows, row)
        if level:
            stack = [*(each for each in stack if each[0] < level), (level, line.start)]
            chains.append((line.start, tuple(start for _, start in stack)))
    return chains


def _level(rows: Sequence[Line], row: int) -> int:
    """The level of the heading that a line is; 0 where it is none."""
    content = rows[row].content
    if match := _HEADING.match(content):
        return len(match[1])
    below = rows[row + 1] if row + 1 < len(rows) else None
    if below and below.start == rows[row].stop + 1 and _UNDERLINE.match(below.content):
        return 1 if below.content[0] == "=" else 2
    if _ITEM.match(content) or len(content) > _LONGEST:
        return 0
    if _BOLD.match(content) or _FRAMED.match(content) or _CAPITALS.match(content):
        return _LOOSE
    return _LABEL if content.rstrip("*_ ").endswith(":") else 0


def _elements(text: str, tags: Iterable[Span]) -> _Chains:
    """XML-like elements that are closed somewhere; one that is only opened holds nothing."""
    found = [(span.start, match) for span in tags if (match := _ELEMENT.match(text, *span))]
    closed = {match[2] for _, match in found if match[1]}
    stack: list[tuple[str, int]] = []
    chains: _Chains = []
    for start, match in found:
        name = match[2]
        if match[1]:
            while name in (opened for opened, _ in stack) and stack.pop()[0] != name:
                pass
        elif not match[3] and name in closed:
            stack.append((name, start))
        chains.append((start, tuple(at for _, at in stack)))
    return chains


def _items(rows: Sequence[Line]) -> _Chains:
    """List items, those that hold others first; a line that is no deeper than an item ends it."""
    chains: _Chains = []
    stack: list[tuple[int, int]] = []
    for line in rows:
        stack = [each for each in stack if each[0] < line.indent]
        if _ITEM.match(line.content):
            stack.append((line.indent, line.start))
        chains.append((line.start, tuple(start for _, start in stack)))
    return chains

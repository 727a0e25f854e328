from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, NamedTuple

from promptc.analysis.captures import captured
from promptc.analysis.mask import HOLE, TAG, masked
from promptc.analysis.regions import Kind, Spans, regions
from promptc.ir import Block, Edit, Leaf, Patch, Template, origin_of
from promptc.protocols import Guarantee, PassContext, Tokenizer
from promptc.source import Span

_HEADING = re.compile(r"(?P<marks>#{1,6})[ \t]+(?P<title>[^\n]*)")
_NUMBERED = re.compile(
    r"[*_]*(?:\d|[A-Z][.)]\s|[IVX]+[.)]\s|(?:step|part|phase|stage|section|finally|lastly|then|now"
    r"|next)\b)",
    re.IGNORECASE,
)
#: Words that point to what stands before or after them.
_POINTS = re.compile(
    r"\b(?:above|aforementioned|below|earlier|finally|following|foregoing|former|hereafter|herein"
    r"|later|latter|next|now|preceding|previous|previously|so far|subsequent|then|therefore"
    r"|these|this|those|thus)\b"
    r"|\b(?:article|code|content|context|conversation|data|document|documents|email|history|input"
    r"|message|messages|passage|passages|question|query|review|table|text|transcript)\b",
    re.IGNORECASE,
)
_FORWARD = re.compile(
    r"\b(?:below|following|later|next|hereafter|subsequent|then|finally|last)\b", re.IGNORECASE
)


class _Section(NamedTuple):
    """A heading with all that stands under it."""

    span: Span
    title: str
    static: bool


@dataclass(frozen=True)
class HoistStatic:
    """Move sections without holes before the first section that has one.

    Providers charge less for a prefix that does not change from call to call, and a prefix ends at
    the first hole. This saves no tokens; the rule of each edit says how long the static prefix was
    and is. A section is what stands under a heading. It moves only where its order can't matter:
    its heading has no number, nothing in it points back ("above", "this", "the text"), nothing
    between points forward, no mark of a message stands between, and it is not the last section,
    which is often last on purpose. Other words in another order is a change that a template has to
    grant: ``grant = ["hoist-static"]`` in its sidecar.
    """

    name: ClassVar[str] = "hoist-static"
    guarantee: ClassVar[Guarantee] = Guarantee.MEANING
    version: ClassVar[int] = 1
    edits: ClassVar[frozenset[type[Leaf]]] = frozenset()
    earns: ClassVar[Literal["tokens", "shape"]] = "shape"

    at_least: int = 16
    """Tokens that the static prefix has to grow by."""

    def run(self, template: Template, ctx: PassContext) -> Iterator[Edit]:
        if self.name not in ctx.grant or captured(template):
            return
        text = masked(template)
        found = _sections(template, text)
        first = next((at for at, each in enumerate(found) if not each.static), len(found))
        if not first and found and _dynamic(text[: found[0].span.start]):
            return
        moved = [each for each in _movable(template, text, found, first)]
        if not moved or _dynamic(text[: found[first].span.start]):
            return
        before, after = _prefixes(text, found[first].span, moved, ctx.tokenizer)
        if after - before >= self.at_least:
            yield _edit(
                template, found[first].span.start, moved, f"prefix of {before} to {after} tokens"
            )


def _dynamic(text: str) -> bool:
    return HOLE in text or TAG in text


def _sections(template: Template, text: str) -> list[_Section]:
    """The sections of the highest level that two headings have, if all stand at the top."""
    inside = Spans(node.span for node in template.body if isinstance(node, Block))
    marks = [
        match
        for region in regions(template)
        if region.kind is Kind.HEADING and (match := _HEADING.match(text, *region.span))
    ]
    levels = [len(match["marks"]) for match in marks]
    level = min((each for each in levels if levels.count(each) > 1), default=0)
    heads = [match for match, each in zip(marks, levels, strict=True) if each == level]
    higher = [match for match, each in zip(marks, levels, strict=True) if each < level]
    if not heads or any(match.start() > heads[0].start() for match in higher):
        return []
    starts = [match.start() for match in heads]
    if any(text[:at].rstrip(" \t")[-2:] not in ("", "\n", "\n\n") for at in starts):
        # A line with a number sign right under other text may be a comment in code.
        return []
    if any(inside.overlaps(Span(at, at + 1)) for at in starts):
        return []
    spans = map(Span, starts, [*starts[1:], len(text)])
    return [
        _Section(span, head["title"].strip(), not _dynamic(text[slice(*span)]))
        for span, head in zip(spans, heads, strict=True)
    ]


def _movable(
    template: Template, text: str, found: Sequence[_Section], first: int
) -> Iterator[_Section]:
    """The static sections after number *first* that may stand before it, in order."""
    roles = Spans(region.span for region in regions(template) if region.kind is Kind.ROLE)
    for at in range(first + 1, len(found) - 1):
        each = found[at]
        over = Span(found[first].span.start, each.span.stop)
        if not each.static or roles.overlaps(over) or _NUMBERED.match(each.title):
            continue
        passed = text[over.start : each.span.start]
        if not _POINTS.search(text, *each.span) and not _FORWARD.search(passed):
            yield each


def _prefixes(
    text: str, first: Span, moved: Sequence[_Section], tokenizer: Tokenizer
) -> tuple[int, int]:
    """Tokens before the first hole or tag, as it was and with *moved* before it."""
    start, stop = first
    hole = min(
        (at for mark in (HOLE, TAG) if (at := text.find(mark, start, stop)) >= 0), default=stop
    )
    parts = [text[slice(*each.span)] for each in moved]
    return (
        tokenizer.count(text[:hole]),
        tokenizer.count(text[:start] + "".join(parts) + text[start:hole]),
    )


def _edit(template: Template, to: int, moved: Sequence[_Section], rule: str) -> Edit:
    patches: list[Patch] = []
    for each in moved:
        whole = template.text[slice(*each.span)]
        name, origin = origin_of(template, each.span) or ("", None)
        copied = origin is not None and origin.stop - origin.start == len(whole)
        patches.append(
            Patch(Span(to, to), whole, origin if copied else None, name if copied else "")
        )
        patches.append(Patch(each.span, ""))
    return Edit(tuple(patches), rule)

"""The tree every pass reads, and the edits it answers with.

Nodes are frozen and lossless: the leaves of a template concatenate to its text, character for
character. Whitespace that a tag eats (``{%-``, ``-%}``, ``trim_blocks``) is held by the tag, so a
`Text` is exactly what a model reads. A leaf's `span` is where it stands in the template's own
text; `Template.origins` leads from there back to the files it came from.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple, TypeAlias

from promptc.source import Mapping, Note, Source, Span
from promptc.syntax import Syntax


@dataclass(frozen=True)
class Leaf:
    """A run of template text. A locked leaf is not to be edited by anyone."""

    text: str
    span: Span
    locked: bool = False


class Text(Leaf):
    """Literal prompt text: what a model reads."""


class Output(Leaf):
    """A hole: ``{{ expression }}``, or a field of a format string."""


class Comment(Leaf):
    """What never reaches a model: ``{# note #}``, front matter, the final line end Jinja drops."""


@dataclass(frozen=True)
class Tag(Leaf):
    """``{% name … %}`` or a line statement, alone or opening or closing a block."""

    name: str = ""


@dataclass(frozen=True)
class Clause:
    """One arm of a block: ``{% elif x %}`` and the nodes under it."""

    tag: Tag
    body: tuple[Node, ...]


@dataclass(frozen=True)
class Block:
    """``{% if %} … {% endif %}`` and its kin. *opaque*: a tag Jinja doesn't know, never entered."""

    clauses: tuple[Clause, ...]
    end: Tag
    opaque: bool = False

    @property
    def name(self) -> str:
        return self.clauses[0].tag.name

    @property
    def span(self) -> Span:
        return Span(self.clauses[0].tag.span.start, self.end.span.stop)


Node: TypeAlias = "Leaf | Block"


class Patch(NamedTuple):
    """Characters *span* of the template's text become *text*.

    *origin* and *source* say where *text* was copied from, when it was copied from a file.
    """

    span: Span
    text: str
    origin: Span | None = None
    source: str = ""


@dataclass(frozen=True)
class Edit:
    """One independent change: its patches are applied together or not at all."""

    patches: tuple[Patch, ...]
    rule: str = ""

    @property
    def span(self) -> Span:
        """From the first character touched to the last."""
        return Span(min(p.span.start for p in self.patches), max(p.span.stop for p in self.patches))


class Pragma(NamedTuple):
    """``{# promptc: name arguments #} … {# promptc: end #}``; *span* covers both comments."""

    name: str
    arguments: str
    span: Span
    inner: Span


@dataclass(frozen=True, eq=False)
class Template:
    """A parsed template: its own `text`, the tree over it, and where each run came from."""

    source: Source
    text: str
    body: tuple[Node, ...]
    origins: tuple[Mapping, ...]
    syntax: Syntax = field(default_factory=Syntax)
    pragmas: tuple[Pragma, ...] = ()
    notes: tuple[Note, ...] = ()

    @cached_property
    def leaves(self) -> tuple[Leaf, ...]:
        """Every leaf, in order."""
        return tuple(leaves(self.body))

    @cached_property
    def _output_stops(self) -> list[int]:
        return [mapping.output.stop for mapping in self.origins]

    def origins_at(self, span: Span) -> Iterator[Mapping]:
        """Every mapping whose output overlaps or touches *span*, in order."""
        for at in range(bisect_left(self._output_stops, span.start), len(self.origins)):
            if self.origins[at].output.start > span.stop:
                return
            yield self.origins[at]

    @property
    def name(self) -> str:
        return self.source.name


def leaves(nodes: Iterable[Node]) -> Iterator[Leaf]:
    """Yield every leaf under *nodes*, in source order."""
    for node in nodes:
        if isinstance(node, Block):
            for clause in node.clauses:
                yield clause.tag
                yield from leaves(clause.body)
            yield node.end
        else:
            yield node


def blocks(nodes: Iterable[Node]) -> Iterator[Block]:
    """Yield every block under *nodes*, outer before inner."""
    for node in nodes:
        if isinstance(node, Block):
            yield node
            for clause in node.clauses:
                yield from blocks(clause.body)


def origin_of(template: Template, span: Span) -> tuple[str, Span] | None:
    """The file and the characters in it that *span* of the template's text came from.

    The smallest range that covers every origin, in the file where *span* starts; ``None`` where
    promptc wrote all of it.
    """
    found: list[Span] = []
    name = ""
    for mapping in template.origins_at(span):
        output, origin = mapping.output, mapping.origin
        touches = output.overlaps(span) or output.start <= span.start == span.stop <= output.stop
        if not touches or origin is None or (name and mapping.source != name):
            continue
        name = mapping.source
        if mapping.verbatim:
            shift = origin.start - output.start
            lo, hi = max(span.start, output.start), min(span.stop, output.stop)
            origin = Span(lo + shift, max(lo, hi) + shift)
        found.append(origin)
    return (name, Span(min(s.start for s in found), max(s.stop for s in found))) if found else None

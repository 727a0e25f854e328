from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

from promptc.analysis.mask import TAG, masked
from promptc.analysis.regions import protected
from promptc.ir import Edit, Leaf, Patch, Template
from promptc.protocols import Guarantee, PassContext
from promptc.source import Span

_BLANK_RUN = re.compile(r"\n(?:[ \t]*\n)+")


@dataclass(frozen=True)
class CollapseBlankLines:
    """Collapse runs of blank lines.

    One blank line separates two paragraphs as well as five do. Runs inside code, data, examples
    and other places where spacing is the format stay as they are.
    """

    name: ClassVar[str] = "collapse-blank-lines"
    guarantee: ClassVar[Guarantee] = Guarantee.SPACING
    version: ClassVar[int] = 1
    edits: ClassVar[frozenset[type[Leaf]]] = frozenset()
    earns: ClassVar[Literal["tokens", "shape"]] = "tokens"

    keep: int = 1
    """Blank lines left in each run. With 0, a run that touches a tag or a hole keeps one."""

    def run(self, template: Template, ctx: PassContext) -> Iterator[Edit]:
        text = masked(template)
        fixed = protected(template)
        for match in _BLANK_RUN.finditer(text):
            span = Span(*match.span())
            ends = "\n" * (self._kept(template, text, span) + 1)
            if len(ends) >= match.group().count("\n") or fixed.overlaps(span):
                continue
            yield Edit((Patch(span, ends),))

    def _kept(self, template: Template, text: str, span: Span) -> int:
        """Blank lines to leave: at least one beside a tag or a hole, whose text is not known."""
        kept = self.keep if _between_words(text, span) else max(self.keep, 1)
        # trim_blocks, if it is on, eats the first line end after a tag.
        return kept + (text[span.start - 1 : span.start] == TAG and not template.syntax.stated)


def _between_words(text: str, span: Span) -> bool:
    """Whether the first thing on both sides of *span* is a character of a word."""
    first, last = span.start - 1, span.stop
    while first >= 0 and text[first] in " \t":
        first -= 1
    while last < len(text) and text[last] in " \t":
        last += 1
    return first >= 0 and last < len(text) and (text[first] + text[last]).isprintable()

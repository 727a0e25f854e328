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

# After a tag, what follows up to the line end decides whether trim_blocks eats that line end.
_TRAILING = re.compile(rf"(?<![ \t{TAG}])[ \t]+(?=\n)")
_HARD_BREAK = re.compile(r"  (?=\n[ \t]*\S)")


@dataclass(frozen=True)
class TrimLineEnds:
    """Trim spaces and tabs at the ends of lines.

    They are invisible in an editor and cost a token on most lines that have them. Code, data and
    everything else whose layout is its meaning stay as they are, and so does a line that ends the
    template.
    """

    name: ClassVar[str] = "trim-line-ends"
    guarantee: ClassVar[Guarantee] = Guarantee.SPACING
    version: ClassVar[int] = 1
    edits: ClassVar[frozenset[type[Leaf]]] = frozenset()
    earns: ClassVar[Literal["tokens", "shape"]] = "tokens"

    keep_hard_breaks: bool = False
    """Keep exactly two spaces before a line end, which Markdown renders as a line break."""

    def run(self, template: Template, ctx: PassContext) -> Iterator[Edit]:
        text = masked(template)
        if " \n" not in text and "\t\n" not in text:
            return
        fixed = protected(template)
        for match in _TRAILING.finditer(text):
            span = Span(*match.span())
            if fixed.overlaps(span):
                continue
            if self.keep_hard_breaks and _HARD_BREAK.match(text, span.start):
                continue
            yield Edit((Patch(span, ""),))

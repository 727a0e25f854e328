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

# A list marker's own spaces set how far its paragraphs are indented, so they stay; so do the
# spaces after a tag, which may be an indent.
_RUN = re.compile(rf"(?<=[^\s{TAG}])( {{2,}})(?=\S)")
_MARKER = re.compile(r"[ \t]*(?:[-*+]|\d{1,9}[.)])\Z")


@dataclass(frozen=True)
class CollapseSpaces:
    """Collapse runs of spaces between words.

    Two spaces after a full stop, and the runs that editors and copied text leave inside lines,
    read as one. Indents, list markers, tabs, aligned columns, tables, code, data, examples and
    everything else whose layout is its meaning stay as they are.
    """

    name: ClassVar[str] = "collapse-spaces"
    guarantee: ClassVar[Guarantee] = Guarantee.SPACING
    version: ClassVar[int] = 1
    edits: ClassVar[frozenset[type[Leaf]]] = frozenset()
    earns: ClassVar[Literal["tokens", "shape"]] = "tokens"

    longer_than: int = 1
    """Runs of up to this many spaces stay."""

    def run(self, template: Template, ctx: PassContext) -> Iterator[Edit]:
        text = masked(template)
        if "  " not in text:
            return
        fixed = protected(template)
        for match in _RUN.finditer(text):
            span = Span(*match.span(1))
            if span.stop - span.start <= self.longer_than or fixed.overlaps(span):
                continue
            if _MARKER.match(text, text.rfind("\n", 0, span.start) + 1, span.start):
                continue
            yield Edit((Patch(span, " "),))

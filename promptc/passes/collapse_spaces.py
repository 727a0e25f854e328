from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

from promptc.analysis.mask import HOLE, TAG, masked
from promptc.analysis.regions import protected
from promptc.ir import Edit, Leaf, Patch, Template
from promptc.protocols import Guarantee, PassContext
from promptc.source import Span

# A list marker's own spaces set how far its paragraphs are indented, so they stay; so do the
# spaces after a tag or a hole, which may be an indent where that prints nothing.
_RUN = re.compile(rf"(?<=[^\s{TAG}{HOLE}])( {{2,}})(?=\S)")
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
        line = at = 0
        for match in _RUN.finditer(text):
            span = Span(*match.span(1))
            line, at = max(line, text.rfind("\n", at, span.start) + 1), span.start
            if span.stop - span.start <= self.longer_than or fixed.overlaps(span):
                continue
            if not _MARKER.match(text, line, span.start):
                yield Edit((Patch(span, " "),))

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

from promptc.analysis.wraps import soft_breaks
from promptc.ir import Edit, Leaf, Patch, Template
from promptc.protocols import Guarantee, PassContext


@dataclass(frozen=True)
class UnwrapLines:
    """Join lines that an editor wrapped in the middle of a sentence.

    A line end between two words costs a token that a space does not, and Markdown reads it as a
    space. Only paragraphs that were filled are joined, where every line but the last is as long
    as it could be; a line that ends a sentence, and short lines that someone ended on purpose,
    stay. So do lists' items, poems, tables, code, examples and line ends beside a hole or a tag.
    """

    name: ClassVar[str] = "unwrap-lines"
    guarantee: ClassVar[Guarantee] = Guarantee.SPACING
    version: ClassVar[int] = 1
    edits: ClassVar[frozenset[type[Leaf]]] = frozenset()
    earns: ClassVar[Literal["tokens", "shape"]] = "tokens"

    def run(self, template: Template, ctx: PassContext) -> Iterator[Edit]:
        for span in soft_breaks(template):
            yield Edit((Patch(span, " "),))

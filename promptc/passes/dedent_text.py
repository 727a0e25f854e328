from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

from promptc.analysis.indents import shared_indent
from promptc.ir import Edit, Leaf, Patch, Template
from promptc.protocols import Guarantee, PassContext


@dataclass(frozen=True)
class DedentText:
    """Take away the indent that every line of a template shares.

    A prompt that was written inside a function, a class or a YAML file often kept the indent of
    its surroundings. All lines lose the same white space, so lists, data and examples keep their
    shape. A template stays as it is when it holds code blocks or marks of messages, when its code
    counts columns (``indent``) or reads the text, and when it includes or extends another file.
    """

    name: ClassVar[str] = "dedent-text"
    guarantee: ClassVar[Guarantee] = Guarantee.SPACING
    version: ClassVar[int] = 1
    edits: ClassVar[frozenset[type[Leaf]]] = frozenset()
    earns: ClassVar[Literal["tokens", "shape"]] = "tokens"

    at_least: int = 1
    """Indents of fewer characters stay."""

    def run(self, template: Template, ctx: PassContext) -> Iterator[Edit]:
        spans = shared_indent(template)
        if spans and spans[0].stop - spans[0].start >= self.at_least:
            # One edit: lines that lost their indent alone would stand out.
            yield Edit(tuple(Patch(span, "") for span in spans))

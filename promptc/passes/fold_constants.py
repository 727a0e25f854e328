from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from promptc.analysis.constants import Scope
from promptc.analysis.expressions import Unknown
from promptc.ir import Edit, Leaf, Output, Patch, Template, Text
from promptc.protocols import Guarantee, PassContext

# A brace or percent sign at an edge could make a delimiter with its neighbor.
_DELIMITER = re.compile(r"\{[{%#]|[}%#]\}|^[{}%#]|[{}%#]$")


@dataclass(frozen=True)
class FoldConstants:
    """Fold holes that always print the same text.

    ``{{ "literal" }}``, ``{{ name }}`` after ``{% set name = "Ada" %}`` at the top of the
    template, and names bound with ``--set`` become the text that they print. That costs and saves
    nothing by itself: it lets other passes and the token count see the text. A value that begins
    or ends with white space is folded only where no neighboring tag could eat it.
    """

    name: ClassVar[str] = "fold-constants"
    guarantee: ClassVar[Guarantee] = Guarantee.EXACT
    version: ClassVar[int] = 1
    edits: ClassVar[frozenset[type[Leaf]]] = frozenset({Output})
    earns: ClassVar[Literal["tokens", "shape"]] = "shape"

    longest: int = 2000
    """Characters above which a value stays in its hole."""

    def run(self, template: Template, ctx: PassContext) -> Iterator[Edit]:
        if template.syntax.engine != "jinja":
            return
        scope = Scope(template, ctx.bindings)
        leaves = template.leaves
        for at, leaf in enumerate(leaves):
            if not isinstance(leaf, Output):
                continue
            try:
                text = scope.printed(leaf)
            except Unknown:
                continue
            if len(text) <= self.longest and _safe(text, leaves, at, template):
                yield Edit((Patch(leaf.span, text),))


def _safe(text: str, leaves: Sequence[Leaf], at: int, template: Template) -> bool:
    """Whether *text* lexes as itself in the place of leaf *at*."""
    prefixes = (template.syntax.line_statement_prefix, template.syntax.line_comment_prefix)
    if (
        not text
        or _DELIMITER.search(text)
        or "\r" in text
        or any(p and p in text for p in prefixes)
    ):
        return False
    before = leaves[at - 1] if at else None
    after = leaves[at + 1] if at + 1 < len(leaves) else None
    if text[0].isspace() and not _says_something(before):
        return False
    return not text[-1].isspace() or _says_something(after)


def _says_something(leaf: Leaf | None) -> bool:
    return isinstance(leaf, Text) and not leaf.text.isspace()

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

from promptc.analysis.outlines import Hole, documents, granted, outlined
from promptc.ir import Comment, Edit, Leaf, Tag, Template
from promptc.protocols import Guarantee, PassContext, Wanted


@dataclass(frozen=True)
class OutlineDocs:
    """Move an inlined document behind ``retrieve()``, which brings what the question needs.

    ``{# promptc: document handbook query=question #} … {# promptc: end #}`` gives leave, and so
    does the name of an included ``.md``, ``.txt``, ``.html`` or ``.pdf`` file in ``grant``. The
    text becomes ``{{ retrieve("handbook", query=question, k=4, tokens=600) }}``; the build writes
    an index of it, and ``promptc.load()`` gives an environment that answers. ``k=`` and
    ``tokens=`` in the pragma set the limits; without them the build takes the least at which the
    ``[[questions]]`` of the template are answered. Where they can't be, the document stays, and a
    note says at which limits they would. It must be text alone, outside of loops and macros, and
    the question must have a value on every path.
    """

    name: ClassVar[str] = "outline-docs"
    guarantee: ClassVar[Guarantee] = Guarantee.OUTLINE
    version: ClassVar[int] = 1
    edits: ClassVar[frozenset[type[Leaf]]] = frozenset({Comment, Tag})
    earns: ClassVar[Literal["tokens", "shape"]] = "tokens"

    recall: float = 0.95
    """Share of the questions that the document answers which retrieval must answer too."""
    k: int = 0
    """Passages of a document whose pragma names no k; 0: the build chooses."""
    tokens: int = 0
    """Tokens of a document whose pragma names no limit; 0: the build chooses."""
    embedder: str = "embedded"
    """What ranks passages: `embedded`, `static`, or the name of a sentence-transformers model."""

    def run(self, template: Template, ctx: PassContext) -> Iterator[Edit]:
        if ctx.prover is None:
            return
        for each in documents(template, granted(ctx)):
            if each.why:
                continue
            wanted = Wanted(
                each.k or self.k, each.tokens or self.tokens, self.recall, self.embedder
            )
            found = ctx.prover.prove(each.name, each.text, wanted)
            if not found.why:
                call = Hole(each.name, each.query, found.k, found.tokens)
                yield Edit(outlined(template, each, call))

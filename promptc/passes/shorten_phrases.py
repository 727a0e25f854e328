from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

from promptc.analysis.phrases import table
from promptc.analysis.regions import Spans
from promptc.analysis.rewording import rewordings
from promptc.ir import Edit, Leaf, Template
from promptc.protocols import Guarantee, PassContext
from promptc.source import Span


@dataclass(frozen=True)
class ShortenPhrases:
    """Say in one word what is said in four: *in order to* becomes *to*.

    Every rule is a line of `promptc/data/phrases.tsv`, with the words that must not stand around
    it and a sentence before and after. Grammar and capitals stay right. Quotations, code, names,
    examples, headings, words to be said to the letter and languages other than English stay as
    they are, and so does a phrase whose replacement takes no fewer tokens.
    """

    name: ClassVar[str] = "shorten-phrases"
    guarantee: ClassVar[Guarantee] = Guarantee.MEANING
    version: ClassVar[int] = 1
    edits: ClassVar[frozenset[type[Leaf]]] = frozenset()
    earns: ClassVar[Literal["tokens", "shape"]] = "tokens"

    contractions: bool = False
    """Write *you're* for *you are* too, where it reads well; *not* is never contracted."""

    def run(self, template: Template, ctx: PassContext) -> Iterator[Edit]:
        edits = tuple(rewordings(template, table("phrases.tsv"), ctx.tokenizer))
        yield from edits
        if self.contractions:
            taken = Spans(Span(edit.span.start - 1, edit.span.stop + 1) for edit in edits)
            for edit in rewordings(template, table("contractions.tsv"), ctx.tokenizer):
                if not taken.overlaps(edit.span):
                    yield edit

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

from promptc.analysis.phrases import table
from promptc.analysis.rewording import rewordings
from promptc.ir import Edit, Leaf, Template
from promptc.protocols import Guarantee, PassContext


@dataclass(frozen=True)
class TrimFiller:
    """Leave out words that tell a model nothing: *please*, *it is important to note that*.

    Every rule is a line of `promptc/data/filler.tsv`, with the words that must not stand around it
    and a sentence before and after. What restricts stays: *just*, *simply*, *only*, *even*. So
    does everything that `shorten-phrases` leaves alone.
    """

    name: ClassVar[str] = "trim-filler"
    guarantee: ClassVar[Guarantee] = Guarantee.MEANING
    version: ClassVar[int] = 1
    edits: ClassVar[frozenset[type[Leaf]]] = frozenset()
    earns: ClassVar[Literal["tokens", "shape"]] = "tokens"

    def run(self, template: Template, ctx: PassContext) -> Iterator[Edit]:
        yield from rewordings(template, table("filler.tsv"), ctx.tokenizer)

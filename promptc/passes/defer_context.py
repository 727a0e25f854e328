from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

from promptc.analysis.contexts import contexts, deferred
from promptc.ir import Comment, Edit, Leaf, Template
from promptc.protocols import Guarantee, PassContext


@dataclass(frozen=True)
class DeferContext:
    """Have a marked context shortened for a question, at run time.

    ``{# promptc: context rate=0.4 query=question #} … {# promptc: end #}`` becomes a block of the
    filter ``compress``, which keeps of each rendering what tells the most about the question.
    ``promptc.load()`` gives an environment that knows the filter. Holes and tags may stand inside;
    a region that sets names, or that a loop is left from, is left alone, and a note says so: names
    set in a filter block end with it. This saves nothing at build; a note says what it would save
    on the samples.
    """

    name: ClassVar[str] = "defer-context"
    guarantee: ClassVar[Guarantee] = Guarantee.SELECTION
    version: ClassVar[int] = 1
    edits: ClassVar[frozenset[type[Leaf]]] = frozenset({Comment})
    earns: ClassVar[Literal["tokens", "shape"]] = "shape"

    def run(self, template: Template, ctx: PassContext) -> Iterator[Edit]:
        for each in contexts(template):
            if each.query and not each.why:
                yield Edit(deferred(template, each))

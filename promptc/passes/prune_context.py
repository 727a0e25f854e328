from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

from promptc.analysis.contexts import Context, contexts, pruned, where
from promptc.errors import BudgetError, TemplateError
from promptc.ir import Comment, Edit, Leaf, Template
from promptc.protocols import Compressor, Guarantee, PassContext, Request, Tokenizer
from promptc.source import Span


@dataclass(frozen=True)
class PruneContext:
    """Shorten a marked context once, at build.

    ``{# promptc: context rate=0.4 #} … {# promptc: end #}`` gives leave to keep that share of the
    tokens between the two; ``tokens=300`` names a limit, and with both the tighter one holds. What
    stays is verbatim and in its order, and what tells the most; the drop ledger lists the rest.
    The opening comment becomes ``{# promptc: pruned #}``: no pass enters the region again, so a
    rate is never taken twice. A region with holes or tags is left alone, and a note says so. One
    with ``query=question`` is for `defer-context`.
    """

    name: ClassVar[str] = "prune-context"
    guarantee: ClassVar[Guarantee] = Guarantee.SELECTION
    version: ClassVar[int] = 1
    edits: ClassVar[frozenset[type[Leaf]]] = frozenset({Comment})
    earns: ClassVar[Literal["tokens", "shape"]] = "tokens"

    def run(self, template: Template, ctx: PassContext) -> Iterator[Edit]:
        if ctx.compressor is None:
            return
        for each in contexts(template):
            if each.query or each.why:
                continue
            kept = _kept(template, each, ctx.compressor, ctx.tokenizer)
            if kept != (each.core,):
                yield Edit(pruned(template, each, kept))


def _kept(
    template: Template, context: Context, compressor: Compressor, tokenizer: Tokenizer
) -> tuple[Span, ...]:
    """What stays of *context*; raise `TemplateError` where its budget has room for nothing."""
    text = template.text[slice(*context.core)]
    total = tokenizer.count(text)
    room = context.budget.room(total, exact=tokenizer.exact)
    if room >= total:
        return (context.core,)
    try:
        (found,) = compressor.keep([text], Request(room, tokenizer))
    except BudgetError as error:
        raise TemplateError(f"{where(template, context)}: context: {error}") from error
    if not any(text[slice(*span)].strip() for span in found):
        raise TemplateError(
            f"{where(template, context)}: context: no part of it fits in {room:,} of its {total:,} "
            "tokens; raise rate= or tokens="
        )
    start = context.core.start
    return tuple(Span(start + a, start + b) for a, b in found)

"""What the contexts that are shortened at run time cost on the samples.

The sandbox has no models, so it only renders: with marks around each context and its question.
What stands between the marks is shortened here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from promptc.analysis.contexts import Context
from promptc.errors import BudgetError, TemplateError
from promptc.ir import Edit, Patch, Template
from promptc.protocols import Compressor, PassContext, Request, Tokenizer
from promptc.rewrite import rewrite
from promptc.selection.joining import joined

_OPEN, _ASKED, _CLOSE = "\uf8f0", "\uf8f1", "\uf8f2"
_REGION = re.compile(f"{_OPEN}(\\d+) (.*?){_ASKED}(.*?){_CLOSE}", re.DOTALL)


class Saving(NamedTuple):
    """Mean tokens of one context in a rendering, before it is shortened and after."""

    before: float
    after: float


def savings(
    template: Template,
    found: Sequence[Context],
    ctx: PassContext,
    given: Sequence[Mapping[str, Any]],
) -> list[Saving | None]:
    """For each of *found*, contexts of *template*, what it saves; ``None``: it can't be told."""
    if ctx.renderer is None or ctx.compressor is None or not given or not found:
        return [None] * len(found)
    try:
        marked = rewrite(template, _marks(template, found))
    except TemplateError:
        return [None] * len(found)
    (renderings,) = ctx.renderer.render((marked,), given)
    texts = [each.text for each in renderings[: len(given)] if each.text is not None]
    sums: list[list[tuple[int, int]]] = [[] for _ in found]
    for text in texts:
        for number, query, region in _REGION.findall(text):
            pair = _shortened(region, query, found[int(number)], ctx.compressor, ctx.tokenizer)
            sums[int(number)].append(pair)
    return [_mean(each, len(texts)) for each in sums]


def _marks(template: Template, found: Sequence[Context]) -> Iterator[Edit]:
    for number, each in enumerate(found):
        opening = f"{_OPEN}{number} {{{{ {each.query} }}}}{_ASKED}"
        yield Edit((Patch(each.start(template), opening), Patch(each.end(template), _CLOSE)))


def _shortened(
    text: str, query: str, context: Context, compressor: Compressor, tokenizer: Tokenizer
) -> tuple[int, int]:
    """Tokens of *text* before and after; as many after as before where nothing can go."""
    total = tokenizer.count(text)
    limit = context.budget.limit(total)
    if limit >= total:
        return total, total
    try:
        (kept,) = compressor.keep([text], Request(limit, tokenizer, query))
    except BudgetError:
        return total, total
    return total, tokenizer.count(joined(text, kept))


def _mean(pairs: Sequence[tuple[int, int]], renderings: int) -> Saving | None:
    if not pairs:
        return None
    before, after = (sum(each) / renderings for each in zip(*pairs, strict=True))
    return Saving(before, after)

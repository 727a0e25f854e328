"""What was found out about documents: what of their answers is left, and what the move is worth."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from promptc.report import figures
from promptc.report.plain import plain
from promptc.results import Compiled, Outline, Paying, Trial

FEW = 10
"""Questions below which the report says that they are few."""

_CALLS = 1000


def documents(files: Iterable[Compiled]) -> Iterator[tuple[str, list[str]]]:
    """A headline for each document that was asked about, and what there is to say of it."""
    for file in files:
        moved = [each for each in file.outlines if each.moved]
        for each in file.outlines:
            if each.moved or each.answered:
                lines = list(_lines(each))
                if moved and each is moved[-1] and file.paying is not None:
                    lines += _worth(file.paying, file.cost.exact)
                yield plain(f"{file.name}: {_headline(each, file.cost.exact)}"), lines


def _headline(each: Outline, exact: bool) -> str:
    before = figures.tokens(each.before, exact)
    if not each.moved:
        return f"{each.name}, {before} tokens, stays"
    brought = figures.tokens(each.mean, exact)
    return (
        f"{each.name}, {before} tokens, is retrieved: {brought} on average, "
        f"k={each.k} tokens={each.tokens}"
    )


def _lines(each: Outline) -> Iterator[str]:
    kept = round(each.recall * each.answered)
    if each.weak:
        yield f"{kept} of {each.answered} of its own headings and questions bring what they name"
        yield "weak evidence: add [[questions]] to the file beside the template"
    else:
        yield (
            f"answered with the document: {each.answered} of "
            f"{figures.count(each.asked, 'question')}; of these retrieved: {kept} "
            f"(recall {each.recall:.2f})"
        )
        if each.answered < FEW:
            yield f"{figures.count(each.answered, 'question')} tell little; ask {FEW} or more"
    if each.by_tokens:
        yield f"by tokens: {_tried(each.by_tokens, 'tokens')}"
    if each.by_k:
        yield f"by k at {each.tokens} tokens: {_tried(each.by_k, 'k')}"
    if each.why:
        yield f"it stays: {plain(each.why)}"


def _tried(trials: Sequence[Trial], what: str) -> str:
    """Recall by one limit; equal neighbors are told once."""
    found: list[tuple[str, str]] = []
    for each in trials:
        limit, recall = f"{getattr(each, what):,}", f"{each.recall:.2f}"
        if found and found[-1][1] == recall:
            found[-1] = (f"{found[-1][0].partition('-')[0]}-{limit}", recall)
        else:
            found.append((limit, recall))
    return ", ".join(f"{limit} {recall}" for limit, recall in found)


def _worth(paying: Paying, exact: bool) -> Iterator[str]:
    before, after = (_money(each, exact) for each in (paying.before, paying.after))
    yield f"1,000 calls: {before} with the document, {after} with retrieval"
    if paying.warm_before is None:
        yield "nothing is known of a prompt cache of this model's provider"
        return
    warm = paying.warm_before
    if not paying.cached:
        yield "no prompt cache keeps the document: the prompt's beginning is too short for one"
        return
    warm_after = paying.after if paying.warm_after is None else paying.warm_after
    yield (
        f"with a warm prompt cache: {_money(warm, exact)} with the document, "
        f"{_money(warm_after, exact)} with retrieval"
    )
    yield _verdict(paying)


def _verdict(paying: Paying) -> str:
    if paying.tipping is None:
        return "retrieval costs less, however many calls find the cache warm"
    busy = f", about {paying.busy:,} calls a month" if paying.busy is not None else ""
    at = f"the document is cheaper from {figures.share(paying.tipping)} on{busy}"
    share = f"with {figures.share(paying.share or 0)} of the calls warm"
    return f"the swap does not pay {share}: {at}" if paying.loses else f"it pays {share}; {at}"


def _money(amount: Decimal, exact: bool) -> str:
    return figures.dollars(amount * _CALLS, exact)

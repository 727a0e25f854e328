"""The page of `promptc compress`: what stayed of each text, and what went."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from promptc.report import figures
from promptc.report.page import bounds, marks
from promptc.report.page.views import Cell, Column, Detail, Figure, Grid, Listed, Mark, Page, Row
from promptc.results import Compressed

CALLS = 1000


class Result(NamedTuple):
    """What was made of the texts called *names*: of one, or of several that share a budget."""

    names: tuple[str, ...]
    compressed: Compressed


class Input(NamedTuple):
    """One text: the *at*-th of *result*."""

    result: Result
    at: int

    @property
    def name(self) -> str:
        return self.result.names[self.at]

    @property
    def text(self) -> str:
        return self.result.compressed.inputs[self.at]

    @property
    def kept(self) -> int:
        """Characters that stay."""
        return sum(stop - start for start, stop in self.result.compressed.kept[self.at])

    @property
    def share(self) -> float:
        """Share of the characters that stay."""
        return self.kept / len(self.text) if self.text else 1.0


class Sums(NamedTuple):
    """All results together; *saved* in US dollars per call of each, ``None``: no known price."""

    before: int
    after: int
    exact: bool
    saved: Decimal | None
    date: str


def page(results: Sequence[Result], asked: str, failures: Sequence[str] = ()) -> Page:
    """What the page shows of *results*; *asked* says what for, *failures* what failed."""
    inputs = [Input(each, at) for each in results for at in range(len(each.names))]
    alone = all(len(each.names) == 1 for each in results)
    inputs.sort(key=lambda each: (each.kept - len(each.text), each.name))
    details = bounds.fitting(inputs, _detail)
    columns = [Column("characters", wide=True), Column("kept", wide=True), Column("share kept")]
    columns += [Column("tokens before", wide=True), Column("tokens after")] if alone else []
    columns.append(Column("saved per 1,000 calls" if alone else "dropped"))
    anchors = {id(each): detail.anchor for each, detail in zip(inputs, details, strict=False)}
    rows = [_row(each, anchors.get(id(each), ""), alone) for each in inputs[: bounds.MOST_ROWS]]
    total = _sums(results)
    return Page(
        kind="compress",
        title="Compression report",
        headline=_headline(total),
        things="texts",
        figures=tuple(_figures(total, results, asked)),
        columns=tuple(columns),
        rows=tuple(rows),
        sorted_by=len(columns) - 1,
        details=details,
        lists=tuple(_lists(failures)),
        left_out=tuple(_left_out(inputs, len(details))),
        footnotes=(f"Prices of {total.date}, in US dollars.",) if total.date else (),
    )


def _sums(results: Sequence[Result]) -> Sums:
    found = [each.compressed for each in results]
    prices = [each.saved for each in found if each.saved is not None]
    return Sums(
        before=sum(each.tokens_before for each in found),
        after=sum(each.tokens_after for each in found),
        exact=all(each.exact for each in found),
        saved=sum(prices, Decimal(0)) if prices else None,
        date=max((each.price_date for each in found), default=""),
    )


def _headline(total: Sums) -> str:
    if not total.before:
        return "Nothing to shorten"
    after, before = (figures.tokens(each, total.exact) for each in (total.after, total.before))
    return f"{after} of {before} tokens kept"


def _figures(total: Sums, results: Sequence[Result], asked: str) -> Iterator[Figure]:
    rate = total.after / total.before if total.before else 1.0
    yield Figure("Kept", figures.share(rate), "of the tokens")
    limit = sum(each.compressed.limit for each in results)
    yield Figure("Limit", figures.tokens(limit), asked)
    if total.saved is not None:
        amount = figures.dollars(total.saved * CALLS, total.exact)
        alone = all(len(each.names) == 1 for each in results)
        note = "of each text" if alone else "with all texts"
        yield Figure("Saved per 1,000 calls", amount, note)
    missed = sum(not each.compressed.met for each in results)
    if missed:
        yield Figure("Over the limit", f"{missed:,}", "passed through at a deadline")


def _row(each: Input, anchor: str, alone: bool) -> Row:
    whole, result = len(each.text), each.result.compressed
    cells = [
        Cell(f"{whole:,}", whole),
        Cell(f"{each.kept:,}", each.kept),
        Cell(figures.share(each.share), each.share, each.share),
    ]
    if not alone:
        cells.append(Cell(f"{whole - each.kept:,}", whole - each.kept))
        return Row(each.name, tuple(cells), anchor)
    for tokens in (result.tokens_before, result.tokens_after):
        cells.append(Cell(figures.tokens(tokens, result.exact), tokens))
    saved = Decimal(0) if result.saved is None else result.saved * CALLS
    told = figures.dollars(saved, result.exact) if saved else "–"
    cells.append(Cell(told, float(saved)))
    return Row(each.name, tuple(cells), anchor, "" if result.met else "over its limit")


def _left_out(inputs: Sequence[Input], told: int) -> Iterator[str]:
    if len(inputs) > bounds.MOST_ROWS:
        yield f"The table has {bounds.MOST_ROWS:,} of {len(inputs):,} texts."
    if told < len(inputs):
        yield (
            f"{told:,} of {len(inputs):,} texts are on this page, those that lost the most; "
            "promptc compress --json tells what was kept of all."
        )


def _detail(each: Input, anchor: str) -> Detail:
    found = tuple(_marks(each))
    result = each.result.compressed
    gone = result.dropped[each.at]
    figured = [Figure("Characters", f"{len(each.text):,} → {each.kept:,}", "kept verbatim")]
    if len(each.result.names) == 1:
        before, after = result.tokens_before, result.tokens_after
        told = f"{figures.tokens(before, result.exact)} → {figures.tokens(after, result.exact)}"
        figured.insert(0, Figure("Tokens", told, f"limit {figures.tokens(result.limit)}"))
    return Detail(
        anchor=anchor,
        name=each.name,
        what="Text",
        lead=f"{len(gone):,} dropped",
        figures=tuple(figured),
        marks=marks.shortened(found) if len(each.text) > bounds.LONG_TEXT else found,
        grids=tuple(_grids(result)),
    )


def _marks(each: Input) -> Iterator[Mark]:
    result = each.result.compressed
    spans = [(span, "kept") for span in result.kept[each.at]]
    spans += [(span, "dropped") for span in result.dropped[each.at]]
    for span, kind in sorted(spans):
        if span.start < span.stop:
            yield Mark(kind, each.text[slice(*span)])


def _grids(result: Compressed) -> Iterator[Grid]:
    if result.checks:
        rows = tuple(
            (
                each.name,
                f"{each.score:.2f}",
                f"{each.threshold:.2f}",
                "yes" if each.passed else "no",
            )
            for each in result.checks
        )
        yield Grid("Checks", ("score", "at least", "passed"), rows)
    if result.timings:
        timed = tuple((name, f"{taken:,.1f}") for name, taken in result.timings)
        yield Grid("Time", ("ms",), timed)


def _lists(failures: Sequence[str]) -> Iterator[Listed]:
    if failures:
        count = figures.count(len(failures), "text")
        yield bounds.listed(f"{count} could not be compressed", failures, "bad")

"""The page of a check: what was found in each template, and what passes would save there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import NamedTuple

from promptc.checking.state import State
from promptc.findings import Checked, Finding
from promptc.inspection import Record
from promptc.paths import display
from promptc.prices import Price
from promptc.report import figures
from promptc.report.page import bounds
from promptc.report.page.marks import shortened
from promptc.report.page.views import (
    Bar,
    Cell,
    Change,
    Column,
    Detail,
    Figure,
    Grid,
    Listed,
    Mark,
    Page,
    Row,
)
from promptc.source import Source, Span

CALLS = 1000


class Item(NamedTuple):
    """One checked template: its path from here, its text, what is known of it, what was found."""

    path: str
    source: Source
    record: Record
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> int:
        """How many findings fail the check."""
        return sum(each.error for each in self.findings)

    @property
    def savable(self) -> int:
        """Static tokens that the passes would save."""
        return sum(each.tokens for each in self.record.savings)


def page(checked: Checked, state: State) -> Page:
    """What the page shows of *checked*: the template first of which passes would save the most."""
    items = sorted(_items(checked, state), key=_weight)
    details = bounds.fitting(items, partial(_detail, price=state.price))
    anchors = {each.name: each.anchor for each in details}
    columns = [Column("tokens"), Column("errors"), Column("warnings"), Column("savable", wide=True)]
    if state.price:
        columns += [Column("1,000 calls", wide=True), Column("savable per 1,000 calls")]
    shown = items[: bounds.MOST_ROWS]
    return Page(
        kind="check",
        title="Check report",
        headline=_headline(checked),
        things="templates",
        figures=tuple(_figures(checked, items, state.price)),
        columns=tuple(columns),
        rows=tuple(_row(each, anchors.get(each.path, ""), state.price) for each in shown),
        sorted_by=len(columns) - 1,
        details=details,
        lists=tuple(_lists(checked, {each.path for each in items})),
        left_out=tuple(_left_out(items, len(details))),
        footnotes=tuple(_footnotes(items, state.price)),
    )


def _items(checked: Checked, state: State) -> Iterator[Item]:
    found: dict[str, list[Finding]] = defaultdict(list)
    for finding in checked.findings:
        found[finding.path].append(finding)
    for path, outcome in state.outcomes.items():
        name = display(path)
        yield Item(name, _source(state, path), outcome.record, tuple(found[name]))


def _source(state: State, path: Path) -> Source:
    return state.jobs[path].source


def _weight(item: Item) -> tuple[int, int, int, str]:
    return -item.savable, -item.errors, -len(item.findings), item.path


def _headline(checked: Checked) -> str:
    warnings = len(checked.findings) - checked.errors
    found = [figures.count(checked.errors, "error")] if checked.errors else []
    found += [figures.count(warnings, "warning")] if warnings else []
    return ", ".join(found) or "Nothing found"


def _figures(checked: Checked, items: Sequence[Item], price: Price | None) -> Iterator[Figure]:
    exact = all(item.record.exact for item in items)
    clean = sum(not item.findings for item in items)
    yield Figure("Templates", f"{checked.templates:,}", f"{clean:,} without a finding")
    total = sum(item.record.tokens for item in items)
    yield Figure("Tokens", figures.tokens(total, exact), "each template called once")
    savable = sum(item.savable for item in items)
    yield Figure("Savable", figures.tokens(savable, exact), f"static tokens, -O{checked.level}")
    if price:
        amount = figures.dollars(_cost(price, savable) * CALLS, exact)
        yield Figure("Savable per 1,000 calls", amount, "of each template")
    yield Figure("Model", checked.model)


def _row(item: Item, anchor: str, price: Price | None) -> Row:
    record = item.record
    warnings = len(item.findings) - item.errors
    cells = [
        Cell(figures.tokens(record.tokens, record.exact), record.tokens),
        Cell(f"{item.errors:,}" if item.errors else "–", item.errors),
        Cell(f"{warnings:,}" if warnings else "–", warnings),
        Cell(figures.tokens(item.savable, record.exact) if item.savable else "–", item.savable),
    ]
    if price:
        for tokens in (record.tokens, item.savable):
            amount = _cost(price, tokens) * CALLS
            told = figures.dollars(amount, record.exact) if amount else "–"
            cells.append(Cell(told, float(amount)))
    return Row(item.path, tuple(cells), anchor)


def _cost(price: Price, tokens: float) -> Decimal:
    return (Decimal(str(tokens)) * price.input).scaleb(-6)


def _left_out(items: Sequence[Item], told: int) -> Iterator[str]:
    if len(items) > bounds.MOST_ROWS:
        yield (
            f"The table has {bounds.MOST_ROWS:,} of {len(items):,} templates, those of which the "
            "most could be saved; promptc check --format json lists all findings."
        )
    if told < len(items):
        yield f"The text of {told:,} of {len(items):,} templates is on this page."


def _detail(item: Item, anchor: str, *, price: Price | None) -> Detail:
    placed = item.findings[: bounds.MOST_CHANGES]
    changes = tuple(_change(number, each) for number, each in enumerate(placed, start=1))
    found = tuple(_marks(item.source, placed))
    long = len(item.source.text) > bounds.LONG_TEXT
    return Detail(
        anchor=anchor,
        name=item.path,
        what="Template",
        lead=figures.count(len(item.findings), "finding"),
        figures=tuple(_item_figures(item, price)),
        marks=shortened(found) if long else found,
        changes=changes,
        more_changes=len(item.findings) - len(changes),
        bars=tuple(_bars(item)),
        grids=tuple(_grids(item)),
    )


def _item_figures(item: Item, price: Price | None) -> Iterator[Figure]:
    record = item.record
    mean = "mean of the samples" if record.sampled else "static text, holes left out"
    yield Figure("Tokens a call", figures.tokens(record.tokens, record.exact), mean)
    if record.sampled:
        yield Figure("Worst sample", figures.tokens(record.worst, record.exact))
    if price:
        amount = figures.dollars(_cost(price, record.tokens) * CALLS, record.exact)
        yield Figure("1,000 calls", amount, f"input, prices of {price.date}")


def _change(number: int, finding: Finding) -> Change:
    kind = "error" if finding.error else "warning"
    place = "all of it" if finding.whole else f"line {finding.line}"
    told = [("found", finding.message)]
    if finding.others:
        told.append(("also at", ", ".join(map(str, finding.others[: bounds.MOST_LISTED]))))
    if finding.fixed_by:
        told.append(("fix", f"promptc check {finding.fixed_by}"))
    return Change(number, finding.code, f"{finding.rule}, {kind}", place, tuple(told))


def _marks(source: Source, findings: Iterable[Finding]) -> Iterator[Mark]:
    """The text of *source* with what was found; findings that overlap share a mark."""
    text, at = source.text, 0
    for span, numbers, codes in _joined(source, findings):
        if span.start > at:
            yield Mark("kept", text[at : span.start])
        yield Mark("found", text[slice(*span)], " ".join(dict.fromkeys(codes)), tuple(numbers))
        at = span.stop
    if at < len(text):
        yield Mark("kept", text[at:])


def _joined(
    source: Source, findings: Iterable[Finding]
) -> Iterator[tuple[Span, list[int], list[str]]]:
    placed = sorted(
        (_span(source, finding), number, finding.code)
        for number, finding in enumerate(findings, start=1)
        if not finding.whole
    )
    current: tuple[Span, list[int], list[str]] | None = None
    for span, number, code in placed:
        if current is not None and span.start < current[0].stop:
            stop = max(span.stop, current[0].stop)
            current = Span(current[0].start, stop), [*current[1], number], [*current[2], code]
            continue
        if current is not None:
            yield current
        current = span, [number], [code]
    if current is not None:
        yield current


def _span(source: Source, finding: Finding) -> Span:
    """What *finding* is about; the rest of its line where it names a point."""
    text = source.text
    start = min(source.offset(finding.line) + finding.column - 1, len(text))
    stop = min(source.offset(finding.end_line) + finding.end_column - 1, len(text))
    if stop > start:
        return Span(start, stop)
    end = text.find("\n", start)
    return Span(start, end if end > start else min(start + 1, len(text)))


def _bars(item: Item) -> Iterator[Bar]:
    longest = max((each.tokens for each in item.record.savings), default=0) or 1
    for each in sorted(item.record.savings, key=lambda each: (-each.tokens, each.pass_name)):
        share, saved = each.tokens / longest, f"{each.tokens:,}"
        yield Bar(
            each.pass_name, "what passes would save", share, saved, f"{each.edits:,}", "–", "–"
        )


def _grids(item: Item) -> Iterator[Grid]:
    lead = item.record.lead
    if lead is None:
        return
    note = (
        f"What starts every prompt ends at line {lead.line}, at {lead.shown}" if lead.kind else ""
    )
    rows = (
        ("that start every prompt", f"{lead.tokens:,}"),
        ("after that", f"{lead.rest:,}"),
    )
    yield Grid("Static tokens", ("tokens",), rows, (note,) if note else ())


def _lists(checked: Checked, paths: set[str]) -> Iterator[Listed]:
    if checked.failures:
        count = figures.count(len(checked.failures), "template")
        messages = [failure.message for failure in checked.failures]
        yield bounds.listed(f"{count} could not be read", messages, "bad")
    elsewhere = [each for each in checked.findings if each.path not in paths]
    if elsewhere:
        told = [f"{each.path}:{each.line}: {each.code} {each.message}" for each in elsewhere]
        yield bounds.listed("Found elsewhere", told)
    if checked.notes:
        yield bounds.listed("Notes", checked.notes)


def _footnotes(items: Sequence[Item], price: Price | None) -> Iterator[str]:
    if price:
        yield f"Prices of {price.date}, in US dollars, for input."
    if not all(item.record.exact for item in items):
        yield "~ marks an estimate: the model has a tokenizer of its own."
    yield "Savable: static tokens that the passes of the level would take away."

"""The page of a build: what was saved, template by template, and who saved it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from promptc.protocols import Guarantee
from promptc.report import figures, prefixes, sums
from promptc.report.documents import documents
from promptc.report.figures import Totals
from promptc.report.line import held
from promptc.report.page import bounds
from promptc.report.page.costs import CALLS, costs
from promptc.report.page.curves import curves
from promptc.report.page.marks import marks, shortened
from promptc.report.page.views import (
    Bar,
    Cell,
    Change,
    Column,
    Detail,
    Figure,
    Grid,
    Listed,
    Page,
    Row,
)
from promptc.report.sums import Sum
from promptc.results import Built, Compiled, Cost, Drop, Money, Step, Undone

_MEANINGS = {each.name: each.value for each in Guarantee}
_COLUMNS = ("before", "after", "saved", "share")
_SHOWN = 400


def page(built: Built) -> Page:
    """What the page shows of *built*, the template that saves the most money first."""
    total = figures.totals(built)
    files = sorted(built.files, key=lambda file: weight(file, monthly=bool(total.month)))
    details = bounds.fitting(files, _detail)
    anchors = {each.name: each.anchor for each in details}
    columns = [*map(_column, _COLUMNS), *_money_columns(total)]
    rows = [_row(file, total, anchors.get(file.name, "")) for file in files[: bounds.MOST_ROWS]]
    return Page(
        kind="build",
        title="Build report",
        headline=_headline(total, built),
        things="templates",
        figures=tuple(_figures(total, built)),
        columns=tuple(columns),
        rows=tuple(rows),
        sorted_by=len(columns) - 1,
        sums=_sums(total) if built.files else None,
        bars=tuple(bars(built.files)),
        details=details,
        lists=tuple(_lists(built)),
        left_out=tuple(_left_out(files, len(details))),
        footnotes=tuple(_footnotes(total, built)),
    )


def weight(file: Compiled, *, monthly: bool) -> tuple[Decimal, float, str]:
    """Order templates by the money that they save, the most first, then by tokens, then by name."""
    return -_saved(file.cost.money, monthly), -file.cost.saved, file.name


def _saved(money: Money | None, monthly: bool) -> Decimal:
    if money is None:
        return Decimal(0)
    return money.saved * (money.calls or 0) if monthly else money.saved


def _headline(total: Totals, built: Built) -> str:
    if not total.templates:
        return "Nothing was compiled" if built.failures else "No templates"
    if not total.saved:
        return "No tokens saved" if total.changed else "Nothing to save"
    tokens = figures.saved(total.before, total.after, total.exact)
    return f"{tokens} of {figures.tokens(total.before, total.exact)} tokens saved"


def _figures(total: Totals, built: Built) -> Iterator[Figure]:
    if not built.files:
        return
    before, after = (figures.tokens(each, total.exact) for each in (total.before, total.after))
    yield Figure("Tokens", f"{before} → {after}", f"{figures.share(total.share)} saved")
    if total.month:
        saving = figures.dollars(total.month.saved, total.exact)
        before = figures.dollars(total.month.before, total.exact)
        after = figures.dollars(total.month.after, total.exact)
        of = f"{total.month.templates} of {figures.count(total.templates, 'template')}"
        yield Figure("Saved a month", saving, f"{before} → {after} for input; {of} state calls")
    if total.call:
        saving = figures.dollars(total.call.saved * CALLS, total.exact)
        yield Figure("Saved per 1,000 calls", saving, "of each template")
    changed = figures.count(total.changed, "template")
    yield Figure("Changed", changed, f"of {total.templates:,}")
    yield Figure("Model", built.model, f"-O{built.level}, {built.tokenizer}")


def _column(name: str) -> Column:
    return Column(name, wide=name in {"before", "share"})


def _money_columns(total: Totals) -> Iterator[Column]:
    if total.call:
        yield Column("saved per 1,000 calls", wide=bool(total.month))
    if total.month:
        yield Column("saved a month")


def _row(file: Compiled, total: Totals, anchor: str) -> Row:
    cost, money = file.cost, file.cost.money
    cells = [
        Cell(figures.tokens(cost.before, cost.exact), cost.before),
        Cell(figures.tokens(cost.after, cost.exact), cost.after),
        Cell(_gain(cost.before, cost.after, cost.exact), cost.saved),
        Cell(
            figures.share(cost.share) if cost.saved else "–",
            cost.share,
            max(cost.share, 0.0) if cost.saved else None,
        ),
    ]
    if total.call:
        cells.append(_dollars(money.saved * CALLS if money else None, cost.exact))
    if total.month:
        monthly = money.saved * money.calls if money and money.calls is not None else None
        cells.append(_dollars(monthly, cost.exact))
    tone = "good" if cost.saved > 0 else "bad" if cost.saved < 0 else ""
    return Row(file.name, tuple(cells), anchor, _remark(file), tone)


def _remark(file: Compiled) -> str:
    if file.cost.caching and file.cost.caching.loses:
        return "costs more with the provider’s cache"
    if file.cost.saved:
        return ""
    return "changed, none saved" if file.changed else "nothing to save"


def _gain(before: float, after: float, exact: bool) -> str:
    return figures.saved(before, after, exact) if before != after else "–"


def _dollars(amount: Decimal | None, exact: bool) -> Cell:
    if amount is None:
        return Cell("–", -1e-12)
    return Cell(figures.dollars(amount, exact) if amount else "–", float(amount))


def _sums(total: Totals) -> Row:
    cells = [
        Cell(figures.tokens(total.before, total.exact), 0),
        Cell(figures.tokens(total.after, total.exact), 0),
        Cell(_gain(total.before, total.after, total.exact), 0),
        Cell(figures.share(total.share), 0),
    ]
    if total.call:
        cells.append(_dollars(total.call.saved * CALLS, total.exact))
    if total.month:
        cells.append(_dollars(total.month.saved, total.exact))
    return Row(figures.count(total.templates, "template"), tuple(cells))


def bars(files: Iterable[Compiled]) -> Iterator[Bar]:
    """A bar per pass that proposed anything, by what it guarantees, then by tokens saved."""
    found = sums.by_pass(files)
    longest = max((abs(each.saved) for each in found), default=0) or 1
    return (_bar(each, longest) for each in found)


def _bar(each: Sum, longest: int) -> Bar:
    counts = (f"{n:,}" if n else "–" for n in (each.edits, each.undone, each.skipped))
    kept, undone, skipped = counts
    about = _MEANINGS.get(each.guarantee, "")
    name = f"{each.guarantee}: {about}" if about else each.guarantee
    return Bar(each.name, name, each.saved / longest, f"{each.saved:,}", kept, undone, skipped)


def _left_out(files: Sequence[Compiled], told: int) -> Iterator[str]:
    """What is not on the page, which has the texts of the first *told* of *files*."""
    rest = files[bounds.MOST_ROWS :]
    if rest:
        tokens = sum(file.cost.saved for file in rest)
        yield (
            f"The table has the {bounds.MOST_ROWS:,} templates that save the most. "
            f"{figures.count(len(rest), 'more template')} ({figures.tokens(tokens)} tokens saved) "
            "are counted in its sums; promptc build --json lists all."
        )
    if told < len(files):
        yield (
            f"The text of {told:,} of {figures.count(len(files), 'template')} is on this page, of "
            "those that save the most; promptc build PATH --diff shows the others."
        )


def _detail(file: Compiled, anchor: str) -> Detail:
    steps = {step.name: step for step in file.steps}
    numbered = list(enumerate(file.drops[: bounds.MOST_CHANGES], start=1))
    changes = [_change(number, drop, steps, file) for number, drop in numbered]
    undone = [each for step in file.steps for each in step.undone]
    at = len(changes) + 1
    changes += [_undone(n, each) for n, each in enumerate(undone[: bounds.MOST_CHANGES], start=at)]
    found = marks(file, numbered)
    long = sum(len(mark.before) for mark in found) > bounds.LONG_TEXT
    return Detail(
        anchor=anchor,
        name=file.name,
        what="Template",
        lead=_lead(file),
        figures=tuple(_file_figures(file)),
        marks=shortened(found) if long else found,
        changes=tuple(changes),
        more_changes=len(file.drops) + len(undone) - len(changes),
        bars=tuple(bars([file])),
        grids=tuple(_grids(file)),
        curves=curves(file),
        lists=tuple(_file_lists(file)),
    )


def _lead(file: Compiled) -> str:
    parts = [figures.count(len(file.drops), "change")]
    undone = sum(len(step.undone) for step in file.steps)
    if undone:
        parts.append(f"{undone:,} undone")
    return ", ".join(parts)


def _file_figures(file: Compiled) -> Iterator[Figure]:
    cost = file.cost
    before, after = (figures.tokens(each, cost.exact) for each in (cost.before, cost.after))
    mean = "mean of the samples" if cost.basis == "samples" else "static text, holes left out"
    yield Figure("Tokens a call", f"{before} → {after}", mean)
    gain = _gain(cost.before, cost.after, cost.exact)
    yield Figure("Saved", gain, figures.share(cost.share) if cost.saved else "")
    if cost.money and cost.money.calls is not None:
        saving = figures.dollars(cost.money.saved * cost.money.calls, cost.exact)
        yield Figure("Saved a month", saving, f"{cost.money.calls:,} calls")
    if cost.basis == "samples":
        yield Figure("Worst sample", figures.tokens(cost.worst, cost.exact), "tokens after")


def _change(number: int, drop: Drop, steps: dict[str, Step], file: Compiled) -> Change:
    step = steps.get(drop.pass_name)
    told = [("rule", drop.rule)] if drop.rule else []
    if step:
        told.append((step.guarantee, _MEANINGS.get(step.guarantee, "")))
        told.append(("held", held(step.guarantee, step.checks, step.renderings)))
    place = f"{drop.source}:{drop.line}" if drop.source != file.name else f"line {drop.line}"
    label = "dropped" if not drop.after else "changed" if drop.before else "added"
    texts = bounds.cut(drop.before, _SHOWN), bounds.cut(drop.after, _SHOWN)
    return Change(number, drop.pass_name, label, place, tuple(told), *texts)


def _undone(number: int, each: Undone) -> Change:
    told = [("rule", each.rule)] if each.rule else []
    told.append(("undone", each.reason))
    texts = bounds.cut(each.before, _SHOWN), bounds.cut(each.after, _SHOWN)
    return Change(number, each.pass_name, "undone", f"line {each.line}", tuple(told), *texts)


def _grids(file: Compiled) -> Iterator[Grid]:
    cost = file.cost
    if cost.money:
        yield costs(file, cost.money)
    if cost.samples:
        yield _samples(cost)


def _samples(cost: Cost) -> Grid:
    rows = [
        (each.name, "–", "–", each.error)
        if each.error
        else (
            each.name,
            figures.tokens(each.before, cost.exact),
            figures.tokens(each.after, cost.exact),
            _gain(each.before, each.after, cost.exact),
        )
        for each in cost.samples[: bounds.MOST_LISTED]
    ]
    more = len(cost.samples) - len(rows)
    notes = (f"{figures.count(more, 'more sample')} counted.",) if more else ()
    return Grid("Tokens of the samples", ("before", "after", "saved"), tuple(rows), notes)


def _file_lists(file: Compiled) -> Iterator[Listed]:
    for headline, lines in documents([file]):
        yield bounds.listed(headline.removeprefix(f"{file.name}: "), lines)
    notes = [*file.notes, *figures.sample_notes(file.cost)]
    if notes:
        yield bounds.listed("Notes", notes)
    if file.cost.symbolic:
        yield Listed("Cost as a formula", (bounds.cut(file.cost.symbolic, 2000),))


def _lists(built: Built) -> Iterator[Listed]:
    if built.failures:
        count = figures.count(len(built.failures), "template")
        messages = [failure.message for failure in built.failures]
        yield bounds.listed(f"{count} could not be compiled", messages, "bad")
    if built.notes:
        yield bounds.listed("Notes on the build", built.notes)


def _footnotes(total: Totals, built: Built) -> Iterator[str]:
    if total.date:
        yield f"Prices of {total.date}, in US dollars."
    if not total.exact:
        yield f"~ marks an estimate: {built.model} has a tokenizer of its own."
    if built.cache_rule:
        told = prefixes.headline(built.cache_rule).removeprefix("prompt cache")
        yield f"Prompt cache{told}; rules of {built.cache_rule.date}."
    if any(file.cost.basis == "static" for file in built.files):
        yield "Templates without samples: the text itself was counted, holes left out."

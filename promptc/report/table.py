"""The table of templates: a row each, laid out so that no number is ever cut."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from promptc.report import figures
from promptc.report.plain import plain, shorten
from promptc.results import Built, Compiled

if TYPE_CHECKING:
    from rich.text import Text

RULE = "─"
_GAP = 2
_NAME_MIN = 16
_NAME_LEAST = 8
_CALLS = 1000


class Cells(NamedTuple):
    """One row. *message* stands in place of the cells of `SPANNED`, where it is not empty."""

    name: str
    before: str
    after: str
    saved: str
    share: str
    money: str
    worst: str
    message: str = ""
    style: str = ""


class Column(NamedTuple):
    """A column of numbers: which cell it shows, its heading in two lines, what it is worth.

    Where the table is too wide the columns of the lowest *worth* go first.
    """

    cell: str
    heading: tuple[str, str]
    worth: int


COLUMNS = (
    Column("before", ("", "before"), 3),
    Column("after", ("", "after"), 5),
    Column("saved", ("", "saved"), 9),
    Column("share", ("", "share"), 4),
    Column("money", ("saved per", "1,000 calls"), 2),
    Column("worst", ("worst", "sample"), 1),
)
SPANNED = ("saved", "share", "money")


@dataclass(frozen=True)
class Layout:
    """Which columns are shown, how wide each one is, and how wide the names are."""

    columns: tuple[Column, ...]
    widths: dict[str, int]
    name: int

    @property
    def width(self) -> int:
        return self.name + sum(_GAP + self.widths[column.cell] for column in self.columns)

    @property
    def spanned(self) -> int:
        """Width of the columns that a message stands in place of."""
        shown = [column.cell for column in self.columns if column.cell in SPANNED]
        return sum(_GAP + self.widths[cell] for cell in shown)


def table(built: Built, width: int, most: int | None = None) -> list[Text]:
    """Lay out the rows of *built*, those that save the most first, in *width* columns.

    Of more than *most* templates only those that save or grow the most have a row, at most *most*
    of them; a line says how many have none. The sums are over all.
    """
    shown = _shown(built, most)
    rows = [_row(file) for file in shown]
    sums = _sums(built)
    fitted = layout([*rows, sums], width)
    return [
        *_headings(fitted),
        _rule(fitted),
        *(_line(row, fitted) for row in rows),
        *_left_out(built, shown),
        _rule(fitted),
        _line(sums, fitted),
    ]


def _shown(built: Built, most: int | None) -> list[Compiled]:
    files = figures.by_saved(built.files)
    if most is None or len(files) <= most:
        return files
    ranked = sorted(files, key=lambda file: -abs(file.cost.saved))[:most]
    names = {file.name for file in ranked if file.cost.saved}
    return [file for file in files if file.name in names]


def _left_out(built: Built, shown: list[Compiled]) -> list[Text]:
    from rich.text import Text

    names = {file.name for file in shown}
    rest = [file for file in built.files if file.name not in names]
    if not rest:
        return []
    head, noun = ("… and ", "more template") if shown else ("", "template")
    nothing = sum(not file.cost.saved for file in rest)
    line = f"{head}{figures.count(len(rest), noun)}"
    if nothing:
        some = f", {nothing:,} of them" if nothing < len(rest) else ""
        line += f"{some} with nothing to save"
    return [Text(f"{line} (--why lists all)", "dim")]


def layout(rows: list[Cells], width: int) -> Layout:
    """Choose the columns that fit *width*; names give way first, down to `_NAME_MIN` cells."""
    from rich.cells import cell_len

    widths = {
        column.cell: max(
            *map(len, column.heading), *(len(getattr(row, column.cell)) for row in rows)
        )
        for column in COLUMNS
    }
    longest = max(cell_len(row.name) for row in rows)
    least = min(longest, _NAME_MIN)
    empty = {
        cell for cell in ("money", "worst") if all(getattr(row, cell) in {"", "-"} for row in rows)
    }
    fitted = Layout(tuple(c for c in COLUMNS if c.cell not in empty), widths, 0)
    while fitted.width + least > width and len(fitted.columns) > 1:
        cheapest = min(fitted.columns, key=lambda column: column.worth)
        fitted = replace(fitted, columns=tuple(c for c in fitted.columns if c != cheapest))
    widen = max(len(row.message) for row in rows) + _GAP - fitted.spanned
    if 0 < widen <= width - fitted.width - least:
        fitted = replace(fitted, widths=widths | {"saved": widths["saved"] + widen})
    return replace(fitted, name=max(min(least, _NAME_LEAST), min(longest, width - fitted.width)))


def _row(file: Compiled) -> Cells:
    cost, exact = file.cost, file.cost.exact
    row = Cells(
        name=plain(file.name),
        before=figures.tokens(cost.before, exact),
        after=figures.tokens(cost.after, exact),
        saved=figures.saved(cost.before, cost.after, exact),
        share=figures.share(cost.share),
        money=_money(cost.money.saved if cost.money else None, exact),
        worst=figures.tokens(cost.worst, exact) if cost.basis == "samples" else "-",
    )
    if cost.saved:
        return row._replace(style="green" if cost.saved > 0 else "red")
    nothing = "changed, none saved" if file.changed else "nothing to save"
    return row._replace(saved="", share="", money="", message=nothing, style="dim")


def _sums(built: Built) -> Cells:
    total = figures.totals(built)
    row = Cells(
        name=figures.count(total.templates, "template"),
        before=figures.tokens(total.before, total.exact),
        after=figures.tokens(total.after, total.exact),
        saved=figures.saved(total.before, total.after, total.exact),
        share=figures.share(total.share),
        money=_money(total.call.saved if total.call else None, total.exact),
        worst=figures.tokens(total.worst, total.exact) if total.worst else "-",
        style="bold",
    )
    if total.saved:
        return row
    return row._replace(
        saved="", share="", money="", message="none saved" if total.changed else "nothing to save"
    )


def _money(saved: Decimal | None, exact: bool) -> str:
    return "" if saved is None else figures.dollars(saved * _CALLS, exact)


def _headings(fitted: Layout) -> list[Text]:
    from rich.text import Text

    lines = []
    for at, label in enumerate(("", "template")):
        cells = [(" " * _GAP + c.heading[at].rjust(fitted.widths[c.cell])) for c in fitted.columns]
        lines.append(
            Text((label.ljust(fitted.name) + "".join(cells)).rstrip(), "bold", no_wrap=True)
        )
    return lines if lines[0].plain else lines[1:]


def _rule(fitted: Layout) -> Text:
    from rich.text import Text

    return Text(RULE * fitted.width, "dim", no_wrap=True)


def _line(row: Cells, fitted: Layout) -> Text:
    from rich.cells import set_cell_size
    from rich.text import Text

    quiet = row.style if row.style in {"dim", "bold"} else ""
    line = Text(set_cell_size(shorten(row.name, fitted.name), fitted.name), quiet, no_wrap=True)
    message = _message(row.message, fitted) if row.message else ""
    for column in fitted.columns:
        if message and column.cell in SPANNED:
            if column.cell == SPANNED[0]:
                line.append(message, row.style)
            continue
        cell = getattr(row, column.cell).rjust(fitted.widths[column.cell])
        line.append(" " * _GAP + cell, row.style if column.cell in SPANNED else quiet)
    line.rstrip()
    return line


def _message(message: str, fitted: Layout) -> str:
    """Fill the cells of `SPANNED` with *message*, or with a shorter word where it does not fit."""
    if len(message) + _GAP > fitted.spanned:
        message = "none".rjust(fitted.widths[SPANNED[0]])
    return (" " * _GAP + message).ljust(fitted.spanned)

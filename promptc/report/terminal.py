"""The report of a build on a terminal, or in a log."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from promptc.report import figures
from promptc.report.documents import documents
from promptc.report.plain import plain, writable
from promptc.report.prefixes import prefixes
from promptc.report.table import RULE, table
from promptc.report.why import why as passes
from promptc.results import Built, Compiled, Undone

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

_WIDTH_OF_A_LOG = 80
_MOST_LISTED = 10
_MOST_ROWS = 40
_PLACE = re.compile(r"\d+:\d+: ")


def terminal(built: Built, console: Console, *, why: bool, quiet: bool) -> None:
    """Print what *built* did; *why* adds what each pass did, *quiet* leaves only the failures.

    Where the console is no terminal the report is plain and 80 columns wide, whatever the machine.
    """
    width = console.width if console.is_terminal else _WIDTH_OF_A_LOG
    sections = [] if quiet else _sections(built, width, why)
    failures = _failures(built, None if why or quiet else _MOST_ROWS)
    shown = [section for section in [*sections, failures] if section]
    if not quiet:
        shown.append(_footer(built))
    for number, lines in enumerate(shown):
        if number:
            console.print()
        for line in lines:
            _print(line, console, width)


def _sections(built: Built, width: int, why: bool) -> list[list[Text]]:
    rows = None if why else _MOST_ROWS
    return [
        [*table(built, width, rows), *_money(built)] if built.files else [],
        prefixes(built, width, everything=why),
        passes(built.files, width) if why else [],
        _documents(built),
        _undone(built, why),
        _notes(built, why),
    ]


def _print(line: Text, console: Console, width: int) -> None:
    """Print *line*, wrapped under its own indent, in characters that the console can write."""
    from rich.text import Text

    if console.encoding.lower().replace("-", "") != "utf8":
        line = Text(writable(line.plain.replace(RULE, "-"), console.encoding), no_wrap=line.no_wrap)
    if line.no_wrap:
        console.print(line, soft_wrap=True)
        return
    indent = len(line.plain) - len(line.plain.lstrip())
    for number, part in enumerate(line[indent:].wrap(console, width - (indent and indent + 2))):
        part.rstrip()
        part.pad_left(indent + 2 if number and indent else indent)
        console.print(part, soft_wrap=True)


def _money(built: Built) -> Iterator[Text]:
    from rich.text import Text

    total = figures.totals(built)
    if total.month is None:
        return
    month, exact = total.month, total.exact
    before, after = figures.dollars(month.before, exact), figures.dollars(month.after, exact)
    saving = figures.dollars(month.saved, exact)
    output = f"; {figures.dollars(month.output)} for output" if month.output else ""
    yield Text(f"a month: {before} {figures.ARROW} {after} for input, {saving} saved{output}")
    if month.templates < total.templates:
        stated = f"{month.templates} of {total.templates} templates state calls_per_month"
        yield Text(f"  {stated}", "dim")


def _documents(built: Built) -> list[Text]:
    from rich.text import Text

    lines: list[Text] = []
    for headline, told in documents(built.files):
        lines += [Text(headline, "bold"), *(Text(f"  {line}") for line in told)]
    return lines


def _undone(built: Built, why: bool) -> list[Text]:
    found = [_undone_line(each) for each in figures.undone(built)]
    return _listed(f"{figures.count(len(found), 'edit')} undone:", found, why)


def _undone_line(each: Undone) -> str:
    return f"{each.source}:{each.line}:{each.column}: {each.pass_name}: {each.reason}"


def _notes(built: Built, why: bool) -> list[Text]:
    return _listed("notes:", list(_all_notes(built.files)), why)


def _all_notes(files: Iterable[Compiled]) -> Iterator[str]:
    for file in files:
        for note in [*file.notes, *figures.sample_notes(file.cost)]:
            yield f"{file.name}:{'' if _PLACE.match(note) else ' '}{note}"


def _listed(title: str, found: list[str], everything: bool) -> list[Text]:
    from rich.text import Text

    if not found:
        return []
    return [Text(title, "bold"), *_items(found, None if everything else _MOST_LISTED)]


def _items(found: list[str], most: int | None) -> Iterator[Text]:
    from rich.text import Text

    yield from (Text(f"  {plain(each)}") for each in found[:most])
    if most is not None and len(found) > most:
        yield Text(f"  … and {len(found) - most:,} more; --why lists them all", "dim")


def _failures(built: Built, most: int | None) -> list[Text]:
    from rich.text import Text

    if not built.failures:
        return []
    count = figures.count(len(built.failures), "template")
    lines = [Text(f"{count} could not be compiled:", "bold red")]
    lines += _items([failure.message for failure in built.failures], most)
    if not built.published:
        others = "; a build with --keep-going writes the others" if built.files else ""
        lines.append(Text(f"Nothing was written{others}."))
    return lines


def _footer(built: Built) -> list[Text]:
    from rich.text import Text

    return [Text(line, "dim") for line in _facts(built)]


def _facts(built: Built) -> Iterator[str]:
    total = figures.totals(built)
    dated = f", prices of {plain(total.date)}" if total.date else ", no prices"
    yield f"-O{built.level}, {plain(built.model)}, counted with {plain(built.tokenizer)}{dated}"
    if not total.exact:
        yield f"~ an estimate: {plain(built.model)} has a tokenizer of its own"
    if any(file.cost.basis == "static" for file in built.files):
        yield "- no samples: the text itself was counted, holes left out"
    if built.published or not built.failures:
        yield _written(built)


def _written(built: Built) -> str:
    from promptc.files import JINJA

    if not built.files and not built.failures:
        suffixes = ", ".join(sorted(JINJA))
        return f"no templates were found: no {suffixes}, and nothing else that 'include' names"
    where = f"written to {plain(built.out)}" if built.published else "nothing was written"
    cached = f", {built.cached:,} unchanged since the last build" if built.cached else ""
    gone = f", {figures.count(len(built.removed), 'stale output')} removed" if built.removed else ""
    return f"{where}{cached}{gone}"

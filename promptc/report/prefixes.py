"""What the provider's prompt cache makes of the templates, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from promptc.report import figures
from promptc.report.plain import plain, shorten
from promptc.results import Built, CacheRule, Caching, Compiled, Ending

if TYPE_CHECKING:
    from rich.text import Text

CALLS = 1000
_MOST_ROWS = 10
_NAME_LEAST = 12
_COLUMNS = ("prefix", "cached", "1,000 cold", "1,000 warm", "pays from")
_WIDTHS = (8, 8, 12, 12, 11)
_FIRST_TO_GO = (4, 0, 2, 1)
"""Columns that a narrow terminal loses, in this order."""

_MINUTES, _HOUR = 60, 3600


def prefixes(built: Built, width: int, *, everything: bool) -> list[Text]:
    """Write, for templates whose start is cached, what 1,000 calls cost that find it or don't.

    *everything* lists the other templates too, with what ends their static prefix.
    """
    from rich.text import Text

    rule, known = built.cache_rule, priced(built.files)
    if rule is None or not known:
        return []
    kept = [file for file in known if _after(file).cached]
    lines = [Text(headline(rule), "bold")]
    if kept:
        lines += _table(kept, width, None if everything else _MOST_ROWS)
        told = "calls: cold ones write the prefix, warm ones read it"
        lines.append(Text(f"{told}; rules of {rule.date}", "dim"))
    lines += _others(
        rule, [file for file in known if file not in kept], width if everything else None
    )
    return lines


def priced(files: Sequence[Compiled]) -> list[Compiled]:
    """The *files* whose calls have a price, those with the most cached tokens first."""
    known = [file for file in files if file.cost.caching is not None]
    return sorted(known, key=lambda file: (-_after(file).cached, -_after(file).prefix, file.name))


def headline(rule: CacheRule) -> str:
    """What the provider's cache does, in a line."""
    kept = f"{rule.minimum:,} static tokens or more, kept {lasting(rule.kept[0].seconds)}"
    return f"prompt cache, {rule.provider}: {kept}{'' if rule.automatic else ' if marked'}"


def lasting(seconds: int) -> str:
    """For how long something is kept.

    >>> lasting(300), lasting(3600)
    ('5 minutes', '1 hour')
    """
    if seconds < _HOUR:
        return figures.count(seconds // _MINUTES, "minute")
    return figures.count(seconds // _HOUR, "hour")


def cells(file: Compiled) -> tuple[str, ...]:
    """The numbers of one template, as `_COLUMNS` has them; money is for 1,000 calls."""
    after, exact = _after(file), file.cost.exact
    calls = "-" if after.break_even is None else figures.count(after.break_even, "call")
    return (
        figures.tokens(after.prefix, exact),
        figures.tokens(after.cached, exact) if after.cached else "-",
        money(after.cold, exact),
        money(after.warm, exact),
        calls,
    )


def money(amount: Decimal, exact: bool) -> str:
    """What 1,000 calls cost."""
    return figures.dollars(amount * CALLS, exact)


def place(end: Ending) -> str:
    """Where a static prefix ends, and why."""
    return f"{end.source}:{end.line}:{end.column}: {end.reason}"


def _within(end: Ending, name: str) -> str:
    """Where a static prefix of the template *name* ends, which is named only if it is another."""
    return place(end).removeprefix(f"{name}:")


def _after(file: Compiled) -> Caching:
    verdict = file.cost.caching
    if verdict is None:
        raise ValueError(f"{file.name} has no price")
    return verdict.after


def _table(files: Sequence[Compiled], width: int, most: int | None) -> Iterator[Text]:
    from rich.cells import cell_len
    from rich.text import Text

    shown, columns = files[:most], _fitting(width)
    longest = max(cell_len(plain(file.name)) for file in shown)
    taken = sum(_WIDTHS[at] for at in columns)
    name = max(_NAME_LEAST, min(longest, width - taken))
    yield _row("template", _COLUMNS, columns, name=name, style="dim")
    for file in shown:
        yield _row(shorten(plain(file.name), name), cells(file), columns, name=name)
    more = len(files) - len(shown)
    if more:
        yield Text(f"… and {figures.count(more, 'more template')}; --why lists all", "dim")


def _fitting(width: int) -> list[int]:
    """The columns that fit beside a short name."""
    columns = list(range(len(_COLUMNS)))
    for at in _FIRST_TO_GO:
        if _NAME_LEAST + sum(_WIDTHS[each] for each in columns) > width:
            columns.remove(at)
    return columns


def _row(
    first: str, texts: Sequence[str], columns: Sequence[int], *, name: int, style: str = ""
) -> Text:
    from rich.cells import set_cell_size
    from rich.text import Text

    numbers = "".join(texts[at].rjust(_WIDTHS[at]) for at in columns)
    return Text(f"{set_cell_size(first, name)}{numbers}", style, no_wrap=True)


def _others(rule: CacheRule, files: Sequence[Compiled], width: int | None) -> Iterator[Text]:
    """How many are too short; with a *width*, each of them and what ends its static prefix."""
    from rich.text import Text

    if not files:
        return
    count = figures.count(len(files), "template")
    verb = "starts" if len(files) == 1 else "start"
    yield Text(f"{count} {verb} with fewer than {rule.minimum:,} static tokens, so none is kept")
    if width is None:
        return
    for file in files:
        tokens, end = figures.tokens(_after(file).prefix, file.cost.exact), file.prefix.end
        why = plain(_within(end, file.name)) if end else "all of it is static"
        yield Text(f"  {shorten(plain(file.name), width // 2)}: {tokens}; {why}")

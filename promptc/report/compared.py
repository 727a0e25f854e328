"""What changed about templates since a revision: text, Markdown and JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TypeAlias

from promptc.changes import Change, Compared
from promptc.report import figures
from promptc.report.as_json import escaped
from promptc.report.markdown import code
from promptc.report.plain import plain, shorten

VERSION = 1
_MOST_ROWS = 40
_WIDTH = 80
_NUMBERS = (("before", 9), ("after", 9), ("change", 9), ("a month", 12))
_DOLLAR_DIGITS = 10

Json: TypeAlias = "dict[str, Json] | list[Json] | str | float | bool | None"


def text(compared: Compared, width: int = _WIDTH) -> str:
    """Write a table of what changed, *width* columns wide."""
    if not compared.changes:
        return _headline(compared)
    name = max(12, width - sum(size for _, size in _NUMBERS))
    name = min(name, max(12, *(len(plain(each.path)) for each in compared.changes)))
    heads = [head for head, _ in _NUMBERS]
    lines = [_headline(compared), "", _line("template", heads, name)]
    for each in compared.changes:
        lines.append(_line(shorten(plain(each.path), name), _cells(compared, each), name))
        lines += [shorten(f"  {note}", width) for note in _why(each)]
    lines.append(_line("in all", _sum(compared), name))
    return "\n".join(line.rstrip() for line in [*lines, "", *_footer(compared)])


def markdown(compared: Compared) -> str:
    """Write it as GitHub-flavored Markdown, short enough for a comment on a pull request."""
    title = f"### promptc: {_headline(compared)}"
    if not compared.changes:
        return title
    lines = ["| template | before | after | change | a month | |"]
    lines.append(f"| --- |{' ---: |' * 4} --- |")
    ranked = sorted(compared.changes, key=lambda each: (-abs(each.grown), each.path))
    for each in ranked[:_MOST_ROWS]:
        why = "; ".join(code(note) for note in _why(each))
        lines.append(f"| {code(each.path)} | {' | '.join(_cells(compared, each))} | {why} |")
    sums = " | ".join(f"**{cell}**" if cell else "" for cell in _sum(compared))
    lines.append(f"| **in all** | {sums} | |")
    more = len(ranked) - _MOST_ROWS
    rest = [figures.count(more, "more template") + " changed less."] if more > 0 else []
    foot = "; ".join(_footer(compared))
    return "\n\n".join([title, "\n".join(lines), *rest, f"<sub>{foot}</sub>"])


def as_json(compared: Compared) -> str:
    """Write it as JSON: what `promptc/schemas/diff.schema.json` describes."""
    price = compared.price
    total = _total(compared)
    return escaped(
        json.dumps(
            {
                "version": VERSION,
                "revision": compared.revision,
                "commit": compared.commit or None,
                "model": compared.model,
                "tokenizer": compared.tokenizer,
                "price_date": price.date if price else None,
                "unchanged": compared.unchanged,
                "changes": [_change(compared, each) for each in compared.changes],
                "tokens": _number(sum(each.grown for each in _prompts(compared))),
                "per_month": None if total is None else _dollars(total),
                "failures": [each._asdict() for each in compared.failures],
                "notes": list(compared.notes),
            },
            indent=2,
        )
    )


def _headline(compared: Compared) -> str:
    number = len(compared.changes)
    since = plain(compared.revision) if compared.commit else "the first commit"
    if not number:
        count = figures.count(compared.unchanged, "template")
        return f"no template changed since {since} ({count})"
    rest = f"{compared.unchanged:,} did not"
    return f"{figures.count(number, 'template')} changed since {since}, {rest}"


def _cells(compared: Compared, each: Change) -> list[str]:
    before, after = (_tokens(number, each.exact) for number in (each.before, each.after))
    return [before, after, _grown(each), "" if each.included else _money(compared.month(each))]


def _grown(each: Change) -> str:
    if each.kind != "changed":
        return each.kind
    if each.before is None:
        return "unknown"
    return _signed(each.grown)


def _tokens(number: float | None, exact: bool) -> str:
    return "-" if number is None else figures.tokens(number, exact)


def _signed(number: float) -> str:
    whole = figures.whole(abs(number))
    if not whole:
        return "0" if not number else "<+1" if number > 0 else ">-1"
    return f"{'+' if number > 0 else '-'}{whole:,}"


def _money(amount: Decimal | None) -> str:
    if amount is None:
        return "-"
    return f"+{figures.dollars(amount)}" if amount > 0 else figures.dollars(amount)


def _why(each: Change) -> Iterator[str]:
    if each.was:
        yield f"renamed from {plain(each.was)}"
    if each.through:
        names = ", ".join(map(plain, each.through[:3]))
        more = len(each.through) - 3
        yield f"through {names}{f' and {more} more' if more > 0 else ''}"


def _prompts(compared: Compared) -> list[Change]:
    """The changes of templates that are prompts by themselves."""
    return [each for each in compared.changes if not each.included]


def _total(compared: Compared) -> Decimal | None:
    months = [compared.month(each) for each in _prompts(compared)]
    known = [each for each in months if each is not None]
    return sum(known, Decimal(0)) if known else None


def _sum(compared: Compared) -> list[str]:
    prompts = _prompts(compared)
    return ["", "", _signed(sum(each.grown for each in prompts)), _money(_total(compared))]


def _footer(compared: Compared) -> Iterator[str]:
    dated = f", prices of {plain(compared.price.date)}" if compared.price else ", no prices"
    yield f"{plain(compared.model)}, counted with {plain(compared.tokenizer)}{dated}"
    if any(each.included for each in compared.changes):
        yield "partials are counted in the templates that include them"
    stated = sum(each.calls is not None for each in _prompts(compared))
    if stated < len(_prompts(compared)):
        yield f"a month: {stated} of {len(_prompts(compared))} state calls_per_month"


def _line(first: str, cells: Sequence[str], name: int) -> str:
    from rich.cells import set_cell_size

    numbers = (cell.rjust(size) for cell, (_, size) in zip(cells, _NUMBERS, strict=True))
    return set_cell_size(first, name) + "".join(numbers)


def _change(compared: Compared, each: Change) -> Json:
    month = compared.month(each)
    return {
        "path": each.path,
        "kind": each.kind,
        "was": each.was or None,
        "before": None if each.before is None else _number(each.before),
        "after": None if each.after is None else _number(each.after),
        "grown": _number(each.grown),
        "exact": each.exact,
        "own": each.own,
        "through": list(each.through),
        "included": each.included,
        "calls_per_month": each.calls,
        "per_month": None if month is None else _dollars(month),
    }


def _number(number: float) -> float:
    return int(number) if number == int(number) else round(number, 6)


def _dollars(amount: Decimal) -> float:
    return float(round(amount, _DOLLAR_DIGITS))

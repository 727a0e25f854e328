"""The report of a build as Markdown, short enough for a comment on a pull request."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal

from promptc.report import figures, prefixes, sums
from promptc.report.documents import documents
from promptc.report.figures import Totals
from promptc.report.plain import plain
from promptc.report.sums import Sum
from promptc.results import Built, Compiled, Undone

# GitHub takes 65,536 characters. Hostile text grows sixfold when it is escaped.
_MOST_ROWS = 40
_MOST_LISTED = 15
_NAME_CHARACTERS = 80
_LINE_CHARACTERS = 160
_CALLS = 1000

_NOT_IN_CODE = re.compile(r"[`|\\]")
_PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~]")


def markdown(built: Built) -> str:
    """Write the report of *built* as GitHub-flavored Markdown.

    Names and messages stand in code spans, where neither HTML nor a mention means anything.
    """
    total = figures.totals(built)
    changed = [file for file in built.files if file.changed or file.cost.saved]
    parts = [
        f"### promptc: {_headline(total, built)}",
        _table(sorted(changed, key=_weight), total),
        _unchanged(len(built.files) - len(changed)),
        _month(total),
        _documents(built.files),
        _listed("could not be compiled", "template", [each.message for each in built.failures]),
        _listed("undone", "edit", [_undone(each) for each in figures.undone(built)]),
        _listed("to read", "note", _notes(built.files)),
        _prefixes(built),
        _passes(built.files),
        _footer(total, built),
    ]
    return "\n\n".join(part for part in parts if part)


def code(text: str, most: int = _NAME_CHARACTERS) -> str:
    """Write *text* as inline code that nothing in it can end.

    >>> code("prompts/ask.j2"), code("a|b")
    ('`prompts/ask.j2`', '<code>a&#124;b</code>')
    """
    shown = plain(text)
    shown = shown if len(shown) <= most else f"{shown[: most // 3]}…{shown[-(most * 2 // 3 - 1) :]}"
    if shown.strip() and not _NOT_IN_CODE.search(shown):
        return f"`{shown}`"
    return f"<code>{_PUNCTUATION.sub(lambda match: f'&#{ord(match[0])};', shown)}</code>"


def _headline(total: Totals, built: Built) -> str:
    if not total.templates:
        return "nothing compiled" if built.failures else "no templates"
    if not total.saved:
        return "nothing to save" if not total.changed else "no tokens saved"
    tokens = figures.saved(total.before, total.after, total.exact)
    of = figures.tokens(total.before, total.exact)
    return f"{tokens} of {of} tokens saved ({figures.share(total.share)})"


def _weight(file: Compiled) -> tuple[Decimal, float, str]:
    money = file.cost.money.saved if file.cost.money else Decimal(0)
    return -money, -file.cost.saved, file.name


def _table(files: Sequence[Compiled], total: Totals) -> str:
    if not files:
        return ""
    heading = ["template", "before", "after", "saved", "share", "saved per 1,000 calls"]
    ruler = ["---", *["---:"] * 5]
    rows = [heading, ruler, *(_row(file) for file in files[:_MOST_ROWS]), _sums(total)]
    columns = len(heading) if total.call else len(heading) - 1
    lines = [f"| {' | '.join(row[:columns])} |" for row in rows]
    more = len(files) - _MOST_ROWS
    if more > 0:
        lines += ["", f"{figures.count(more, 'more template')} changed; these save the most."]
    return "\n".join(lines)


def _row(file: Compiled) -> list[str]:
    cost = file.cost
    counts = [figures.tokens(each, cost.exact) for each in (cost.before, cost.after)]
    if not cost.saved:
        return [code(file.name), *counts, "none", "-", "-"]
    return [
        code(file.name),
        *counts,
        figures.saved(cost.before, cost.after, cost.exact),
        figures.share(cost.share),
        figures.dollars(cost.money.saved * _CALLS, cost.exact) if cost.money else "-",
    ]


def _sums(total: Totals) -> list[str]:
    cells = [
        f"{figures.count(total.templates, 'template')} in all",
        figures.tokens(total.before, total.exact),
        figures.tokens(total.after, total.exact),
        figures.saved(total.before, total.after, total.exact),
        figures.share(total.share),
        figures.dollars(total.call.saved * _CALLS, total.exact) if total.call else "-",
    ]
    return [f"**{cell}**" for cell in cells]


def _unchanged(number: int) -> str:
    return f"{figures.count(number, 'template')} with nothing to save." if number else ""


def _month(total: Totals) -> str:
    if total.month is None:
        return ""
    before = figures.dollars(total.month.before, total.exact)
    after = figures.dollars(total.month.after, total.exact)
    saving = figures.dollars(total.month.saved, total.exact)
    of = f"{total.month.templates} of {total.templates} templates"
    return (
        f"A month, for the {of} that state `calls_per_month`: {before} → {after}, {saving} saved."
    )


def _documents(files: Sequence[Compiled]) -> str:
    lines: list[str] = []
    for headline, told in documents(files):
        lines.append(f"- {code(headline, _LINE_CHARACTERS)}")
        lines += [f"  - {code(line, _LINE_CHARACTERS)}" for line in told]
    return "\n".join(["**Documents behind retrieval**", "", *lines]) if lines else ""


def _undone(each: Undone) -> str:
    return f"{each.source}:{each.line}:{each.column}: {each.pass_name}: {each.reason}"


def _notes(files: Iterable[Compiled]) -> list[str]:
    return [
        f"{file.name}: {note}"
        for file in files
        for note in [*file.notes, *figures.sample_notes(file.cost)]
    ]


def _listed(verb: str, noun: str, found: Sequence[str]) -> str:
    if not found:
        return ""
    lines = [f"**{figures.count(len(found), noun)} {verb}**", ""]
    lines += [f"- {code(each, _LINE_CHARACTERS)}" for each in found[:_MOST_LISTED]]
    if len(found) > _MOST_LISTED:
        lines.append(f"- and {len(found) - _MOST_LISTED:,} more")
    return "\n".join(lines)


def _passes(files: Sequence[Compiled]) -> str:
    """What the passes did to all templates, those of each guarantee together, folded away."""
    passes = sums.by_pass(files)
    if not passes:
        return ""
    lines = [
        "<details><summary>Static tokens saved, by guarantee and pass</summary>",
        "",
        "| pass | templates | kept | undone | skipped | saved |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for group in sums.by_guarantee(files):
        lines.append(_sum(f"**{plain(group.name)}**", group))
        lines += [_sum(code(each.name), each) for each in passes if each.guarantee == group.name]
    return "\n".join([*lines, "", "</details>"])


def _prefixes(built: Built) -> str:
    """What calls cost with the provider's cache, folded away."""
    rule = built.cache_rule
    known = [
        f for f in prefixes.priced(built.files) if f.cost.caching and f.cost.caching.after.cached
    ]
    if rule is None or not known:
        return ""
    lines = [
        f"<details><summary>{prefixes.headline(rule)}</summary>",
        "",
        "| template | static prefix | cached | 1,000 cold calls | 1,000 warm calls | pays from |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    lines += [f"| {code(f.name)} | {' | '.join(prefixes.cells(f))} |" for f in known[:_MOST_ROWS]]
    told = f"Input only. Cold calls write the prefix, warm ones read it. Rules of {rule.date}."
    return "\n".join([*lines, "", told, "", "</details>"])


def _sum(name: str, each: Sum) -> str:
    numbers = (each.templates, each.edits, each.undone, each.skipped, each.saved)
    return f"| {name} | {' | '.join(f'{number:,}' for number in numbers)} |"


def _footer(total: Totals, built: Built) -> str:
    dated = f", prices of {plain(total.date)}" if total.date else ""
    guess = " (~ marks an estimate)" if not total.exact else ""
    counted = f"-O{built.level}, {code(built.model)}, counted with {code(built.tokenizer)}"
    return f"<sub>{counted}{guess}{dated}.</sub>"

"""The story of one line: what each pass found there, and what it left."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from promptc.building.ledger import Entry, Ledger, named
from promptc.errors import PromptcError, TemplateError
from promptc.paths import read_bytes
from promptc.protocols import Guarantee
from promptc.report import figures
from promptc.report.plain import marked, plain
from promptc.source import Source, Span

TEMPLATES = "templates"

_AROUND = 30
_NEAREST = 5
_CUT = "…"


class Window(NamedTuple):
    """The characters of *text* that one line spans; *text* is ``None`` where it isn't at hand."""

    text: str | None
    span: Span


def explain_line(ledger: Ledger, file: str, line: int) -> str:
    """Write what was done to *line* of the source *file*, pass by pass, and what was undone.

    The file is read where it still is what was built; else the text between the drops is left
    out. Raises `PromptcError` for a file that *ledger* doesn't know.
    """
    name = named(ledger, file)
    entries = _entries(ledger, name)
    here = [entry for entry in entries if entry.drop.line <= line <= entry.last_line]
    if not here:
        return _nothing(name, line, entries)
    text = _as_built(entries, (Path(file), Path(TEMPLATES, name)))
    window = Window(text, _line_span(text, line) if text is not None else Span(0, 0))
    by_pass = [(each, list(found)) for each, found in groupby(sorted(here, key=_order), key=_pass)]
    lines = [f"{plain(name)}:{line}: {_summary(here)}"]
    for pass_name, found in by_pass:
        lines += ["", *_told(pass_name, found, window)]
    if text is None:
        lines += ["", "The source is not here as it was built; only what was dropped is shown."]
    return "\n".join(lines)


def changed_lines(ledger: Ledger, file: str) -> str:
    """Say which lines of the source *file* were changed."""
    name = named(ledger, file)
    entries = _entries(ledger, name)
    changed = _ranges(_lines(entry for entry in entries if not entry.undone)) or "nothing"
    undone = _ranges(_lines(entry for entry in entries if entry.undone))
    return f"{plain(name)}: {changed} changed" + (f"; edits undone on {undone}" if undone else "")


def _lines(entries: Iterable[Entry]) -> list[int]:
    return sorted({n for each in entries for n in range(each.drop.line, each.last_line + 1)})


def _entries(ledger: Ledger, name: str) -> list[Entry]:
    """The entries of one source, each once, though several templates may include it."""
    found = {entry for each in ledger.files.values() for entry in each}
    return sorted(entry for entry in found if entry.drop.source == name)


def _pass(entry: Entry) -> str:
    return entry.drop.pass_name


def _order(entry: Entry) -> tuple[int, str, Span]:
    """Passes in the order they run, those that this promptc doesn't know last."""
    from promptc.passes import BY_NAME

    name, known = entry.drop.pass_name, list(BY_NAME)
    return (known.index(name) if name in known else len(known), name, entry.drop.span)


def _summary(here: Iterable[Entry]) -> str:
    kept = {_pass(entry) for entry in here if not entry.undone}
    undone = sum(bool(entry.undone) for entry in here)
    passes = "1 pass" if len(kept) == 1 else f"{len(kept)} passes"
    changed = f"changed by {passes}" if kept else "nothing changed"
    return f"{changed}, {figures.count(undone, 'edit')} undone" if undone else changed


def _as_built(entries: Iterable[Entry], paths: Iterable[Path]) -> str | None:
    """The text of the first of *paths* that has every dropped stretch where the ledger has it."""
    found = list(entries)
    for path in paths:
        try:
            text = Source.decode(read_bytes(path, str(path), TemplateError), str(path)).text
        except PromptcError:
            continue
        if all(text[slice(*entry.drop.span)] == entry.original for entry in found):
            return text
    return None


def _line_span(text: str, line: int) -> Span:
    start = Source(text).offset(line)
    end = text.find("\n", start)
    return Span(start, end if end >= 0 else len(text))


def _told(pass_name: str, found: Sequence[Entry], window: Window) -> Iterator[str]:
    rules = sorted({plain(entry.drop.rule) for entry in found if entry.drop.rule})
    by = f", rule{'s' if len(rules) > 1 else ''} {', '.join(rules)}" if rules else ""
    yield f"  {plain(pass_name)}{by}"
    meanings = {each.name: each.value for each in Guarantee}
    kept = [entry for entry in found if not entry.undone]
    for guarantee in sorted({entry.guarantee for entry in kept} & meanings.keys()):
        yield f"    {guarantee}: {meanings[guarantee]}"
    for apart in _layers(_last(kept)):
        before, after = _stretch(apart, window)
        yield f"    before  {before}"
        yield f"    after   {after or '(nothing)'}"
    yield from (f"    held    {verdict}" for verdict in dict.fromkeys(map(_verdict, kept)))
    for entry in found:
        if entry.undone:
            before, after = _stretch((entry,), window)
            yield f"    before  {before}"
            yield f"    tried   {after or '(nothing)'}"
            yield f"    undone  {plain(entry.undone)}"


def _verdict(entry: Entry) -> str:
    return plain(held(entry.guarantee, entry.checks, entry.renderings))


def held(guarantee: str, checks: Iterable[str], renderings: int) -> str:
    """What holds a change: the proof, and the *renderings* and the *checks* that agreed.

    >>> held("MEANING", ["facts"], 0), held("DATA", [], 4)
    ('facts: agreed', 'proved on the tree, confirmed by 4 renderings')
    """
    if guarantee == Guarantee.MEANING.name:
        return ", ".join(f"{check}: agreed" for check in checks) or "no check was asked"
    shown = figures.count(renderings, "rendering") if renderings else ""
    return f"proved on the tree{', confirmed by ' if shown else ''}{shown}"


def _last(found: Sequence[Entry]) -> list[Entry]:
    """*found* without what a later round of the same pass went over again."""
    spans = {entry.drop.span for entry in found}
    return [
        entry
        for entry in found
        if not any(span != entry.drop.span and span.covers(entry.drop.span) for span in spans)
    ]


def _layers(found: Iterable[Entry]) -> list[list[Entry]]:
    """Part *found* so that no two of one list overlap, as those of a later round may."""
    layers: list[list[Entry]] = []
    for entry in found:
        span = entry.drop.span
        free = (each for each in layers if each[-1].drop.span.stop <= span.start)
        layer = next(free, None)
        if layer is None:
            layers.append([entry])
        else:
            layer.append(entry)
    return layers


def _stretch(found: Sequence[Entry], window: Window) -> tuple[str, str]:
    """The line before and after, white space marked where it was dropped or written."""
    at = min(window.span.start, found[0].drop.span.start)
    before = after = [_head(window, at)]
    for entry in found:
        kept = _kept(window, Span(at, entry.drop.span.start))
        before = [*before, kept, marked(entry.original)]
        after = [*after, kept, marked(entry.drop.after)]
        at = entry.drop.span.stop
    tail = _tail(window, at)
    return _joined(*before, tail), _joined(*after, tail)


def _head(window: Window, at: int) -> str:
    """A sign that the stretch starts inside an earlier line."""
    if window.text is None or at == window.span.start:
        return ""
    return "" if window.text[at - 1 : at] in {"", "\n"} else _CUT


def _tail(window: Window, at: int) -> str:
    """What stands behind the last drop, or a sign that a later line goes on."""
    if window.text is None:
        return _CUT
    if at <= window.span.stop:
        return _kept(window, Span(at, window.span.stop))
    return "" if window.text[at : at + 1] in {"", "\n"} else _CUT


def _joined(*parts: str) -> str:
    """Join *parts*; several in a row that are cut out become one."""
    runs = groupby(part for part in parts if part)
    return "".join(part if part == _CUT else "".join(run) for part, run in runs)


def _kept(window: Window, span: Span) -> str:
    """What stands beside a drop, shortened in the middle."""
    if window.text is None:
        return _CUT if span.start < span.stop else ""
    text = window.text[slice(*span)]
    if len(text) <= 2 * _AROUND:
        return plain(text)
    return f"{plain(text[:_AROUND])}{_CUT}{plain(text[-_AROUND:])}"


def _nothing(name: str, line: int, entries: Iterable[Entry]) -> str:
    edited = {n for each in entries for n in (each.drop.line, each.last_line) if not each.undone}
    if not edited:
        return f"{plain(name)}: nothing was changed in this file"
    near = sorted(sorted(edited, key=lambda each: (abs(each - line), each))[:_NEAREST])
    verb = "is" if len(near) == 1 else "are"
    return f"{plain(name)}:{line}: nothing was changed here; nearest {verb} {_ranges(near)}"


def _ranges(lines: Sequence[int]) -> str:
    """Write *lines*, which are in order.

    >>> _ranges([3]), _ranges([3, 4, 5, 9])
    ('line 3', 'lines 3-5, 9')
    """
    if not lines:
        return ""
    runs: list[list[int]] = []
    for line in lines:
        if runs and line == runs[-1][-1] + 1:
            runs[-1].append(line)
        else:
            runs.append([line])
    shown = [f"{run[0]}" if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs]
    return f"line{'' if len(lines) == 1 else 's'} {', '.join(shown)}"

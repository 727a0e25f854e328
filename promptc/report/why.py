"""Why a build saved what it saved: edits and tokens by guarantee, by pass and by rule."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from promptc.protocols import Guarantee
from promptc.report import figures, sums
from promptc.report.plain import plain, shorten
from promptc.report.sums import Sum
from promptc.results import Compiled

if TYPE_CHECKING:
    from rich.text import Text

_NAME = 26
_NUMBER = 9
_RULES = 3
_RULE_CELLS = 20
_NOTHING = "why: no pass changed anything"


def why(files: Iterable[Compiled], width: int) -> list[Text]:
    """Write what the passes did to all *files*, grouped by guarantee, then to each of several."""
    from rich.text import Text

    told = [file for file in figures.by_saved(files) if file.steps]
    if not told:
        return [Text(_NOTHING, "bold")]
    lines = [Text("why: static tokens saved, by guarantee and pass", "bold"), _heading()]
    lines += _grouped(told, width)
    for file in told:
        lines += _file(file, width, alone=len(told) == 1)
    meanings = {each.name: each.value for each in Guarantee}
    names = [group.name for group in sums.by_guarantee(told)]
    return lines + [Text(f"{each}: {meanings.get(each, 'unknown')}", "dim") for each in names]


def _grouped(files: Sequence[Compiled], width: int) -> Iterator[Text]:
    """A line with the subtotal of each guarantee, and under it a line for each of its passes."""
    passes = sums.by_pass(files)
    for group in sums.by_guarantee(files):
        yield _row(plain(group.name), group, "bold")
        for each in passes:
            if each.guarantee == group.name:
                yield _row(f"  {plain(each.name)}", each)
                yield from _rules(each, width)


def _file(file: Compiled, width: int, *, alone: bool) -> Iterator[Text]:
    """What the passes did to *file*; where it stands *alone*, only what it costs is new."""
    from rich.text import Text

    yield Text(shorten(plain(file.name), width))
    if not alone:
        yield from (_row(f"  {plain(each.name)}", each) for each in sums.by_pass([file]))
    if file.cost.symbolic:
        yield Text(f"  costs {plain(file.cost.symbolic)}", "dim")


def _heading() -> Text:
    from rich.text import Text

    names = ("saved", "kept", "undone", "skipped")
    return Text(" " * _NAME + "".join(each.rjust(_NUMBER) for each in names), "dim", no_wrap=True)


def _row(name: str, each: Sum, style: str = "") -> Text:
    from rich.text import Text

    gain = "green" if each.saved > 0 else "red" if each.saved < 0 else "dim"
    line = Text(name.ljust(_NAME), style, no_wrap=True)
    line.append(f"{each.saved:>{_NUMBER},}", gain)
    for number in (each.edits, each.undone, each.skipped):
        line.append((f"{number:,}" if number else "-").rjust(_NUMBER))
    return line


def _rules(each: Sum, width: int) -> Iterator[Text]:
    """The rules that made the most edits, where the pass has several."""
    from rich.text import Text

    if len(each.rules) < 2:
        return
    shown = [f"'{shorten(plain(rule), _RULE_CELLS)}' {n:,}" for rule, n in each.rules[:_RULES]]
    more = len(each.rules) - _RULES
    if more > 0:
        shown.append(figures.count(more, "more rule"))
    yield Text(shorten(f"    {', '.join(shown)}", width), "dim", no_wrap=True)

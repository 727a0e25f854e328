"""Judge a rewritten template against its source: every harm, named."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from jinja2 import TemplateError

from benchmarks.auditing import fields, files, meaning, words
from benchmarks.auditing.code import Code, Reading, read
from benchmarks.auditing.harm import Harm, difference, unequal
from benchmarks.auditing.marks import HOLE


class Terms(NamedTuple):
    """What a text is, and what a tool may do to it.

    *printed* says that the new text came from a screen, not from a file: its line ends and the
    white space around it are then not judged. *reworded* says that it may use fewer words for the
    same; else no word may differ.
    """

    engine: str = "jinja"
    printed: bool = False
    reworded: bool = False

    @property
    def compare(self) -> Callable[[str, str], Iterator[tuple[str, str]]]:
        """What compares two marked texts."""
        return meaning.compare if self.reworded else words.compare


_AS_IT_WAS = Terms()


def audit(before: str, after: str, terms: Terms = _AS_IT_WAS, *, name: str = "") -> list[Harm]:
    """Every harm that turning *before* into *after* does, one for each kind."""
    if terms.printed:
        before, after = _line_ends(before).strip(), _line_ends(after).strip()
    if before == after:
        return []
    found: dict[str, str] = {}
    for kind, excerpt in _harms(before, after, terms):
        found.setdefault(kind, excerpt)
    return [Harm(kind, name, excerpt) for kind, excerpt in found.items()]


def _line_ends(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _harms(before: str, after: str, terms: Terms) -> Iterator[tuple[str, str]]:
    yield from files.compare(before, after)
    # The files' own comparison has judged the line ends; everything else reads them alike.
    before, after = _line_ends(before), _line_ends(after)
    if terms.engine == "jinja":
        yield from _jinja(before, after, terms)
        return
    (old, old_holes), (new, new_holes) = (
        fields.marked(text, terms.engine) for text in (before, after)
    )
    if old_holes != new_holes:
        yield "holes", unequal(old_holes, new_holes)
    yield from terms.compare(old, new)


def _jinja(before: str, after: str, terms: Terms) -> Iterator[tuple[str, str]]:
    try:
        read(before)
    except (TemplateError, RecursionError):
        yield (
            "rejected template",
            f"changed a template that Jinja rejects: {difference(before, after)}",
        )
        return
    for trim in (False, True):
        # A file does not say how its loader treats line ends after tags: both ways must hold.
        old = read(before, trim=trim)
        try:
            new = read(after, trim=trim)
        except (TemplateError, RecursionError) as error:
            yield "no longer parses", str(error)
            return
        yield from _read(old, new, terms)


def _read(old: Reading, new: Reading, terms: Terms) -> Iterator[tuple[str, str]]:
    for kind, wanted in (("holes", True), ("control flow", False)):
        one, two = (_trees(reading.code, wanted) for reading in (old, new))
        if one != two:
            yield kind, unequal(one, two)
    equal = old.code == new.code
    if not equal and _kinds(old.code) == _kinds(new.code):
        yield "order of code", unequal(_trees(old.code), _trees(new.code))
    rest = iter(old.holes)
    for hole in new.holes:
        if "tojson" not in hole and hole not in rest:
            yield "hole rewritten", hole
            break
    yield from terms.compare(old.marked(numbered=equal), new.marked(numbered=equal))


def _trees(code: list[Code], holes: bool | None = None) -> list[str]:
    return [each.tree for each in code if holes is None or (each.kind == HOLE) == holes]


def _kinds(code: list[Code]) -> list[list[str]]:
    return [_trees(code, True), _trees(code, False)]

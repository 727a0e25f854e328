"""What the passes of a build did, added up: by pass, and by what they guarantee."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from promptc.protocols import Guarantee
from promptc.results import Compiled, Step


@dataclass(frozen=True)
class Sum:
    """What one pass did, or all of one guarantee, over some templates; tokens are static tokens.

    *templates* are those with an edit of its, kept or not. *rules* counts the kept edits by their
    rule, the most first.
    """

    name: str
    guarantee: str
    templates: int
    edits: int
    undone: int
    skipped: int
    saved: int
    rules: tuple[tuple[str, int], ...] = ()


def by_pass(files: Iterable[Compiled]) -> list[Sum]:
    """One sum per pass that proposed an edit: by guarantee, the strictest first, then by saved."""
    rows = [(file.name, step) for file in files for step in file.steps]
    names = {step.name for _, step in rows}
    found = [_sum(name, [row for row in rows if row[1].name == name]) for name in names]
    return sorted(found, key=lambda each: (_rank(each), -each.saved, -each.edits, each.name))


def by_guarantee(files: Iterable[Compiled]) -> list[Sum]:
    """One sum per guarantee, named by it: the strictest first."""
    rows = [(file.name, step) for file in files for step in file.steps]
    names = {step.guarantee for _, step in rows}
    found = [_sum(name, [row for row in rows if row[1].guarantee == name]) for name in names]
    return sorted(found, key=lambda each: (_rank(each), each.name))


def _sum(name: str, rows: Sequence[tuple[str, Step]]) -> Sum:
    steps = [step for _, step in rows]
    rules: Counter[str] = Counter()
    for step in steps:
        rules.update(dict(step.rules))
    return Sum(
        name=name,
        guarantee=steps[0].guarantee,
        templates=len({file for file, _ in rows}),
        edits=sum(step.edits for step in steps),
        undone=sum(len(step.undone) for step in steps),
        skipped=sum(step.skipped for step in steps),
        saved=sum(step.saved for step in steps),
        rules=tuple(sorted(rules.items(), key=lambda item: (-item[1], item[0]))),
    )


def _rank(each: Sum) -> int:
    """Where the guarantee stands, from the strictest; one that is not known comes last."""
    known = [guarantee.name for guarantee in Guarantee]
    return known.index(each.guarantee) if each.guarantee in known else len(known)

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from promptc.findings import Place
from promptc.inspection import Item, Paragraph, Project, Verdict


class _Copy(NamedTuple):
    """Paragraphs of one template that stand in others too, one after another."""

    item: Item
    first: Paragraph
    last: Paragraph


@dataclass(frozen=True)
class SharedParagraph:
    """A paragraph that stands in several templates.

    Paragraphs are compared by their words: case, spaces and line ends do not count, holes and tags
    do. Neighbors that are shared by the same templates are one finding, which names every place.
    Only the templates of one run are compared.

    Why: A rule that is corrected in one copy stays wrong in the others, and nothing says so. It
    costs no tokens by itself.

    Fix: Move it into a file of its own and `{% include %}` it: the same prompt, at the same price.

    Leave it: Where the copies are meant to drift apart, or belong to different teams.
    """

    code: ClassVar[str] = "PC402"
    name: ClassVar[str] = "shared-paragraph"
    error: ClassVar[bool] = False
    fixed_by: ClassVar[str] = ""

    least: int = 40
    """Shorter stretches are not reported, in tokens."""

    def judge(self, project: Project) -> Iterator[Verdict]:
        for copies in _joined(_shared(project)):
            tokens = sum(
                each.tokens
                for each in copies[0].item.record.paragraphs
                if copies[0].first.number <= each.number <= copies[0].last.number
            )
            if tokens >= self.least:
                yield _verdict(copies, tokens)


def _shared(project: Project) -> list[list[_Copy]]:
    """For each paragraph that more than one template has its first copy in each of them."""
    groups: dict[str, dict[str, _Copy]] = defaultdict(dict)
    for item in project.items:
        for each in item.record.paragraphs:
            groups[each.key].setdefault(item.path, _Copy(item, each, each))
    return [list(group.values()) for group in groups.values() if len(group) > 1]


def _joined(groups: list[list[_Copy]]) -> Iterator[list[_Copy]]:
    """Join groups whose paragraphs follow one another in the same templates."""
    groups.sort(key=lambda copies: (copies[0].item.path, copies[0].first.number))
    run: list[_Copy] = []
    for copies in groups:
        if run and _follows(run, copies):
            run = [one._replace(last=two.first) for one, two in zip(run, copies, strict=True)]
            continue
        if run:
            yield run
        run = copies
    if run:
        yield run


def _follows(run: list[_Copy], copies: list[_Copy]) -> bool:
    return len(run) == len(copies) and all(
        one.item.path == two.item.path and two.first.number == one.last.number + 1
        for one, two in zip(run, copies, strict=True)
    )


def _verdict(copies: list[_Copy], tokens: int) -> Verdict:
    first, *rest = copies
    places = tuple(Place(each.item.path, each.first.line, each.first.column) for each in rest)
    number = first.last.number - first.first.number + 1
    what = "this paragraph" if number == 1 else f"these {number:,} paragraphs"
    shown = ", ".join(f"{each.path}:{each.line}" for each in places[:3])
    more = f" and {len(places) - 3:,} more places" if len(places) > 3 else ""
    stands = "stands" if number == 1 else "stand"
    return Verdict(
        first.item,
        f"{what} of {tokens:,} tokens also {stands} at {shown}{more}; one include would do",
        at=(first.first.line, first.first.column),
        end=(first.last.end_line, 1),
        others=places,
    )

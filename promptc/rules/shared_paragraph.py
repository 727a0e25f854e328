from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from promptc.findings import Place
from promptc.inspection import Item, Paragraph, Project, Verdict

_SHOWN = 3
"""Places that a message names; a report for programs names all."""


class _Copy(NamedTuple):
    """A paragraph that stands in other templates too, and the template it is in."""

    item: Item
    paragraph: Paragraph


@dataclass(frozen=True)
class SharedParagraph:
    """A paragraph that stands in several templates.

    Paragraphs are compared by their words: case, spaces and line ends do not count, holes and tags
    do. Paragraphs that the same templates share are one finding; JSON and SARIF name every place.
    Only the templates of one run are compared, those of a tokenizer's chat left out.

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
    """Less is not reported, in tokens."""

    def judge(self, project: Project) -> Iterator[Verdict]:
        for group in _groups(project):
            tokens = sum(copies[0].paragraph.tokens for copies in group)
            if tokens >= self.least:
                yield _verdict(group, tokens)


def _groups(project: Project) -> Iterator[list[list[_Copy]]]:
    """Paragraphs by the templates that share them, each with its first copy in each template."""
    copies: dict[str, dict[str, _Copy]] = defaultdict(dict)
    for item in project.items:
        for each in item.record.paragraphs:
            copies[each.key].setdefault(item.path, _Copy(item, each))
    groups: dict[tuple[str, ...], list[list[_Copy]]] = defaultdict(list)
    for shared in copies.values():
        if len(shared) > 1:
            groups[tuple(shared)].append(list(shared.values()))
    yield from groups.values()


def _verdict(group: list[list[_Copy]], tokens: int) -> Verdict:
    (first, *rest), number = group[0], len(group)
    if number == 1:
        what = f"this paragraph of {tokens:,} tokens also stands"
    else:
        others = f"{number - 1:,} more paragraph{'' if number == 2 else 's'}"
        what = f"this and {others}, of {tokens:,} tokens in all, also stand"
    shown = ", ".join(f"{each.item.path}:{each.paragraph.line}" for each in rest[:_SHOWN])
    more = f" and {len(rest) - _SHOWN:,} more places" if len(rest) > _SHOWN else ""
    return Verdict(
        first.item,
        f"{what} at {shown}{more}; one include would do",
        at=(first.paragraph.line, first.paragraph.column),
        end=(first.paragraph.end_line, first.paragraph.end_column),
        others=tuple(
            Place(each.item.path, each.paragraph.line, each.paragraph.column)
            for copies in group
            for each in copies
            if each is not first
        ),
    )

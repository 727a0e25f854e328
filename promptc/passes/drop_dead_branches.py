from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from promptc.analysis.constants import Scope
from promptc.analysis.expressions import parts
from promptc.ir import Block, Comment, Edit, Leaf, Node, Output, Patch, Tag, Template, Text
from promptc.protocols import Guarantee, PassContext
from promptc.source import Span

_WORD = re.compile(r"[^\W\d]\w*")


@dataclass(frozen=True)
class DropDeadBranches:
    """Drop arms of an ``if`` that can never be taken.

    A condition counts when it is constant: a literal, a comparison of literals, or names that
    ``{% set %}`` at the top of the template or ``--set`` fix. An arm that is always taken loses
    its tags. Where a tag's neighbors depend on it for their white space, an empty comment takes
    its place. Arms that define a block, a macro or a variable stay, and so does one that mentions
    a variable which the template sets elsewhere: Jinja decides by that where it looks for it.
    """

    name: ClassVar[str] = "drop-dead-branches"
    guarantee: ClassVar[Guarantee] = Guarantee.EXACT
    version: ClassVar[int] = 1
    edits: ClassVar[frozenset[type[Leaf]]] = frozenset({Tag, Output, Comment})
    earns: ClassVar[Literal["tokens", "shape"]] = "shape"

    def run(self, template: Template, ctx: PassContext) -> Iterator[Edit]:
        if template.syntax.engine == "jinja":
            yield from _Dropper(template, Scope(template, ctx.bindings)).edits(template.body)


class _Dropper:
    def __init__(self, template: Template, scope: Scope) -> None:
        self.scope = scope
        self.ending = {leaf.span.stop: leaf for leaf in template.leaves}
        self.starting = {leaf.span.start: leaf for leaf in template.leaves}

    def edits(self, nodes: Iterable[Node]) -> Iterator[Edit]:
        """One edit for every ``if`` that can be decided in part, those in arms that stay too."""
        for node in nodes:
            if not isinstance(node, Block):
                continue
            stay = [(at, "") for at in range(len(node.clauses))]
            if node.name == "if" and not node.opaque:
                stay = list(_staying(node, self.scope.verdicts(node)))
                patches = tuple(self.patches(node, stay))
                if patches:
                    yield Edit(patches)
            for at, _ in stay:
                yield from self.edits(node.clauses[at].body)

    def patches(self, block: Block, stay: Sequence[tuple[int, str]]) -> Iterator[Patch]:
        """What leaves of *block* the arms that *stay*, each under the tag named beside it."""
        tags = [*(clause.tag for clause in block.clauses), block.end]
        if not stay:
            yield self.blank(tags[0], tags[-1])
            return
        at, name = stay[0]
        if name == "else":
            yield self.blank(tags[0], tags[at])
            yield self.blank(tags[at + 1], tags[-1])
            return
        first = 0
        for at, name in (*stay, (len(tags) - 1, "endif")):
            if first < at or tags[at].name != name:
                yield _joined(tags[first], tags[at], name)
            first = at + 1

    def blank(self, first: Tag, last: Tag) -> Patch:
        """Nothing from *first* to *last*; an empty comment where white space needs one."""
        span = Span(first.span.start, last.span.stop)
        if self.free(span):
            return Patch(span, "")
        one, two = parts(first), parts(last)
        eaten = one.begin[: len(one.begin) - 2], two.end[2:]
        return Patch(span, f"{eaten[0]}{{#{one.left} {two.right}#}}{eaten[1]}")

    def free(self, span: Span) -> bool:
        """Whether the text on both sides reads the same when what is between them goes."""
        before, after = self.ending.get(span.start), self.starting.get(span.stop)
        if not (isinstance(before, Text) and isinstance(after, Text)):
            return False
        line = before.text[before.text.rfind("\n") + 1 :]
        joins = before.text[-1] in "{%#}" or after.text[0] in "{%#}"
        return bool(line.strip()) and after.text[0] != "\n" and not joins


def _staying(block: Block, verdicts: Sequence[bool | None]) -> Iterator[tuple[int, str]]:
    """The arms that may be taken, each with the name that its tag gets."""
    name = "if"
    for at, (clause, taken) in enumerate(zip(block.clauses, verdicts, strict=True)):
        if taken or clause.tag.name == "else":
            yield at, "else"
            return
        if taken is None:
            yield at, name
            name = "elif"


def _joined(first: Tag, last: Tag, name: str) -> Patch:
    """Tag *last*, called *name*, where *first* stands, with the white space that *first* ate."""
    one, two = parts(first), parts(last)
    inner = " else " if name == "else" else _WORD.sub(name, two.inner, count=1)
    text = f"{one.begin}{one.left}{inner}{two.right}{two.end}"
    return Patch(Span(first.span.start, last.span.stop), text)

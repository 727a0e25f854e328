from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

from promptc.analysis.constants import Scope
from promptc.analysis.expressions import parts
from promptc.analysis.normal import truth
from promptc.ir import Block, Clause, Comment, Edit, Leaf, Output, Patch, Tag, Template, Text
from promptc.ir import blocks as all_blocks
from promptc.ir import leaves as all_leaves
from promptc.protocols import Guarantee, PassContext
from promptc.source import Span

# What these define can be seen from outside the branch.
_DEFINES = {"block", "extends", "macro", "import", "from", "set", "set ="}


@dataclass(frozen=True)
class DropDeadBranches:
    """Drop arms of an ``if`` that can never be taken.

    A condition counts when it is constant: a literal, a comparison of literals, or names that
    ``{% set %}`` at the top of the template or ``--set`` fix. An arm that is always taken loses
    its tags. Where a tag's neighbors depend on it for their white space, an empty comment takes
    its place. An arm that defines a block, a macro or a variable stays.
    """

    name: ClassVar[str] = "drop-dead-branches"
    guarantee: ClassVar[Guarantee] = Guarantee.EXACT
    version: ClassVar[int] = 1
    edits: ClassVar[frozenset[type[Leaf]]] = frozenset({Tag, Output, Comment})
    earns: ClassVar[Literal["tokens", "shape"]] = "shape"

    def run(self, template: Template, ctx: PassContext) -> Iterator[Edit]:
        if template.syntax.engine != "jinja":
            return
        scope = Scope(template, ctx.bindings)
        done = Span(0, 0)
        for block in all_blocks(template.body):
            if block.name != "if" or block.opaque or block.span.start < done.stop:
                continue
            patches = tuple(_patches(block, scope, template))
            if patches:
                done = block.span
                yield Edit(patches)


def _patches(block: Block, scope: Scope, template: Template) -> Iterator[Patch]:
    """The smallest change that decides the first arm of *block* that can be decided."""
    clauses = block.clauses
    if not all(parts(tag).known for tag in _tags(block)) or block.end.locked:
        return
    for at, clause in enumerate(clauses):
        known = truth(clause.tag, scope, template.syntax) if clause.tag.name != "else" else None
        if known is None:
            continue
        dropped = clauses[at + 1 :] if known else (clause,)
        if any(_defines(each) for each in dropped):
            continue
        found = _take(block, at, template) if known else _drop(block, at, template)
        if found:
            yield from found
            return


def _take(block: Block, at: int, template: Template) -> list[Patch]:
    """Arm *at* is always taken once it is reached: nothing after it ever is."""
    clause, later = block.clauses[at], block.clauses[at + 1 :]
    closes = later[0].tag if later else block.end
    if at == 0:
        return [_blank(clause.tag, clause.tag, template), _blank(closes, block.end, template)]
    if parts(closes).left != parts(block.end).left:
        return []
    found = parts(clause.tag)
    name = f"{found.begin}{found.left} else {found.right}{found.end}"
    patches = [Patch(clause.tag.span, name)]
    if later:
        patches.append(Patch(Span(closes.span.start, block.end.span.start), ""))
    return patches


def _drop(block: Block, at: int, template: Template) -> list[Patch]:
    """Arm *at* is never taken."""
    tag = block.clauses[at].tag
    rest = block.clauses[at + 1 :]
    follows = rest[0].tag if rest else block.end
    if at > 0:
        if parts(tag).left != parts(follows).left:
            return []
        return [Patch(Span(tag.span.start, follows.span.start), "")]
    if not rest:
        return [_blank(tag, block.end, template)]
    if follows.name == "else":
        return [_blank(tag, follows, template), _blank(block.end, block.end, template)]
    one, two = parts(tag), parts(follows)
    opened = f"{one.begin}{one.left} if {two.argument} {two.right}{two.end}"
    return [Patch(Span(tag.span.start, follows.span.stop), opened)]


def _blank(first: Tag, last: Tag, template: Template) -> Patch:
    """Nothing in the place of *first* to *last*; an empty comment where white space needs one."""
    span = Span(first.span.start, last.span.stop)
    if _free(span, template):
        return Patch(span, "")
    one, two = parts(first), parts(last)
    eaten = one.begin[: len(one.begin) - 2], two.end[2:]
    return Patch(span, f"{eaten[0]}{{#{one.left} {two.right}#}}{eaten[1]}")


def _free(span: Span, template: Template) -> bool:
    """Whether the text on both sides reads the same when what is between them goes."""
    before = next((leaf for leaf in template.leaves if leaf.span.stop == span.start), None)
    after = next((leaf for leaf in template.leaves if leaf.span.start == span.stop), None)
    if not (isinstance(before, Text) and isinstance(after, Text)):
        return False
    line = before.text[before.text.rfind("\n") + 1 :]
    joins = before.text[-1] in "{%#}" or after.text[0] in "{%#}"
    return bool(line.strip()) and after.text[0] != "\n" and not joins


def _tags(block: Block) -> list[Tag]:
    return [*(clause.tag for clause in block.clauses), block.end]


def _defines(clause: Clause) -> bool:
    return any(
        leaf.locked or (isinstance(leaf, Tag) and leaf.name in _DEFINES)
        for leaf in all_leaves(clause.body)
    )

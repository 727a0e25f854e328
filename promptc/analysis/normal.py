"""The normal form of a template: what is left when everything known at build time is worked out.

Two templates with equal normal forms render to equal text on every path. Constant branches are
decided, constant holes become text, comments vanish, includes and parents are brought in;
neighboring text is joined. What is left is compared as it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias, TypeGuard

from promptc.analysis.constants import Scope
from promptc.analysis.expressions import Unknown, parts
from promptc.analysis.inclusion import included, parent
from promptc.ir import Block, Clause, Comment, Leaf, Node, Output, Tag, Template, Text
from promptc.parse import parse_text
from promptc.source import Source
from promptc.syntax import Syntax

Load: TypeAlias = Callable[[str], "Source | None"]
Item: TypeAlias = "str | tuple[Any, ...]"

MAX_FILES = 100
"""Files that are brought in; what would need more keeps its tags."""


def variants(syntax: Syntax) -> tuple[Syntax, ...]:
    """Every way in which a file of *syntax* may be read: four where nobody stated which."""
    if syntax.stated or syntax.engine != "jinja":
        return (syntax,)
    return tuple(
        replace(syntax, trim_blocks=trim, lstrip_blocks=strip)
        for trim in (False, True)
        for strip in (False, True)
    )


def same(before: Template, after: Template, bindings: Mapping[str, Any], load: Load) -> bool:
    """Whether both render to equal text on every path, however their white space is read."""
    for syntax in variants(before.syntax):
        old, new = (_normal(each, syntax, bindings, load) for each in (before, after))
        if old != new:
            return False
    return True


def _normal(
    template: Template, syntax: Syntax, bindings: Mapping[str, Any], load: Load
) -> tuple[Item, ...]:
    read = template
    if syntax != template.syntax:
        read = parse_text(template.text, (), template.source, syntax, trusted=True)
    return tuple(_joined(_Walk(syntax, _sparing(load), {}).template(read, bindings)))


def _sparing(load: Load) -> Load:
    """*load* for the first `MAX_FILES` times; after that there is nothing more to be found."""
    left = iter(range(MAX_FILES))

    def loaded(name: str) -> Source | None:
        return load(name) if next(left, None) is not None else None

    return loaded


@dataclass(frozen=True)
class _Walk:
    """One reading of a template.

    *overrides* are the blocks that its children define. *within* are the files that are being
    brought in: one that shows itself again stays a tag.
    """

    syntax: Syntax
    load: Load
    overrides: Mapping[str, tuple[Block, Scope]]
    within: frozenset[str] = frozenset()

    def template(self, template: Template, bindings: Mapping[str, Any]) -> Iterator[Item]:
        scope = Scope(template, bindings)
        above = parent(template, self.load)
        if above is None or above.name in self.within:
            yield from self.nodes(template.body, scope)
            return
        own = {block_name(each): (each, scope) for each in template.body if is_block(each)}
        within = self.within | {above.name}
        deeper = replace(self, overrides=own | dict(self.overrides), within=within)
        yield from deeper.template(above, bindings)

    def nodes(self, nodes: Iterable[Node], scope: Scope) -> Iterator[Item]:
        for node in nodes:
            if isinstance(node, Block):
                yield from self.block(node, scope)
            else:
                yield from self.leaf(node, scope)

    def leaf(self, leaf: Leaf, scope: Scope) -> Iterator[Item]:
        if isinstance(leaf, Comment):
            if self.syntax.front_matter and leaf.text.startswith("---"):
                yield ("front matter", leaf.text)
            return
        if isinstance(leaf, Text):
            yield leaf.text
        elif isinstance(leaf, Output):
            yield self.output(leaf, scope)
        else:
            yield from self.tag(leaf, scope)

    def tag(self, tag: Leaf, scope: Scope) -> Iterator[Item]:
        inner = included(tag, self.load, self.syntax)
        if inner is None or inner.name in self.within or not scope.takes_in(tag, inner):
            yield ("tag", _canonical(tag))
            return
        deeper = replace(self, within=self.within | {inner.name})
        yield from deeper.template(inner, scope.at(tag.span.start))

    def output(self, leaf: Leaf, scope: Scope) -> Item:
        try:
            return scope.printed(leaf)
        except Unknown:
            return ("output", _canonical(leaf))

    def block(self, block: Block, scope: Scope) -> Iterator[Item]:
        if block.name == "if" and not block.opaque:
            yield from self.choice(block, scope)
            return
        tag = _canonical(block.clauses[0].tag)
        if block.name == "block" and block_name(block) in self.overrides:
            block, scope = self.overrides[block_name(block)]
        bodies = tuple(
            (_canonical(clause.tag) if at else tag, self.body(clause, scope))
            for at, clause in enumerate(block.clauses)
        )
        yield ("block", block.name, bodies)

    def choice(self, block: Block, scope: Scope) -> Iterator[Item]:
        live, rest = _decided(block, scope)
        otherwise = self.body(rest, scope) if rest else ()
        if live:
            arms = tuple((_condition(each.tag), self.body(each, scope)) for each in live)
            yield ("if", arms, otherwise)
        else:
            yield from otherwise

    def body(self, clause: Clause, scope: Scope) -> tuple[Item, ...]:
        return tuple(_joined(self.nodes(clause.body, scope)))


def is_block(node: Node) -> TypeGuard[Block]:
    """Whether *node* is ``{% block name %} … {% endblock %}``."""
    return isinstance(node, Block) and node.name == "block"


def block_name(block: Block) -> str:
    """The name that ``{% block name %}`` defines."""
    words = parts(block.clauses[0].tag).argument.split()
    return words[0] if words else ""


def _decided(block: Block, scope: Scope) -> tuple[tuple[Clause, ...], Clause | None]:
    """The arms of an ``if`` that may be taken, and the arm taken when none of them is."""
    live: list[Clause] = []
    for clause, taken in zip(block.clauses, scope.verdicts(block), strict=True):
        if clause.tag.name == "else" or taken:
            return tuple(live), clause
        if taken is None:
            live.append(clause)
    return tuple(live), None


def _condition(tag: Tag) -> str:
    found = parts(tag)
    return found.argument if found.known else tag.text.strip()


def _canonical(leaf: Leaf) -> str:
    """A tag or hole without its whitespace control, which has done its work on the text."""
    found = parts(leaf)
    return found.begin.strip() + found.inner.strip() if found.known else leaf.text.strip()


def _joined(items: Iterable[Item]) -> Iterator[Item]:
    text: list[str] = []
    for item in items:
        if isinstance(item, str):
            text.append(item)
            continue
        if any(text):
            yield "".join(text)
        text = []
        yield item
    if any(text):
        yield "".join(text)

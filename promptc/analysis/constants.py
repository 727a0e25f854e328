"""What is known before a template is rendered: names, holes, and the arms of an ``if``."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from promptc.analysis import names
from promptc.analysis.expressions import Unknown, names_in, parts, printed, value
from promptc.analysis.kinds import Spans
from promptc.ir import Block, Leaf, Node, Tag, Template, blocks, leaves
from promptc.source import Span

_SET = re.compile(r"([^\W\d]\w*)\s*=(?!=)\s*(.*)", re.DOTALL)

#: Names that Jinja itself gives a value to inside of loops, macros and blocks.
SPECIAL = frozenset({"caller", "kwargs", "loop", "self", "super", "varargs"})
#: What makes a difference by being mentioned: a macro takes these only if its body speaks of them.
_ARGUMENTS = frozenset({"caller", "kwargs", "varargs"})
#: Blocks whose holes are not printed as they stand.
_REWRITTEN = frozenset({"autoescape", "trans"})
#: What can be seen from outside an arm that is never taken.
_SEEN = frozenset({"block", "extends"})


class Scope:
    """What holds where in one template.

    A name is known when it is bound from outside (``--set``) and assigned nowhere, or assigned
    once, at the top of the template, to a constant. Inside blocks and macros only bindings count.

    Code that mentions a name which the template stores is worked out only where the name is stored
    at the top, before it: else Jinja decides by the mention where the name is looked up.
    """

    def __init__(self, template: Template, bindings: Mapping[str, Any]) -> None:
        self.syntax = template.syntax
        self._text = template.text
        self._bound = names.bound(template.leaves)
        self._stored, self._first = _stores(template)
        self._given = bindings.keys() - SPECIAL
        self._bindings = {n: bindings[n] for n in bindings if n in self._given - self._bound.keys()}
        self._set: dict[str, tuple[int, Any]] = {}
        inner = list(blocks(template.body))
        self._apart = Spans(
            block.span for block in inner if block.name in ("block", "macro", "call")
        )
        self._rewritten = Spans(block.span for block in inner if block.name in _REWRITTEN)
        inherits = any(isinstance(leaf, Tag) and leaf.name == "extends" for leaf in template.leaves)
        if template.syntax.engine == "jinja" and not inherits:
            for node in template.body:
                self._read(node)

    def _read(self, node: Node) -> None:
        if not isinstance(node, Tag) or node.name != "set =" or node.locked:
            return
        found = _SET.fullmatch(parts(node).argument)
        if found and self._bound[found[1]] == 1 and found[1] not in SPECIAL:
            try:
                known = value(found[2], self.at(node.span.start), self.syntax)
            except Unknown:
                return
            if isinstance(known, str | int | float | bool | None):
                self._set[found[1]] = (node.span.stop, known)

    def at(self, offset: int) -> Mapping[str, Any]:
        """Names known at *offset* of the template's text, with their values."""
        apart = self._apart.overlaps(Span(offset, offset + 1))
        return _Known(self._bindings, {} if apart else self._set, offset)

    def takes_in(self, tag: Leaf, inner: Template) -> bool:
        """Whether *inner* reads the same in the place of the *tag* that includes it."""
        read = names.read(inner.text, inner.syntax)
        if read is None or not SPECIAL.isdisjoint(read) or self._rewritten.overlaps(tag.span):
            return False
        return not any(self._touchy(name, tag.span.start) for name in read)

    def printed(self, hole: Leaf) -> str:
        """What *hole* prints; raises `Unknown` where that depends."""
        found = parts(hole)
        if hole.locked or not found.known or self._rewritten.overlaps(hole.span):
            raise Unknown(hole.text)
        text = printed(found.inner, self.at(hole.span.start), self.syntax)
        if self._asks(found.inner, hole.span.start):
            raise Unknown(hole.text)
        return text

    def verdicts(self, block: Block) -> tuple[bool | None, ...]:
        """For each arm of an ``if`` whether it is always taken once it is reached, or never.

        ``None`` where that depends, and where dropping the arm, or those after one that is always
        taken, would change more than what is printed there.
        """
        arms = block.clauses
        tags = [*(arm.tag for arm in arms), block.end]
        if any(tag.locked or not parts(tag).known for tag in tags):
            return (None,) * len(arms)
        found = [self._truth(arm.tag) for arm in arms]
        if all(each is None for each in found):
            return tuple(found)
        if any(names.stores_here(arm.body) for arm in arms):
            return (None,) * len(arms)
        spare = [self._can_go(block, at) for at in range(len(arms))]
        goes = [all(spare[at + 1 :]) if each else spare[at] for at, each in enumerate(found)]
        return tuple(each if fine else None for each, fine in zip(found, goes, strict=True))

    def _truth(self, tag: Tag) -> bool | None:
        if tag.name == "else":
            return None
        code = parts(tag).argument
        try:
            known = bool(value(code, self.at(tag.span.start), self.syntax))
        except Unknown:
            return None
        return None if self._asks(code, tag.span.start) else known

    def _can_go(self, block: Block, at: int) -> bool:
        """Whether arm *at*, its condition too, can go without a trace."""
        arm = block.clauses[at]
        inside = list(leaves(arm.body))
        tags = [leaf for leaf in inside if isinstance(leaf, Tag)]
        if any(leaf.locked for leaf in inside):
            return False
        if any(tag.name in _SEEN or names.stored(tag) for tag in tags):
            return False
        if arm.tag.name != "else" and self._asks(parts(arm.tag).argument, arm.tag.span.start):
            return False
        return not self._teaches(inside) and not self._reads_stored(inside, _inner(block, at))

    def _teaches(self, inside: Sequence[Leaf]) -> bool:
        """Whether a name would become known if *inside* no longer gave it a value."""
        own = names.bound(inside)
        return any(
            name in self._given or (name in self._stored and self._bound[name] > count)
            for name, count in own.items()
        )

    def _reads_stored(self, inside: Sequence[Leaf], span: Span) -> bool:
        """Whether *inside*, the code at *span*, reads a name that it is better to ask for."""
        touchy = (self._stored | _ARGUMENTS) & names.mentioned(inside)
        read = names.read(self._text[slice(*span)], self.syntax) if touchy else frozenset()
        return read is None or any(self._touchy(name, span.start) for name in read)

    def _asks(self, code: str, offset: int) -> bool:
        """Whether *code*, an expression, mentions such a name, or can't be read."""
        found = names_in(code, self.syntax)
        return found is None or any(self._touchy(name, offset) for name in found)

    def _touchy(self, name: str, offset: int) -> bool:
        """Whether mentioning *name* matters beyond the value that it has at *offset*."""
        if name not in self._stored:
            return name in _ARGUMENTS
        return self._first.get(name, offset + 1) > offset


def _stores(template: Template) -> tuple[set[str], dict[str, int]]:
    """Every name stored, and from where on those hold that only the top of the template stores."""
    first: dict[str, int] = {}
    at_top: Counter[str] = Counter()
    for node in template.body:
        tag = node.clauses[0].tag if isinstance(node, Block) else node
        if isinstance(tag, Tag):
            for name in names.stored(tag):
                first.setdefault(name, node.span.stop)
                at_top[name] += 1
    tags = (leaf for leaf in template.leaves if isinstance(leaf, Tag))
    counts = Counter(name for tag in tags for name in names.stored(tag))
    return set(counts), {name: at for name, at in first.items() if counts[name] == at_top[name]}


class _Known(Mapping[str, Any]):
    """Bindings, and names set before an offset."""

    def __init__(
        self, bindings: Mapping[str, Any], known: Mapping[str, tuple[int, Any]], offset: int
    ) -> None:
        self._bindings, self._set, self._offset = bindings, known, offset

    def __getitem__(self, name: str) -> Any:
        if name in self._bindings:
            return self._bindings[name]
        start, known = self._set[name]
        if start > self._offset:
            raise KeyError(name)
        return known

    def __iter__(self) -> Iterator[str]:
        yield from self._bindings
        yield from (name for name, (start, _) in self._set.items() if start <= self._offset)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _inner(block: Block, at: int) -> Span:
    """The characters between the tag of arm *at* and the next."""
    arms = [*(clause.tag for clause in block.clauses), block.end]
    return Span(arms[at].span.stop, arms[at + 1].span.start)

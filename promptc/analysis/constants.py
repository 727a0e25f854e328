"""Names whose value is known before a template is rendered."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from promptc.analysis.expressions import Unknown, parts, value
from promptc.ir import Block, Node, Tag, Template

_SET = re.compile(r"([^\W\d]\w*)\s*=(?!=)\s*(.*)", re.DOTALL)
_WORD = re.compile(r"[^\W\d]\w*")

#: Tags that can give a name a value that is not read off their own text.
_BINDERS = {
    "set", "set =", "for", "macro", "call", "with", "import", "from", "block", "trans", "filter",
}  # fmt: skip


class Scope:
    """Constants by the offset from which on they hold.

    A name counts when it is bound from outside (``--set``) and assigned nowhere, or assigned once,
    at the top of the template, to a constant. Inside blocks and macros only bindings count.
    """

    def __init__(self, template: Template, bindings: Mapping[str, Any]) -> None:
        assigned = _assigned(template)
        self._bindings = {k: v for k, v in bindings.items() if k not in assigned}
        self._from: list[tuple[int, str, Any]] = []
        self._apart = [
            block.span
            for block in template.body
            if isinstance(block, Block) and block.name in ("block", "macro", "call")
        ]
        inherits = any(isinstance(leaf, Tag) and leaf.name == "extends" for leaf in template.leaves)
        if template.syntax.engine != "jinja" or inherits:
            return
        for node in template.body:
            self._read(node, assigned, template)

    def _read(self, node: Node, assigned: Mapping[str, int], template: Template) -> None:
        if not isinstance(node, Tag) or node.name != "set =" or node.locked:
            return
        found = _SET.fullmatch(parts(node).argument)
        if found and assigned.get(found[1]) == 1:
            try:
                known = value(found[2], self.at(node.span.start), template.syntax)
            except Unknown:
                return
            if isinstance(known, str | int | float | bool | None):
                self._from.append((node.span.stop, found[1], known))

    def at(self, offset: int) -> dict[str, Any]:
        """Names known at *offset* of the template's text, with their values."""
        known = dict(self._bindings)
        if not any(span.start <= offset < span.stop for span in self._apart):
            known |= {name: each for start, name, each in self._from if start <= offset}
        return known


def _assigned(template: Template) -> dict[str, int]:
    """How often each name may be given a value; every word of a binding tag counts."""
    counts: dict[str, int] = {}
    for leaf in template.leaves:
        if not isinstance(leaf, Tag) or leaf.name not in _BINDERS:
            continue
        argument = parts(leaf).argument or leaf.text
        found = _SET.fullmatch(argument) if leaf.name == "set =" else None
        words = [found[1]] if found else _WORD.findall(argument)
        for word in words:
            counts[word] = counts.get(word, 0) + 1
    return counts

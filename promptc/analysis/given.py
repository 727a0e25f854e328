"""Whether a name has a value wherever a template would use it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from promptc.analysis.expressions import parts
from promptc.analysis.names import bound, stored
from promptc.analysis.variables import variables
from promptc.errors import TemplateError
from promptc.ir import Block, Comment, Node, Tag, Template, Text, leaves
from promptc.source import Span

_MISSING = object()
#: Blocks whose names are not seen outside of them; of a macro its own is.
_FRAMES = frozenset({"call", "for", "macro", "with"})


class Arm(NamedTuple):
    """One clause around a place: its *block*, its *number* there, the nodes *before* the place."""

    block: Block
    number: int
    before: tuple[Node, ...]


def around(template: Template, span: Span) -> list[Arm]:
    """The clauses that hold *span*, outer before inner."""
    return [arm for arm in _down(template.body, span) if arm is not None]


def lacking(
    template: Template,
    name: str,
    span: Span,
    *,
    samples: Sequence[Mapping[str, Any]] = (),
    bindings: Mapping[str, Any] | None = None,
) -> str:
    """Say why *name*, dotted perhaps, may have no value at *span*; empty where it always has.

    A name that the template sets must be set before *span* on every path to it. One that comes
    from outside must be read by the template or held by every one of *samples*, and the template
    must not ask elsewhere whether it is there.
    """
    root = name.partition(".")[0]
    if root in (bindings or {}):
        return ""
    if root in _names(template.body, span):
        if _set_before(template, root, span):
            return ""
        return f"{root!r} gets its value on some paths only; set it above, outside of any branch"
    if _is_asked_for(template, name, span):
        return ""
    if _is_optional(template, root):
        return f"{root!r} may be missing: the template itself asks whether it is there"
    for number, sample in enumerate(samples, 1):
        if _value(sample, name) in (_MISSING, None, ""):
            return f"sample {number} gives {name!r} no value"
    if not samples and root not in _read(template):
        return f"nothing else reads {root!r}; give [[samples]] that hold it"
    return ""


def _names(nodes: Sequence[Node], span: Span) -> set[str]:
    """Every name that is given a value in a frame that may hold *span*."""
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, Block) and node.name in _FRAMES and not node.span.covers(span):
            found |= stored(node.clauses[0].tag)
        elif isinstance(node, Block):
            for clause in node.clauses:
                found |= bound([clause.tag]).keys() | _names(clause.body, span)
        elif isinstance(node, Tag):
            found |= bound([node]).keys()
    return found


def _down(nodes: Sequence[Node], span: Span) -> Iterator[Arm | None]:
    for node in nodes:
        if not isinstance(node, Block) or not node.span.covers(span):
            continue
        for number, clause in enumerate(node.clauses):
            before = tuple(each for each in clause.body if each.span.stop <= span.start)
            inside = any(each.span.overlaps(span) for each in clause.body)
            if inside:
                yield Arm(node, number, before)
                yield from _down(clause.body, span)


def _set_before(template: Template, root: str, span: Span) -> bool:
    """Whether a tag gives *root* a value before *span*, in a clause around it.

    What is set outside of a ``{% block %}`` is not seen inside.
    """
    top = tuple(each for each in template.body if each.span.stop <= span.start)
    frames: list[tuple[Node, ...]] = [top]
    for arm in around(template, span):
        if arm.block.name == "block":
            frames = []
        if arm.block.name in ("with", "for") and bound([arm.block.clauses[0].tag])[root]:
            return True
        frames.append(arm.before)
    return any(root in _stores(node) for nodes in frames for node in nodes)


def _stores(node: Node) -> set[str]:
    tag = node.clauses[0].tag if isinstance(node, Block) else node
    return stored(tag) if isinstance(tag, Tag) else set()


def _is_asked_for(template: Template, name: str, span: Span) -> bool:
    """Whether *span* stands in an ``{% if name %}``."""
    test = re.compile(rf"{re.escape(name)}(?:\s+is\s+defined)?\s*(?:$|and\b(?!.*\bor\b))")
    return any(
        arm.block.name == "if" and not arm.number and test.match(parts(tag).argument)
        for arm in around(template, span)
        if (tag := arm.block.clauses[0].tag)
    )


def _is_optional(template: Template, root: str) -> bool:
    """Whether template code provides for *root* to be missing."""
    path = rf"(?<![\w.'\"]){re.escape(root)}(?:\.\w+)*\s*"
    asks = re.compile(
        rf"{path}(?:\|\s*(?:default|d)\b|is\s+(?:not\s+)?(?:defined|undefined|none)\b)"
        rf"|\b(?:if|elif|not)\s+{path}(?:[-+]?%}}|and\b|or\b)"
    )
    code = (leaf for leaf in leaves(template.body) if not isinstance(leaf, Text | Comment))
    return any(asks.search(leaf.text) for leaf in code)


def _value(sample: Mapping[str, Any], name: str) -> Any:
    found: Any = sample
    for part in name.split("."):
        found = found.get(part, _MISSING) if isinstance(found, Mapping) else _MISSING
    return found


def _read(template: Template) -> frozenset[str]:
    try:
        return variables(template)
    except TemplateError:
        return frozenset()

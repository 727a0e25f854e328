"""What stands between the delimiters of a tag or a hole, and its value where it is constant."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from promptc.ir import Leaf
from promptc.syntax import Syntax, environment

if TYPE_CHECKING:
    from jinja2 import nodes

LIMIT = 10_000
"""Characters, or the size of an integer's bits, past which nothing is computed at build time."""

DEEPEST = 150
"""Operators within operators that are followed; Jinja compiles few more."""

_PARTS = re.compile(r"(\s*\{[%{#])([-+]?)(.*?)([-+]?)([%}#]\}\s*)", re.DOTALL)
_NAME = re.compile(r"\s*([^\W\d]\w*)")

# A variable, its attributes and filters without arguments: known only if the variable is.
_PLAIN = re.compile(
    r"\s*(?!(?:true|false|none|not)\b)([^\W\d]\w*)(?:\.\w+)*(?:\s*\|\s*\w+)*\s*", re.IGNORECASE
)


class Unknown(Exception):  # noqa: N818 - an answer, not a failure
    """The value is not known before the template is rendered."""


class Parts:
    """A tag or hole taken apart: `begin` and `end` hold delimiters and eaten white space.

    `left` and `right` are the whitespace marks (``-``, ``+`` or nothing), `inner` what is between.
    """

    def __init__(self, text: str) -> None:
        match = _PARTS.fullmatch(text)
        self.known = match is not None
        groups = match.groups() if match else (text, "", "", "", "")
        self.begin, self.left, self.inner, self.right, self.end = groups

    @property
    def argument(self) -> str:
        """What follows a tag's name."""
        match = _NAME.match(self.inner)
        return self.inner[match.end() :].strip() if match else self.inner.strip()


def parts(leaf: Leaf) -> Parts:
    """Take *leaf* apart; line statements have no delimiters and are not `known`."""
    return Parts(leaf.text)


@lru_cache(maxsize=4096)
def parse(expression: str, syntax: Syntax) -> nodes.Expr | None:
    """Jinja's tree of *expression*; ``None`` where it is none or nests deeper than `DEEPEST`."""
    import jinja2

    try:
        tree = environment(syntax).parse("{{ " + expression + " }}")
    except (jinja2.TemplateSyntaxError, RecursionError):
        return None
    found: list[nodes.Expr] = getattr(tree.body[0], "nodes", []) if len(tree.body) == 1 else []
    return found[0] if len(found) == 1 and _depth(found[0]) <= DEEPEST else None


def every(tree: nodes.Node) -> Iterator[nodes.Node]:
    """*tree* and every node in it."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += node.iter_child_nodes()


def _depth(tree: nodes.Node) -> int:
    depth, level = 0, [tree]
    while level:
        depth += 1
        level = [child for node in level for child in node.iter_child_nodes()]
    return depth


@lru_cache(maxsize=4096)
def names_in(expression: str, syntax: Syntax) -> frozenset[str] | None:
    """Variables that *expression* mentions; ``None`` where it is not one expression."""
    from jinja2 import nodes

    tree = parse(expression, syntax)
    if tree is None:
        return None
    return frozenset(node.name for node in every(tree) if isinstance(node, nodes.Name))


def value(expression: str, scope: Mapping[str, Any], syntax: Syntax) -> Any:
    """The value of *expression* when only the names in *scope* are known.

    Literals, comparisons, boolean logic, ``~``, ``+`` and a few pure string filters; raises
    `Unknown` for everything else, for errors, and for anything larger than `LIMIT`.
    """
    plain = _PLAIN.fullmatch(expression)
    tree = None if plain and plain[1] not in scope else parse(expression, syntax)
    if tree is None:
        raise Unknown(expression)
    try:
        found = _value(tree, scope)
    except (TypeError, ValueError, RecursionError) as error:
        raise Unknown(expression) from error
    if isinstance(found, str) and len(found) > LIMIT:
        raise Unknown(expression)
    if isinstance(found, int) and found.bit_length() > 64:
        raise Unknown(expression)
    return found


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq, "ne": operator.ne, "lt": operator.lt, "lteq": operator.le,
    "gt": operator.gt, "gteq": operator.ge, "in": lambda a, b: a in b,
    "notin": lambda a, b: a not in b,
}  # fmt: skip
_FILTERS: dict[str, Callable[[str], str]] = {
    "lower": lambda text: text.lower(),
    "upper": lambda text: text.upper(),
    "trim": lambda text: text.strip(),
    "string": lambda text: text,
}


def _value(node: nodes.Node, scope: Mapping[str, Any]) -> Any:
    from jinja2 import nodes

    match node:
        case nodes.Const():
            return node.value
        case nodes.TemplateData():
            return node.data
        case nodes.Name() if node.ctx == "load" and node.name in scope:
            return scope[node.name]
        case nodes.Tuple():
            return tuple(_value(each, scope) for each in node.items)
        case nodes.List():
            return [_value(each, scope) for each in node.items]
        case nodes.Filter() if node.name in _FILTERS and node.node is not None:
            plain = not (node.args or node.kwargs or node.dyn_args or node.dyn_kwargs)
            inner = _value(node.node, scope)
            if plain and isinstance(inner, str):
                return _FILTERS[node.name](inner)
        case nodes.Compare():
            return _compare(node, scope)
    return _operation(node, scope)


def _operation(node: nodes.Node, scope: Mapping[str, Any]) -> Any:
    from jinja2 import nodes

    match node:
        case nodes.Not():
            return not _value(node.node, scope)
        case nodes.Neg():
            return -_value(node.node, scope)
        case nodes.And() | nodes.Or():
            return _logic(node, scope)
        case nodes.CondExpr() if node.expr2 is not None:
            return _value(node.expr1 if _value(node.test, scope) else node.expr2, scope)
        case nodes.Concat():
            return "".join(_text(_value(each, scope)) for each in node.nodes)
        case nodes.Add():
            return _value(node.left, scope) + _value(node.right, scope)
    raise Unknown(type(node).__name__)


def _logic(node: nodes.And | nodes.Or, scope: Mapping[str, Any]) -> Any:
    """``false and x`` is false whatever x is; the other way round x may fail first."""
    from jinja2 import nodes

    left = _value(node.left, scope)
    decided = not left if isinstance(node, nodes.And) else bool(left)
    return left if decided else _value(node.right, scope)


def _compare(node: nodes.Compare, scope: Mapping[str, Any]) -> bool:
    left = _value(node.expr, scope)
    for operand in node.ops:
        right = _value(operand.expr, scope)
        if not _COMPARE[operand.op](left, right):
            return False
        left = right
    return True


def _text(found: Any) -> str:
    if isinstance(found, str | int | float | bool | None):
        return str(found)
    raise Unknown(type(found).__name__)


def printed(expression: str, scope: Mapping[str, Any], syntax: Syntax) -> str:
    """What ``{{ expression }}`` prints; raises `Unknown` where that is not constant."""
    return _text(value(expression, scope, syntax))

"""Constant folding with Jinja's own optimizer, so that a folded hole can be told from a lost one.

The source and the output are both folded before they are compared. A name counts as constant
from a top-level ``{% set name = literal %}`` until something else may assign to it.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from jinja2 import nodes
from jinja2.optimizer import Optimizer

Constants: TypeAlias = dict[str, Any]

_SIMPLE = (str, int, float, bool, type(None))


class Folder(Optimizer):
    """Jinja's optimizer, with names whose value is known."""

    def __init__(self, environment: Any, constants: Constants) -> None:
        super().__init__(environment)
        self.constants = constants

    def visit_Name(self, node: nodes.Name, *args: Any) -> nodes.Node:  # noqa: N802 - Jinja's name
        """Replace a name by its value where that is known."""
        if node.ctx == "load" and node.name in self.constants:
            return nodes.Const(self.constants[node.name], lineno=node.lineno)
        return node


def fold(node: nodes.Node, environment: Any, constants: Constants) -> nodes.Node:
    """*node* with everything computed that is known before any call."""
    folded: nodes.Node = Folder(environment, constants).visit(node)
    return folded


def learn(node: nodes.Assign, constants: Constants) -> None:
    """Note what a ``{% set %}`` makes known, and what it makes unknown."""
    forget(node, constants)
    target, value = node.target, node.node
    simple = isinstance(value, nodes.Const) and isinstance(value.value, _SIMPLE)
    if isinstance(target, nodes.Name) and isinstance(value, nodes.Const) and simple:
        constants[target.name] = value.value


def forget(node: nodes.Node, constants: Constants) -> None:
    """Drop every name that something in *node* assigns to."""
    for name in _assigned(node):
        constants.pop(name, None)


def _assigned(node: nodes.Node) -> set[str]:
    found = {each.name for each in node.find_all(nodes.Name) if each.ctx in ("store", "param")}
    if isinstance(node, nodes.Name) and node.ctx in ("store", "param"):
        found.add(node.name)
    for each in (node, *node.find_all((nodes.Macro, nodes.Import, nodes.FromImport))):
        if isinstance(each, nodes.Macro):
            found.add(each.name)
        elif isinstance(each, nodes.Import):
            found.add(each.target)
        elif isinstance(each, nodes.FromImport):
            found |= {name if isinstance(name, str) else name[1] for name in each.names}
    return found

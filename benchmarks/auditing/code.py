"""A template as Jinja itself reads it: its code, and its text with a mark for each piece."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

import jinja2
from jinja2 import nodes
from jinja2.ext import Extension
from jinja2.parser import Parser

from benchmarks.auditing.folding import Constants, fold, forget, learn
from benchmarks.auditing.marks import HOLE, TAG, mark, plain

_NAME = re.compile(r"\{%[-+]?\s*(\w+)")
_KNOWN = {
    *("for", "if", "elif", "else", "block", "extends", "include", "import", "from", "macro"),
    *("call", "filter", "set", "with", "autoescape", "raw", "do", "break", "continue", "trans"),
    *("pluralize", "print"),
}


class Code(NamedTuple):
    """A hole or a tag, as Jinja's syntax tree spells it."""

    kind: str
    tree: str


class Reading(NamedTuple):
    """What Jinja makes of a template: text and code in turn, and the source of every hole."""

    parts: list[str | Code]
    holes: list[str]

    @property
    def code(self) -> list[Code]:
        return [part for part in self.parts if isinstance(part, Code)]

    def marked(self, *, numbered: bool) -> str:
        """The text, with a mark for each piece of code, counted from the start if *numbered*."""
        count, found = 0, []
        for part in self.parts:
            if isinstance(part, Code):
                found.append(mark(part.kind, count if numbered else ""))
                count += 1
            else:
                found.append(plain(part))
        return "".join(found)


def read(source: str, *, trim: bool = False) -> Reading:
    """Read *source*, constants folded; raise `jinja2.TemplateSyntaxError` where Jinja does.

    *trim* reads it as ``trim_blocks`` and ``lstrip_blocks`` would.
    """
    environment = environment_for(source, trim=trim)
    tree = environment.parse(source)
    parts: list[str | Code] = []
    for part in _Walk(environment).body(tree.body, {}):
        if isinstance(part, str) and parts and isinstance(parts[-1], str):
            parts[-1] += part
        elif part:
            parts.append(part)
    return Reading(parts, list(_holes(environment, source)))


def environment_for(source: str, *, trim: bool = False) -> jinja2.Environment:
    """A stock environment that also knows the unknown tags of *source* as tags."""
    names = set(_NAME.findall(source))
    closed = frozenset(name for name in names if f"end{name}" in names and name not in _KNOWN)
    alone = {name for name in names - _KNOWN if not name.startswith("end")} - closed
    return _environment(closed, frozenset(alone), trim)


@lru_cache(maxsize=64)
def _environment(closed: frozenset[str], alone: frozenset[str], trim: bool) -> jinja2.Environment:
    """An environment with an extension made for these tags."""

    def parse(_: Extension, parser: Parser) -> nodes.Node:
        return _unknown(parser, closed)

    unknown: type[Extension] = type(
        "Unknown", (Extension,), {"tags": closed | alone, "parse": parse}
    )
    return jinja2.Environment(
        extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols", "jinja2.ext.i18n", unknown],
        trim_blocks=trim,
        lstrip_blocks=trim,
        keep_trailing_newline=True,
    )


def _unknown(parser: Parser, closed: frozenset[str]) -> nodes.Node:
    """An unknown tag as a filter over its body, its words as the filter's argument."""
    first = next(parser.stream)
    words = []
    while parser.stream.current.type != "block_end":
        words.append(str(next(parser.stream).value))
    name, line = f"tag {first.value}", first.lineno
    body: list[nodes.Node] = []
    if first.value in closed:
        body = parser.parse_statements((f"name:end{first.value}",), drop_needle=True)
        while parser.stream.current.type != "block_end":
            next(parser.stream)
    said = nodes.Const(" ".join(words))
    return nodes.FilterBlock(body, nodes.Filter(None, name, [said], [], None, None), lineno=line)


def _holes(environment: jinja2.Environment, source: str) -> Iterator[str]:
    """The source of every hole, without the white space that its marks eat."""
    inside = ""
    for _, kind, value in environment.lex(source):
        if kind == "variable_begin":
            inside = value.strip()
        elif inside:
            inside += value
        if kind == "variable_end":
            yield inside.strip()
            inside = ""


class _Walk:
    """The statements of a template as text and code, in order."""

    def __init__(self, environment: jinja2.Environment) -> None:
        self.environment = environment

    def body(self, body: list[nodes.Node], known: Constants) -> Iterator[str | Code]:
        for node in body:
            yield from self.statement(node, known)

    def statement(self, node: nodes.Node, known: Constants) -> Iterator[str | Code]:
        match node:
            case nodes.Output():
                for each in node.nodes:
                    yield self.output(each, known)
            case nodes.If():
                yield from self.branches(node, known)
            case _:
                yield from self.block(node, known)

    def output(self, node: nodes.Node, known: Constants) -> str | Code:
        if isinstance(node, nodes.TemplateData):
            return node.data
        folded = fold(node, self.environment, known)
        if isinstance(folded, nodes.Const):
            return str(folded.value)
        _drop_layout(folded)
        return Code(HOLE, repr(folded))

    def branches(self, node: nodes.If, known: Constants) -> Iterator[str | Code]:
        """An ``if`` less the arms that can never be taken."""
        arms: list[tuple[nodes.Node | None, list[nodes.Node]]] = []
        otherwise = node.else_
        for arm in (node, *node.elif_):
            decided = fold(arm.test, self.environment, known)
            if not isinstance(decided, nodes.Const):
                arms.append((decided, arm.body))
            elif decided.value:
                otherwise = arm.body
                break
        if not arms:
            yield from self.body(otherwise, known)
            return
        if otherwise:
            arms.append((None, otherwise))
        for at, (test, body) in enumerate(arms):
            word = "else" if test is None else "elif" if at else "if"
            yield Code(TAG, f"{word} {test!r}")
            yield from self.body(body, dict(known))
        yield Code(TAG, "endif")
        forget(node, known)

    def block(self, node: nodes.Node, known: Constants) -> Iterator[str | Code]:
        """Any other statement: its head, then its bodies."""
        bodies = [name for name in ("body", "else_") if getattr(node, name, None)]
        inner = {} if isinstance(node, nodes.Macro | nodes.CallBlock | nodes.Block) else dict(known)
        forget(node, inner)
        inner.pop("loop", None)
        for name, value in node.iter_fields():
            if name not in bodies and isinstance(value, nodes.Expr):
                setattr(node, name, fold(value, self.environment, known))
        yield Code(TAG, f"{type(node).__name__} {self._head(node)}")
        for name in bodies:
            yield from self.body(getattr(node, name), dict(inner))
            yield Code(TAG, f"end {name} of {type(node).__name__}")
        if isinstance(node, nodes.Assign):
            learn(node, known)
        elif not isinstance(node, nodes.For | nodes.With | nodes.FilterBlock):
            forget(node, known)

    @staticmethod
    def _head(node: nodes.Node) -> list[tuple[str, Any]]:
        return [
            (name, value) for name, value in node.iter_fields() if name not in ("body", "else_")
        ]


def _drop_layout(node: nodes.Node) -> None:
    """Take the indent from a ``tojson`` whose text is printed as it is: only its layout differs."""
    match node:
        case nodes.Filter(name="tojson"):
            node.args = []
            node.kwargs = [each for each in node.kwargs if each.key != "indent"]
        case nodes.Filter(name="safe", node=nodes.Node() as inner):
            _drop_layout(inner)
        case nodes.CondExpr():
            for branch in (node.expr1, node.expr2):
                if branch is not None:
                    _drop_layout(branch)
        case nodes.Add() | nodes.Concat():
            for child in node.iter_child_nodes():
                _drop_layout(child)

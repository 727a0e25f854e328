"""Comments that speak to promptc: ``{# promptc: off #} … {# promptc: on #}`` and their kin."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import replace

from promptc.errors import TemplateError, nearest
from promptc.ir import Block, Clause, Comment, Node, Pragma, blocks
from promptc.source import Source, Span

_PRAGMA = re.compile(r"\s*\{#[-+]?\s*promptc:\s*([\w-]*)(.*?)\s*[-+]?#\}\s*", re.DOTALL)
CLOSERS = {
    "off": "on", "context": "end", "document": "end", "pruned": "end", "outlined": "end",
}  # fmt: skip
ALONE = {"ignore", "ignore-file"}
#: What no pass enters: text as its author wants it, a context that was pruned once, a document
#: that was moved out.
LOCKING = {"off", "pruned", "outlined"}


def read(leaf: Node) -> tuple[str, str] | None:
    """Name and arguments of a pragma, ``None`` for everything else."""
    match = _PRAGMA.fullmatch(leaf.text) if isinstance(leaf, Comment) else None
    return (match[1], match[2].strip()) if match else None


def find(body: tuple[Node, ...], here: Source) -> tuple[Pragma, ...]:
    """Every pragma with a beginning and an end; both must be siblings in one clause."""
    bodies = [body, *(clause.body for block in blocks(body) for clause in block.clauses)]
    found = [pragma for nodes in bodies for pragma in _siblings(nodes, here)]
    return tuple(sorted(found, key=lambda pragma: pragma.span))


def lock(body: tuple[Node, ...], found: Iterable[Pragma]) -> tuple[Node, ...]:
    """Lock what stands between ``off`` and ``on``, and in what was pruned or outlined."""
    spans = [pragma.span for pragma in found if pragma.name in LOCKING]
    return _lock(body, spans) if spans else body


def locked(block: Block) -> Block:
    """*block* with every leaf in it locked."""
    return _lock((block,), [block.span])[0]  # type: ignore[return-value]


def _siblings(nodes: tuple[Node, ...], here: Source) -> Iterable[Pragma]:
    opened: list[tuple[str, str, Span]] = []
    for node in nodes:
        pragma = read(node)
        if pragma is None or pragma[0] in ALONE:
            continue
        name, arguments = pragma
        if name in CLOSERS:
            if opened:
                raise TemplateError(_inside(name, node.span, opened[-1], here))
            opened.append((name, arguments, node.span))
        elif name not in CLOSERS.values():
            known = [*CLOSERS, *CLOSERS.values(), *ALONE]
            raise TemplateError(
                f"{_locate(here, node.span)}: unknown pragma 'promptc: {name}'; "
                f"{nearest(name, known)}"
            )
        elif not opened or CLOSERS[opened[-1][0]] != name:
            opener = " or ".join(f"'promptc: {key}'" for key, end in CLOSERS.items() if end == name)
            raise TemplateError(
                f"{_locate(here, node.span)}: 'promptc: {name}' ends nothing here; it must stand "
                f"in the same block and branch as its {opener}"
            )
        else:
            start_name, given, start = opened.pop()
            inner = Span(start.stop, node.span.start)
            yield Pragma(start_name, given, Span(start.start, node.span.stop), inner)
    if opened:
        name, _, span = opened[-1]
        raise TemplateError(
            f"{_locate(here, span)}: 'promptc: {name}' is never ended; add "
            f"{{# promptc: {CLOSERS[name]} #}} in the same block and branch"
        )


def _inside(name: str, span: Span, outer: tuple[str, str, Span], here: Source) -> str:
    line, _ = here.position(outer[2].start)
    return (
        f"{_locate(here, span)}: 'promptc: {name}' stands inside 'promptc: {outer[0]}' of line "
        f"{line}; end that one first"
    )


def _locate(here: Source, span: Span) -> str:
    text = here.text[slice(*span)]
    return here.locate(span.start + len(text) - len(text.lstrip()))


def _lock(nodes: tuple[Node, ...], spans: list[Span]) -> tuple[Node, ...]:
    return tuple(_locked_node(node, spans) for node in nodes)


def _locked_node(node: Node, spans: list[Span]) -> Node:
    if isinstance(node, Block):
        clauses = tuple(
            Clause(_locked_node(clause.tag, spans), _lock(clause.body, spans))  # type: ignore[arg-type]
            for clause in node.clauses
        )
        return Block(clauses, _locked_node(node.end, spans), node.opaque)  # type: ignore[arg-type]
    at = bisect_right(spans, node.span.start, key=lambda span: span.start) - 1
    inside = at >= 0 and spans[at].covers(node.span)
    return replace(node, locked=True) if inside else node

"""Tags that stock Jinja doesn't know, as extensions for its parser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jinja2 import nodes
from jinja2.ext import Extension

if TYPE_CHECKING:
    from jinja2.parser import Parser

#: ``{% generation %}`` marks what a chat template trains on; its body renders as it stands.
TRANSPARENT = "generation"


def opaque_tags(unknown: frozenset[tuple[str, bool]]) -> type[Extension]:
    """An extension for `TRANSPARENT` and *unknown* tags: each a name, and whether it has an end.

    Arguments are skipped. A tag without an end renders nothing, a block renders its body.
    """
    ended = {TRANSPARENT} | {name for name, has_end in unknown if has_end}

    class OpaqueTags(Extension):
        tags = ended | {name for name, _ in unknown}

        def parse(self, parser: Parser) -> nodes.Node | list[nodes.Node]:
            token = next(parser.stream)
            _skip_arguments(parser)
            if token.value not in ended:
                return nodes.Output([], lineno=token.lineno)
            body: list[nodes.Node] = []
            ends = (f"name:end{token.value}", "name:else", "name:elif")
            while True:
                body += parser.parse_statements(ends)
                if next(parser.stream).value == f"end{token.value}":
                    return nodes.Scope(body, lineno=token.lineno)
                _skip_arguments(parser)

    return OpaqueTags


def _skip_arguments(parser: Parser) -> None:
    while parser.stream.current.type not in ("block_end", "eof"):
        next(parser.stream)

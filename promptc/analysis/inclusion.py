"""Which other files a template brings in, where their names are constants."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

from promptc.analysis.expressions import parts
from promptc.errors import TemplateError
from promptc.ir import Block, Comment, Leaf, Node, Output, Tag, Template, Text, leaves
from promptc.parse import parse
from promptc.source import Source
from promptc.syntax import Syntax

Load: TypeAlias = Callable[[str], "Source | None"]

_NAME = re.compile(r"""(["'])((?:(?!\1)[^\\])+)\1(\s+with\s+context)?""")
_ABOVE = re.compile(r"\b(?:super|self)\b")

# What an included file defines stays inside it, so a file that defines anything can't be inlined.
_DEFINES = {"set", "set =", "macro", "import", "from", "extends", "block"}


def included(leaf: Leaf, load: Load, syntax: Syntax) -> Template | None:
    """The file that ``{% include "name" %}`` shows, when it can stand in the tag's place."""
    template = _named(leaf, "include", load, syntax)
    if template is None:
        return None
    defines = any(isinstance(each, Tag) and each.name in _DEFINES for each in template.leaves)
    return None if defines else template


def parent(template: Template, load: Load) -> Template | None:
    """The file that *template* extends, when all that *template* does is define blocks in it."""
    found: Template | None = None
    for node in template.body:
        if isinstance(node, Tag) and node.name == "extends" and found is None:
            found = _named(node, "extends", load, template.syntax)
            if found is None:
                return None
        elif isinstance(node, Block) and node.name == "block":
            if not _plain(node):
                return None
        elif not _says_nothing(node):
            return None
    return found


def _says_nothing(node: Node) -> bool:
    return isinstance(node, Comment) or (isinstance(node, Text) and node.text.isspace())


def _plain(block: Block) -> bool:
    """Whether *block* neither calls its parent's block nor defines blocks of its own."""
    inside = [leaf for clause in block.clauses for leaf in leaves(clause.body)]
    return not any(
        (isinstance(leaf, Tag) and leaf.name == "block")
        or (isinstance(leaf, Tag | Output) and _ABOVE.search(leaf.text))
        for leaf in inside
    )


def _named(leaf: Node, tag: str, load: Load, syntax: Syntax) -> Template | None:
    if not isinstance(leaf, Tag) or leaf.name != tag or leaf.locked or not parts(leaf).known:
        return None
    match = _NAME.fullmatch(parts(leaf).argument)
    source = load(match[2]) if match else None
    if source is None:
        return None
    try:
        return parse(source, syntax)
    except TemplateError:
        return None

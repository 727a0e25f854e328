"""Which other files a template brings in, where their names are constants."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import lru_cache
from typing import TypeAlias

from promptc.analysis.expressions import parts
from promptc.analysis.names import known_to_jinja
from promptc.errors import TemplateError
from promptc.ir import Block, Comment, Leaf, Node, Output, Tag, Template, Text, leaves
from promptc.parse import parse
from promptc.source import Source
from promptc.syntax import Syntax

Load: TypeAlias = Callable[[str], "Source | None"]

_NAME = re.compile(r"""(["'])((?:(?!\1)[^\\])+)\1(\s+with\s+context)?""")
_ABOVE = re.compile(r"\b(?:super|self)\b")
# A name that is relative to the file it stands in.
_RELATIVE = re.compile(r"""["']\.{1,2}/""")

# What an included file defines stays inside it, so a file that defines anything can't be inlined.
_DEFINES = {"set", "set =", "macro", "import", "from", "extends", "block"}
_NAMING = {"include", "import", "from", "extends"}


def included(leaf: Leaf, load: Load, syntax: Syntax) -> Template | None:
    """The file that ``{% include "name" %}`` shows, when it can stand in the tag's place."""
    template = _named(leaf, "include", load, syntax)
    if template is None:
        return None
    tags = [each for each in template.leaves if isinstance(each, Tag)]
    defines = any(tag.name in _DEFINES or not known_to_jinja(tag) for tag in tags)
    return None if defines or _names_relatively(tags) else template


def parent(template: Template, load: Load) -> Template | None:
    """The file that *template* extends, when all that *template* does is define blocks in it."""
    found: Template | None = None
    if template.syntax.front_matter and template.text.startswith("---"):
        return None
    for node in template.body:
        if isinstance(node, Tag) and node.name == "extends" and found is None:
            found = _named(node, "extends", load, template.syntax)
            if found is None or _names_relatively(found.leaves):
                return None
        elif isinstance(node, Block) and node.name == "block":
            if not _plain(node):
                return None
        elif not _says_nothing(node):
            return None
    return found


def _names_relatively(found: Iterable[Leaf]) -> bool:
    """Whether a tag names a file by its place beside the file that the tag stands in."""
    return any(
        isinstance(tag, Tag) and tag.name in _NAMING and _RELATIVE.search(tag.text) for tag in found
    )


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
        return _parsed(source, replace(syntax, front_matter=False))
    except TemplateError:
        return None


@lru_cache(maxsize=128)
def _parsed(source: Source, syntax: Syntax) -> Template:
    return parse(source, syntax)

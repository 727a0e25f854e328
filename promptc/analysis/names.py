"""Which names a stretch of template code gives a value to, and which it reads from outside."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

from promptc.analysis.expressions import parts
from promptc.analysis.variables import lenient
from promptc.ir import Block, Comment, Leaf, Node, Tag, Text
from promptc.parse import ALONE, BLOCKS
from promptc.syntax import Syntax

#: Tags that give no name a value.
_SILENT = {
    "autoescape", "block", "break", "continue", "debug", "do", "elif", "else", "extends", "filter",
    "generation", "if", "include", "pluralize", "print", "raw", "trans",
}  # fmt: skip
#: Tags that store a name in the frame that they stand in.
_STORING = {"set", "set =", "macro", "import", "from"}
#: Blocks whose bodies are frames of their own.
_FRAMES = {"block", "call", "filter", "for", "macro", "set", "with"}

_STRING = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"", re.DOTALL)
_WORD = re.compile(r"(?<![\w.])[^\W\d]\w*")
_IN = re.compile(r"\sin\s")


def words(code: str) -> set[str]:
    """Every word of *code*, strings and attributes left out.

    >>> sorted(words("user.name ~ 'and' if user else other"))
    ['else', 'if', 'other', 'user']
    """
    return set(_WORD.findall(_STRING.sub("''", code)))


def mentioned(found: Iterable[Leaf]) -> set[str]:
    """Every word of the tags and holes in *found*."""
    code = (leaf.text for leaf in found if not isinstance(leaf, Text | Comment))
    return {word for text in code for word in words(text)}


def bound(found: Iterable[Leaf]) -> Counter[str]:
    """How many of the tags in *found* may give each name a value, in whatever frame."""
    return Counter(name for leaf in found if isinstance(leaf, Tag) for name in _targets(leaf))


def stored(tag: Tag) -> set[str]:
    """Names that *tag* stores in the frame that it stands in.

    In the whole of that frame, before the tag too, Jinja may then look for the name in another
    place than without the tag.
    """
    if tag.name == "macro":
        return set(_WORD.findall(parts(tag).argument or tag.text)[:1])
    return _targets(tag) if _stores(tag) else set()


def stores_here(nodes: Iterable[Node]) -> bool:
    """Whether *nodes* store a name in the frame that they stand in, not in one of their own."""
    for node in nodes:
        tag = node.clauses[0].tag if isinstance(node, Block) else node
        if isinstance(tag, Tag) and _stores(tag):
            return True
        shared = isinstance(node, Block) and node.name not in _FRAMES
        if shared and any(stores_here(clause.body) for clause in node.clauses):  # type: ignore[union-attr]
            return True
    return False


def known_to_jinja(tag: Tag) -> bool:
    """Whether Jinja itself, or an extension that promptc knows, reads *tag*."""
    name = tag.name.removeprefix("end")
    return name in BLOCKS or tag.name in ALONE or name in ("set", "set =")


@lru_cache(maxsize=1024)
def read(code: str, syntax: Syntax) -> frozenset[str] | None:
    """Names that *code*, a stretch of a template, reads from outside; ``None``: can't be told."""
    from jinja2 import TemplateError
    from jinja2.meta import find_undeclared_variables

    env = lenient(syntax, frozenset())
    try:
        return frozenset(find_undeclared_variables(env.parse(code)))
    except (TemplateError, RecursionError):
        return None


def _stores(tag: Tag) -> bool:
    return tag.name in _STORING or not known_to_jinja(tag)


def _targets(tag: Tag) -> set[str]:
    """The names that *tag* may give a value to; where in doubt, every word of it."""
    if tag.name in _SILENT or tag.name.startswith("end"):
        return set()
    code = _STRING.sub("''", parts(tag).argument or tag.text)
    if tag.name == "set =":
        code = code.partition("=")[0]
    elif tag.name == "for":
        code = _IN.split(code, maxsplit=1)[0]
    return words(code)

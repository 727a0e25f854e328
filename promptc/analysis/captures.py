"""Text that template code may read, not only print: spacing there is data."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

from promptc.analysis.kinds import Spans
from promptc.ir import Block, Comment, Leaf, Output, Tag, Template, Text, blocks
from promptc.source import Span

#: Filters that print what they get, spaced otherwise or shortened.
PRINTING = frozenset({"compress", "indent", "lower", "trim", "upper"})
_CAPTURING = frozenset({"block", "call", "filter", "macro", "set", "trans"})
_STRING = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"", re.DOTALL)
_PARENS = re.compile(r"\([^()]*\)")
_WORD = re.compile(r"(?:\bself\s*\.\s*)?[^\W\d]\w*")
_BARE = re.compile(r"((?:self\s*\.\s*)?[^\W\d]\w*)\s*(?:\|\s*(?:trim|safe|indent)\s*)*")
_NAME = re.compile(r"\b(?:set|macro|block)\s+([^\W\d]\w*)")
_FILTER = re.compile(r"\|\s*([^\W\d][\w.]*)")


@lru_cache(maxsize=16)
def captured(template: Template) -> tuple[Span, ...]:
    """The insides of blocks whose rendering code may look at, in order; they may nest.

    All of ``trans`` and ``call``; of ``filter``, unless it only prints (`PRINTING`); of a ``set``
    block, a macro or a block, unless the template does nothing with its name but print it, and
    prints it outside of such an inside.
    """
    found = [block for block in blocks(template.body) if block.name in _CAPTURING]
    if not found:
        return ()
    code = [leaf for leaf in template.leaves if not isinstance(leaf, Text | Comment)]
    shared = any(_shares(leaf) for leaf in code if isinstance(leaf, Tag))
    names = {_name(block) for block in found}
    named = Counter(word for leaf in code for word in _words(leaf.text))
    defined = Counter(_name(block) for block in found if block.name != "block")
    spans: tuple[Span, ...] | None = None
    while True:
        printed = Counter(_printed(code, Spans(spans or ())))
        uses = {name: named[name] - printed[name] - defined[name] for name in names}
        after = tuple(_inside(block) for block in found if _is_read(block, uses, shared=shared))
        if after == spans:
            return after
        spans = after


def _inside(block: Block) -> Span:
    return Span(block.clauses[0].tag.span.stop, block.end.span.start)


def _is_read(block: Block, uses: dict[str, int], *, shared: bool) -> bool:
    """Whether code may read what *block* holds; *uses*: how often a name is not just printed."""
    code = _inner(block.clauses[0].tag.text)
    if block.name == "filter":
        return not _prints("|" + code.partition("filter")[2])
    if block.name == "set" and (shared or not _prints(code)):
        return True
    return block.name in ("call", "trans") or uses[_name(block)] > 0


def _name(block: Block) -> str:
    """What code calls the contents of *block*: a block is reached as an attribute of ``self``."""
    match = _NAME.search(block.clauses[0].tag.text)
    name = match[1] if match else ""
    return f"self.{name}" if block.name == "block" else name


def _shares(tag: Tag) -> bool:
    """Whether another template gets the variables of this one."""
    words = tag.text.split()
    context = "with" in words if tag.name in ("from", "import") else "without" not in words
    return context and tag.name in ("from", "import", "include", "extends")


def _printed(code: Iterable[Leaf], inside: Spans) -> Iterable[str]:
    """The names that a hole does nothing but print, those *inside* left out."""
    for leaf in code:
        if isinstance(leaf, Output) and not inside.overlaps(leaf.span):
            match = _BARE.fullmatch(_flat(_inner(leaf.text)))
            if match:
                yield "".join(match[1].split())


def _prints(chain: str) -> bool:
    """Whether every filter of *chain* only prints."""
    return all(name in PRINTING for name in _FILTER.findall(_flat(chain)))


def _words(code: str) -> list[str]:
    return ["".join(word.split()) for word in _WORD.findall(_STRING.sub("''", code))]


def _inner(code: str) -> str:
    """What stands between the delimiters of a tag or hole."""
    return code.strip().strip("{}%").strip("-+").strip()


def _flat(code: str) -> str:
    """*code* without its strings and without what stands in parentheses."""
    code = _STRING.sub("''", code)
    while (shorter := _PARENS.sub("", code)) != code:
        code = shorter
    return code.strip()

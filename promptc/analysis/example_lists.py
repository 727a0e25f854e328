"""Few-shot sets that a template holds as data: a loop over a constant list of examples."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from promptc.analysis.example_sets import Example
from promptc.analysis.expressions import parse, parts
from promptc.ir import Comment, Tag, Template, Text
from promptc.source import Span

if TYPE_CHECKING:
    from jinja2 import nodes

_NAMED = re.compile(r"example|exemplar|shot|demo|sample", re.IGNORECASE)
_SET = re.compile(r"(?P<name>[^\W\d]\w*)\s*=\s*(?P<list>\[.*\])", re.DOTALL)
_FOR = re.compile(r"(?P<name>[^\W\d]\w*)\s+in\s+(?P<list>\[.*\])", re.DOTALL)
_WORD = re.compile(r"[^\W\d]\w*")
_TOKEN = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|[\[\](){},]", re.DOTALL)


@lru_cache(maxsize=16)
def example_lists(template: Template) -> tuple[tuple[Example, ...], ...]:
    """Every constant list of three and more examples that loops do nothing with but go through."""
    if template.syntax.engine != "jinja":
        return ()
    code = [leaf.text for leaf in template.leaves if not isinstance(leaf, Text | Comment)]
    words = [word for text in code for word in _WORD.findall(text)]
    if "loop" in words:
        return ()
    found = (_read(template, leaf, words) for leaf in template.leaves if isinstance(leaf, Tag))
    return tuple(each for each in found if len(each) > 2)


def _read(template: Template, tag: Tag, words: list[str]) -> tuple[Example, ...]:
    pattern = {"set =": _SET, "for": _FOR}.get(tag.name)
    argument = parts(tag).argument
    match = pattern.fullmatch(argument) if pattern and not tag.locked else None
    if match is None or not (_NAMED.search(match["name"]) or match["name"] == "ex"):
        return ()
    if tag.name == "set =" and not _only_looped(template, match["name"], words):
        return ()
    tree = parse(match["list"], template.syntax)
    at = tag.span.start + tag.text.index(argument) + match.start("list")
    spans = _items(match["list"], at)
    values = [_strings(item) for item in getattr(tree, "items", [])]
    if len(spans) != len(values) or len({keys for keys, _ in values}) != 1 or not values[0][0]:
        return ()
    return tuple(
        Example(span, "\n".join(texts[:-1]), texts[-1])
        for span, (_, texts) in zip(spans, values, strict=True)
    )


def _only_looped(template: Template, name: str, words: list[str]) -> bool:
    """Whether every use of *name* but its definition is what a loop goes through."""
    loops = re.compile(rf"[^\W\d]\w*\s+in\s+{name}\s*")
    tags = [leaf for leaf in template.leaves if isinstance(leaf, Tag) and leaf.name == "for"]
    used = sum(loops.fullmatch(parts(tag).argument) is not None for tag in tags)
    return used > 0 and words.count(name) == used + 1


def _strings(item: nodes.Node) -> tuple[tuple[str, ...], list[str]]:
    """Keys and texts of one example; no keys where it holds anything but texts."""
    from jinja2 import nodes

    if isinstance(item, nodes.Dict):
        keys = [getattr(pair.key, "value", None) for pair in item.items]
        texts = [getattr(pair.value, "value", None) for pair in item.items]
    elif isinstance(item, nodes.Tuple | nodes.List):
        texts = [getattr(each, "value", None) for each in item.items]
        keys = [str(at) for at in range(len(texts))]
    else:
        return (), []
    known = [each for each in (*keys, *texts) if isinstance(each, str)]
    if len(known) != len(keys) + len(texts) or len(texts) < 2:
        return (), []
    return tuple(known[: len(keys)]), known[len(keys) :]


def _items(source: str, at: int) -> list[Span]:
    """Where each item of a list starts, and where the next one does; the last ends the list."""
    starts = list(_starts(source))
    spans = [Span(at + one, at + two) for one, two in pairwise(starts)]
    return [*spans, Span(at + starts[-1], at + len(source) - 1)] if starts else []


def _starts(source: str) -> Iterator[int]:
    depth, after = 0, 0
    for match in _TOKEN.finditer(source):
        mark = match.group()
        depth += (mark in "[({") - (mark in "])}")
        if (depth == 1 and mark == ",") or (depth == 1 and match.start() == 0):
            after = match.end()
            begin = after + len(source[after:]) - len(source[after:].lstrip())
            if source[begin] != "]":
                yield begin

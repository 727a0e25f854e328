"""Variables that a template can do without: it tests them, or gives them a default."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from promptc.analysis.expressions import parts
from promptc.analysis.names import words
from promptc.ir import Comment, Tag, Template, Text

_STRING = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"", re.DOTALL)
_NAME = r"(?<![\w.])([^\W\d]\w*)(?:\.\w+|\[[^\]]*\])*"
_GUARDED = re.compile(
    rf"{_NAME}\s*\)?\s*(?:\|\s*(?:default|d)\b|\bis\s+(?:not\s+)?(?:defined|undefined|none)\b|\bor\b)"
)
_WHEN = re.compile(r"\bif\b(.*?)(?:\belse\b|\Z)", re.DOTALL)


@lru_cache(maxsize=16)
def optional(template: Template) -> frozenset[str]:
    """Names that *template* tests somewhere, with ``if``, ``is defined``, ``or`` or ``default``."""
    return frozenset(_optional(template))


def _optional(template: Template) -> Iterator[str]:
    for leaf in template.leaves:
        if isinstance(leaf, Text | Comment):
            continue
        code = _STRING.sub("''", parts(leaf).inner or leaf.text)
        yield from (match[1] for match in _GUARDED.finditer(code))
        if isinstance(leaf, Tag) and leaf.name in ("if", "elif"):
            yield from words(code)
        else:
            for match in _WHEN.finditer(code):
                yield from words(match[1])

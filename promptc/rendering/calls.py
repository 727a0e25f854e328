"""Calls of ``retrieve()`` in a rendering: the sandbox marks them, for it has no index to ask."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import NamedTuple

_OPEN, _CLOSE = "\uf8f3", "\uf8f4"
_MARK = re.compile(f"{_OPEN}([^{_OPEN}{_CLOSE}]*){_CLOSE}")
K, TOKENS = 4, 600
"""Passages and tokens where ``retrieve()`` is called without."""


class Call(NamedTuple):
    """One call: the document's *name*, the *query*, and the limits."""

    name: str
    query: str
    k: int
    tokens: int


def marked(name: object, query: object = "", k: object = K, tokens: object = TOKENS) -> str:
    """Write a call as a mark; raise `TypeError` for arguments that ``retrieve()`` doesn't have."""
    if not all(isinstance(each, int) and not isinstance(each, bool) for each in (k, tokens)):
        raise TypeError("k and tokens must be whole numbers")
    return f"{_OPEN}{json.dumps([str(name), str(query), k, tokens])}{_CLOSE}"


def filled(text: str, answer: Callable[[Call], str]) -> str:
    """*text* with the answer to each call in its place; what only looks like one stays."""
    if _OPEN not in text:
        return text
    return _MARK.sub(lambda match: _filled(match, answer), text)


def _filled(match: re.Match[str], answer: Callable[[Call], str]) -> str:
    try:
        name, query, k, tokens = json.loads(match[1])
    except (ValueError, TypeError):
        return match[0]
    texts = isinstance(name, str) and isinstance(query, str)
    if not (texts and isinstance(k, int) and isinstance(tokens, int)):
        return match[0]
    return answer(Call(name, query, k, tokens))

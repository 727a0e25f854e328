"""The holes of a ``format`` file, and the text that values in them give.

A file with a ``{field}`` is one that str.format reads: there ``{{`` and ``}}`` write braces. In
one without, ``{{name}}``, ``${name}``, ``%(name)s`` and ``<NAME>`` are holes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from promptc.errors import RenderError
from promptc.ir import Comment, Template

_FIELD = r"\{([^\W\d][\w.\[\]]*)(?:![rsa])?(?::[^{}\n]*)?\}"
_FORMAT = re.compile(rf"\{{\{{|\}}\}}|{_FIELD}")
_OTHER = re.compile(
    r"\{\{[ \t]*([^\W\d][\w.]*)[ \t]*\}\}|\$\{[ \t]*([^\W\d][\w.]*)[ \t]*\}"
    r"|%\(([^\W\d]\w*)\)[-+ #0]*\d*(?:\.\d+)?[sdifgrxeo](?![A-Za-z])|<([A-Z][A-Z0-9_]*)>"
)
_STEP = re.compile(r"[^.\[\]]+")

#: The value at a path such as ``user.name``; raises `KeyError` where there is none.
Value: TypeAlias = Callable[[str], object]


def fields(template: Template) -> frozenset[str]:
    """Names of the variables that the holes of *template* show."""
    text = _shown(template)
    paths = (_path(match) for match in _holes(text).finditer(text))
    return frozenset(_STEP.findall(each)[0] for each in paths if each)


def filled(template: Template, value: Value) -> str:
    """The text of *template* with the value of every named hole; other holes as they stand.

    Fields are looked up, never formatted: no attribute is read and no width is obeyed. Raises
    `RenderError` where a ``{field}`` has no value.
    """
    text = _shown(template)
    pattern = _holes(text)

    def write(match: re.Match[str]) -> str:
        path = _path(match)
        try:
            return str(value(path)) if path else match[0][0]
        except KeyError:
            if pattern is _FORMAT:
                raise RenderError(f"its sample has no value for {path!r}") from None
            return match[0]

    return pattern.sub(write, text)


def at(values: Mapping[str, Any]) -> Value:
    """Look paths up in *values*, item by item."""

    def value(path: str) -> object:
        found: object = values
        for step in _STEP.findall(path):
            if isinstance(found, Mapping):
                found = found[step]
            elif isinstance(found, list) and step.isdecimal() and int(step) < len(found):
                found = found[int(step)]
            else:
                raise KeyError(path)
        return found

    return value


def _shown(template: Template) -> str:
    return "".join(leaf.text for leaf in template.leaves if not isinstance(leaf, Comment))


def _holes(text: str) -> re.Pattern[str]:
    """What is a hole in *text*: see above. ``${name}`` alone makes no file one of str.format."""
    found = _FORMAT.finditer(text)
    formats = any(each[1] and text[each.start() - 1 : each.start()] != "$" for each in found)
    return _FORMAT if formats else _OTHER


def _path(match: re.Match[str]) -> str:
    """What a hole shows; ``""`` for a brace written as two."""
    return next(filter(None, match.groups()), "")

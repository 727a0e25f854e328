"""The manual of a rule: its docstring, taken apart."""

from __future__ import annotations

import inspect
import re
from typing import NamedTuple

from promptc.inspection import Rule

_PART = re.compile(r"^(Why|Fix|Leave it): ", re.MULTILINE)


class Manual(NamedTuple):
    """What a rule finds, why it costs, how to fix it, and when to leave it; Markdown."""

    what: str
    why: str
    fix: str
    leave: str


def manual(rule: type[Rule]) -> Manual:
    """The manual of *rule*; what its own docstring leaves out, the class above it says."""
    parts: dict[str, str] = {}
    for each in reversed(rule.__mro__[:-1]):
        what, *named = _PART.split(inspect.cleandoc(each.__dict__.get("__doc__") or ""))
        if what.strip():
            parts["what"] = what.strip()
            parts |= dict(zip(named[::2], (text.strip() for text in named[1::2]), strict=True))
    found = (parts.get(name, "") for name in ("what", "Why", "Fix", "Leave it"))
    return Manual(*found)

"""EXACT: equal text on every path, proved by equal normal forms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from promptc.analysis.normal import Load, same
from promptc.ir import Template


def violation(
    before: Template, after: Template, bindings: Mapping[str, Any], load: Load
) -> str | None:
    """Say what breaks the guarantee; ``None`` where it is proved."""
    if same(before, after, bindings, load):
        return None
    return "changes the text on some path, or under some white space setting of Jinja"

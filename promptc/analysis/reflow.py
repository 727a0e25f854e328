"""Rewrites that move words to other places on their lines, told by their edits."""

from __future__ import annotations

import enum
from collections.abc import Sequence

from promptc.analysis.indents import shared_indent
from promptc.analysis.wraps import soft_breaks
from promptc.ir import Edit, Template


class Reflow(enum.Enum):
    """What such a rewrite does to a whole template."""

    DEDENT = "dedent"
    UNWRAP = "unwrap"


def reflow(template: Template, edits: Sequence[Edit]) -> Reflow | None:
    """Which of them *edits* are: those and nothing else; ``None`` where they are neither."""
    if _dedents(template, edits):
        return Reflow.DEDENT
    return Reflow.UNWRAP if edits and _unwraps(template, edits) else None


def _dedents(template: Template, edits: Sequence[Edit]) -> bool:
    """Whether *edits* do nothing but take away all of the indent that every line shares."""
    taken = {patch.span for edit in edits for patch in edit.patches if not patch.text}
    every = sum(len(edit.patches) for edit in edits)
    return every == len(taken) and len(edits) == 1 and taken == set(shared_indent(template))


def _unwraps(template: Template, edits: Sequence[Edit]) -> bool:
    """Whether *edits* do nothing but put single spaces for soft line ends."""
    patches = [patch for edit in edits for patch in edit.patches]
    if any(patch.text != " " or "\n" not in template.text[slice(*patch.span)] for patch in patches):
        return False
    return {patch.span for patch in patches} <= set(soft_breaks(template))

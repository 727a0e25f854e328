"""SELECTION: what is left stands word for word and in order; only whole examples are gone."""

from __future__ import annotations

from collections.abc import Sequence

from promptc.analysis.example_lists import example_lists
from promptc.analysis.example_sets import example_sets
from promptc.ir import Edit, Leaf, Patch, Template, Text

LEAST = 2
"""Examples that stay of every set."""


def violation(before: Template, after: Template, edits: Sequence[Edit]) -> str | None:
    """Say what breaks the guarantee; ``None`` where it is proved."""
    patches = [patch for edit in edits for patch in edit.patches]
    left = {patch.span for patch in patches}
    for patch in patches:
        if patch.text:
            return f"writes {patch.text!r}"
    for each in (*example_sets(before), *example_lists(before)):
        gone = {example.span for example in each} & left
        if each[-1].span in gone:
            return "drops the last example of a set"
        if gone and len(each) - len(gone) < LEAST:
            return f"leaves fewer than {LEAST} examples of a set"
        left -= gone
    if left:
        return f"drops what is no example: {before.text[slice(*min(left))]!r}"
    wanted = [_without(leaf, patches) for leaf in before.leaves if not isinstance(leaf, Text)]
    found = [leaf.text for leaf in after.leaves if not isinstance(leaf, Text)]
    return None if wanted == found else "changes template code"


def _without(leaf: Leaf, patches: Sequence[Patch]) -> str:
    """The text of *leaf* less what the patches within it take away."""
    text = leaf.text
    for span, *_ in sorted(patches, reverse=True):
        if leaf.span.covers(span):
            start = leaf.span.start
            text = text[: span.start - start] + text[span.stop - start :]
    return text

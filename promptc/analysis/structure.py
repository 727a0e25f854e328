"""What every pass is held to: tags, holes and locked text come out as they went in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from promptc.analysis.regions import Spans
from promptc.ir import Edit, Leaf, Template, Text


class Gap(NamedTuple):
    """The literal text between two neighboring tags, holes or comments; ``None``: an end."""

    left: Leaf | None
    text: str
    right: Leaf | None


def gaps(template: Template) -> tuple[Gap, ...]:
    """Every gap of *template*, empty ones too, in order."""
    return tuple(_gaps(template.leaves))


def _gaps(leaves: Sequence[Leaf]) -> Iterator[Gap]:
    left: Leaf | None = None
    parts: list[str] = []
    for leaf in leaves:
        if isinstance(leaf, Text):
            parts.append(leaf.text)
            continue
        yield Gap(left, "".join(parts), leaf)
        left, parts = leaf, []
    yield Gap(left, "".join(parts), None)


def trespass(template: Template, edits: Sequence[Edit], kinds: frozenset[type[Leaf]]) -> str | None:
    """Name the first edit that touches a locked leaf, or a leaf neither `Text` nor of *kinds*."""
    locked = Spans(leaf.span for leaf in template.leaves if leaf.locked)
    closed = Spans(
        leaf.span
        for leaf in template.leaves
        if not isinstance(leaf, Text) and type(leaf) not in kinds
    )
    for edit in edits:
        for patch in edit.patches:
            shown = template.text[slice(*patch.span)]
            if locked.overlaps(patch.span):
                return f"edits locked text: {shown!r}"
            if closed.overlaps(patch.span):
                return f"edits template code: {shown!r}"
    return None


def changed_code(before: Template, after: Template) -> str | None:
    """Name the first tag, hole or comment that is not the same before and after."""
    old, new = ([leaf for leaf in t.leaves if not isinstance(leaf, Text)] for t in (before, after))
    for one, two in zip(old, new, strict=False):
        if type(one) is not type(two) or one.text != two.text:
            return f"turns {one.text!r} into {two.text!r}"
    if len(old) != len(new):
        extra = (old if len(old) > len(new) else new)[min(len(old), len(new))]
        return f"{'loses' if len(old) > len(new) else 'makes'} {extra.text!r}"
    return None

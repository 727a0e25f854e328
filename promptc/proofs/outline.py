"""OUTLINE: one granted document became exactly one ``retrieve()``, and nothing else changed.

Whether the answers are still there is no matter of the tree: the questions prove it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from promptc.analysis.outlines import Document, Granted, Hole, documents, hole, outlined
from promptc.ir import Edit, Output, Template
from promptc.source import Span

_HOLES = re.compile(r"\{\{.*?\}\}", re.DOTALL)


class _Moved(NamedTuple):
    """Where a document stood, or a hole stands now, and the hole."""

    span: Span
    call: str


def violation(
    before: Template, after: Template, edits: Sequence[Edit], leave: Granted
) -> str | None:
    """Say what breaks the guarantee; ``None`` where it is proved."""
    left = list(documents(before, leave))
    moved: list[_Moved] = []
    for edit in edits:
        found = next((each for each in left if each.span.covers(edit.span)), None)
        if found is None:
            return f"changes what is no document: {before.text[slice(*edit.span)]!r}"
        call = _call(edit)
        if call is None:
            return f"writes something else than one retrieve() for {found.name!r}"
        why = _beyond(before, found, edit, call)
        if why:
            return why
        left.remove(found)
        moved.append(_Moved(found.span, str(call)))
    old = list(_outside(before, [*moved, *_outlined(before)]))
    new = list(_outside(after, list(_outlined(after))))
    return None if old == new else "changes what stands around a document"


def _call(edit: Edit) -> Hole | None:
    """The one hole that *edit* writes; ``None`` where it writes none of ours, or another number."""
    written = [text for patch in edit.patches for text in _HOLES.findall(patch.text)]
    return hole(written[0]) if len(written) == 1 else None


def _beyond(before: Template, document: Document, edit: Edit, call: Hole) -> str | None:
    """Say what *edit*, within *document*, does that is not granted."""
    if document.why:
        return f"moves {document.name!r} although {document.why}"
    if (call.name, call.query) != (document.name, document.query):
        return f"asks {call.name!r} about {call.query!r}, not {document.name!r} as it is granted"
    if document.k not in (0, call.k) or document.tokens not in (0, call.tokens):
        return f"sets other limits for {document.name!r} than its pragma"
    exact = set(edit.patches) == set(outlined(before, document, call))
    return None if exact else f"changes more than the text of {document.name!r}"


def _outlined(template: Template) -> Iterator[_Moved]:
    """Every document that was moved, with the holes that stand there now."""
    for pragma in template.pragmas:
        if pragma.name == "outlined":
            inside = (leaf for leaf in template.leaves if pragma.inner.covers(leaf.span))
            holes = [leaf.text for leaf in inside if isinstance(leaf, Output)]
            yield _Moved(pragma.span, "".join(holes))


def _outside(template: Template, moved: Sequence[_Moved]) -> Iterator[tuple[str, str]]:
    """Every leaf by its kind and text, one pair for each of *moved* in its place."""
    waiting = sorted(moved, reverse=True)
    for leaf in template.leaves:
        while waiting and waiting[-1].span.stop <= leaf.span.start:
            yield "outlined", waiting.pop().call
        if not (waiting and waiting[-1].span.covers(leaf.span)):
            yield type(leaf).__name__, leaf.text
    for each in reversed(waiting):
        yield "outlined", each.call

"""SELECTION: what is left stands word for word and in order.

Gone are only whole examples, and parts of a context that the template marks; a marked context with
a question gets a filter around it instead.
"""

from __future__ import annotations

from collections.abc import Sequence

from promptc.analysis.contexts import Context, contexts, deferred, pruned
from promptc.analysis.example_lists import example_lists
from promptc.analysis.example_sets import example_sets
from promptc.ir import Edit, Leaf, Patch, Template, Text

LEAST = 2
"""Examples that stay of every set."""


def violation(before: Template, after: Template, edits: Sequence[Edit]) -> str | None:
    """Say what breaks the guarantee; ``None`` where it is proved."""
    patches = [patch for edit in edits for patch in edit.patches]
    rest = patches
    for context in contexts(before):
        inside = [patch for patch in rest if context.pragma.span.covers(patch.span)]
        if not any(patch.text for patch in inside):
            continue
        why = _in_context(before, context, inside)
        if why:
            return why
        rest = [patch for patch in rest if patch not in inside]
    why = _in_examples(before, rest)
    if why:
        return why
    wanted = [_with(leaf, patches) for leaf in before.leaves if not isinstance(leaf, Text)]
    found = [leaf.text for leaf in after.leaves if not isinstance(leaf, Text)]
    return None if wanted == found else "changes template code"


def _in_context(before: Template, context: Context, patches: Sequence[Patch]) -> str | None:
    """Say what *patches*, all within *context*, do that its pragma does not grant."""
    if context.why:
        return f"shortens a context although {context.why}"
    if context.query:
        exact = set(patches) == set(deferred(before, context))
        return None if exact else "writes other tags than the filter that a context becomes"
    marked = pruned(before, context, (context.core,))
    written = [patch for patch in patches if patch.text]
    if tuple(written) != marked:
        return f"writes {written[-1].text!r} into a context"
    cut = sorted(patch.span for patch in patches if not patch.text)
    if not all(context.core.covers(span) for span in cut):
        return "drops the white space around a context"
    left = before.text[slice(*context.core)]
    for start, stop in reversed(cut):
        left = left[: start - context.core.start] + left[stop - context.core.start :]
    return None if left.strip() else "drops all of a context"


def _in_examples(before: Template, patches: Sequence[Patch]) -> str | None:
    """Say what *patches* do besides taking whole examples away."""
    left = {patch.span for patch in patches}
    for patch in patches:
        if patch.text:
            return f"writes {patch.text!r}"
    if not left:
        return None
    for each in (*example_sets(before), *example_lists(before)):
        gone = {example.span for example in each} & left
        if each[-1].span in gone:
            return "drops the last example of a set"
        if gone and len(each) - len(gone) < LEAST:
            return f"leaves fewer than {LEAST} examples of a set"
        left -= gone
    return f"drops what is no example: {before.text[slice(*min(left))]!r}" if left else None


def _with(leaf: Leaf, patches: Sequence[Patch]) -> str:
    """The text of *leaf* after the patches within it."""
    text = leaf.text
    for span, new, *_ in sorted(patches, reverse=True):
        if leaf.span.covers(span):
            start = leaf.span.start
            text = text[: span.start - start] + new + text[span.stop - start :]
    return text

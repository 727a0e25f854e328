"""What every rendering of a template starts with, in numbers that a rule can compare."""

from __future__ import annotations

from promptc.analysis.chat_templates import is_chat_template
from promptc.analysis.prefix import static_prefix
from promptc.inspection import Lead, Subject
from promptc.ir import Output, Text
from promptc.results import Ending


def lead(subject: Subject) -> Lead | None:
    """The static start of a prompt; ``None`` where it can't be told.

    A chat template is no prompt by itself, and what looks like a hole in a plain text may be none.
    """
    template = subject.template
    if template.syntax.engine == "plain" and any(isinstance(x, Output) for x in template.leaves):
        return None
    if is_chat_template(template):
        return None
    prefix = static_prefix(template, load=subject.load, bindings=subject.bindings)
    tokens = prefix.tokens(subject.tokenizer)
    if prefix.end is None:
        return Lead(tokens, 0, "", "", 1, 1)
    line, column = _place(subject, prefix.end, prefix.span.stop)
    rest = _rest(subject, prefix.span.stop)
    shown = " ".join(prefix.end.text.split())
    shown = shown if len(shown) <= 40 else f"{shown[:39]}…"
    return Lead(tokens, rest, prefix.end.kind, shown, line, column)


def _place(subject: Subject, end: Ending, stop: int) -> tuple[int, int]:
    """Where in the template itself the prefix ends."""
    if end.source == subject.template.name:
        return end.line, end.column
    return subject.template.source.position(stop)


def _rest(subject: Subject, start: int) -> int:
    """Tokens of the text after *start* that every rendering shows."""
    texts = [
        node.text
        for node in subject.template.body
        if isinstance(node, Text) and node.span.start >= start
    ]
    return sum(subject.tokenizer.count(text) for text in texts if text.strip())

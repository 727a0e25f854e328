"""What became of the documents of a template, and which text could be one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from promptc.analysis.chat_templates import is_chat_template
from promptc.analysis.outlines import (
    Document,
    Granted,
    documents,
    hole,
    included_file,
    is_document,
    where,
)
from promptc.analysis.variables import variables
from promptc.errors import TemplateError
from promptc.ir import Leaf, Output, Tag, Template, Text
from promptc.outlining.bringing import Limits
from promptc.outlining.proving import Proofs
from promptc.rendering.calls import Call, filled
from promptc.results import Outline
from promptc.source import Span

SUGGESTED = 2_000
"""Tokens from which on text is suggested as a document."""

_ELEMENT = re.compile(r"<([A-Za-z][\w-]*)>[ \t]*\n(.*)\n[ \t]*</\1>", re.DOTALL)
_ASKS = ("question", "query", "user_question", "user_query", "user_input", "input", "message")


@dataclass(frozen=True)
class Told:
    """The documents of one template: as they were in *before*, and what *after* has in their place.

    *runs*: the pass that moves them was asked for.
    """

    before: Template
    after: Template
    leave: Granted
    proofs: Proofs
    runs: bool

    @cached_property
    def outlines(self) -> tuple[Outline, ...]:
        """One for each document, in order; text that stands in two places is one document."""
        found = {each.name: each for each in reversed(documents(self.before, self.leave))}
        return tuple(self._outline(each) for each in reversed(found.values()))

    @property
    def notes(self) -> Iterator[str]:
        """Say what stays where it is and why, and what could be a document."""
        for each in self.outlines:
            if not each.moved:
                yield f"{each.place}: this document is left as it is: {each.why}"
        for name in sorted(self.leave.files - {each.file for each in self.outlines}):
            yield f"granted and not included as a document: {name}"
        yield from self._suggestions()

    def tokens(self, text: str) -> int:
        """Tokens of a rendering, with what its calls of ``retrieve()`` bring.

        A document that this build knows nothing of counts with all the tokens that it may take.
        """
        unknown: list[int] = []

        def answer(call: Call) -> str:
            found = self.proofs.retrieved(call.name, call.query, Limits(call.k, call.tokens))
            if found is None:
                unknown.append(call.tokens)
            return found or ""

        return self.proofs.tokenizer.count(filled(text, answer)) + sum(unknown)

    def _outline(self, document: Document) -> Outline:
        name = document.name
        found = self.proofs.found.get(name)
        outline = found or Outline(name, before=self.proofs.tokenizer.count(document.text))
        moved = name in self._moved
        why = "" if moved else document.why or outline.why or self._idle
        place = where(self.before, document).removeprefix(f"{self.before.name}:")
        text = document.text if moved else ""
        return replace(outline, moved=moved, why=why, place=place, file=document.file, text=text)

    @property
    def _idle(self) -> str:
        return "the pass was left out" if self.runs else "-O3 runs outline-docs"

    @cached_property
    def _moved(self) -> frozenset[str]:
        """The names that *after* retrieves where a document stood."""
        spans = [each.span for each in self.after.pragmas if each.name == "outlined"]
        outputs = (leaf for leaf in self.after.leaves if isinstance(leaf, Output))
        calls = (hole(x.text) for x in outputs if any(span.covers(x.span) for span in spans))
        return frozenset(call.name for call in calls if call)

    def _suggestions(self) -> Iterator[str]:
        """Say which large text could be a document, and how to mark it."""
        template = self.before
        if template.syntax.engine != "jinja" or is_chat_template(template):
            return
        marked = [each.span for each in template.pragmas]
        for leaf in template.leaves:
            if leaf.locked or any(span.covers(leaf.span) for span in marked):
                continue
            if isinstance(leaf, Text):
                yield from self._of_text(leaf)
            elif isinstance(leaf, Tag) and leaf.name == "include":
                yield from self._of_include(leaf)

    def _of_text(self, leaf: Leaf) -> Iterator[str]:
        span, name = _core(leaf)
        tokens = self.proofs.tokenizer.count(self.before.text[slice(*span)])
        if tokens < SUGGESTED:
            return
        text = self.before.text
        first, last = (text.count("\n", 0, at) + 1 for at in (span.start, span.stop))
        opening = f"{{# promptc: document {name} query={self._query} #}}"
        yield (
            f"lines {first} to {last} take {tokens:,} tokens; if a question needs little of them, "
            f"put {opening} before and {{# promptc: end #}} after, and -O3 retrieves it"
        )

    def _of_include(self, leaf: Tag) -> Iterator[str]:
        file = included_file(self.before, leaf)
        if not file or not is_document(file) or file in self.leave.files:
            return
        source = self.leave.load(file)
        tokens = self.proofs.tokenizer.count(source.text) if source else 0
        if tokens >= SUGGESTED:
            yield (
                f"{file} takes {tokens:,} tokens; if a question needs little of it, write "
                f'grant = ["{file}"] and query = "{self._query}" into {self.before.name}.toml, '
                "and -O3 retrieves it"
            )

    @cached_property
    def _query(self) -> str:
        """A variable that looks like the question."""
        if self.leave.query:
            return self.leave.query
        try:
            read = variables(self.before)
        except TemplateError:
            read = frozenset()
        return next((name for name in _ASKS if name in read), _ASKS[0])


def _core(leaf: Leaf) -> tuple[Span, str]:
    """The part of *leaf* that an element holds, and its name, where that is most of it."""
    match = max(_ELEMENT.finditer(leaf.text), key=lambda each: len(each[2]), default=None)
    if match and 2 * len(match[2]) > len(leaf.text):
        start = leaf.span.start
        return Span(start + match.start(2), start + match.end(2)), match[1]
    lead = len(leaf.text) - len(leaf.text.lstrip())
    size = len(leaf.text.strip())
    return Span(leaf.span.start + lead, leaf.span.start + lead + size), "document"

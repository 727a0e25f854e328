"""What became of the documents of a template, and which text could be one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from promptc.analysis.chat_templates import is_chat_template
from promptc.analysis.documents import documents as inlined
from promptc.analysis.outlines import (
    Document,
    Granted,
    documents,
    hole,
    where,
)
from promptc.analysis.variables import variables
from promptc.errors import TemplateError
from promptc.ir import Output, Template, Text
from promptc.outlining.bringing import Limits
from promptc.outlining.proving import Proofs
from promptc.rendering.calls import Call, filled
from promptc.results import Outline
from promptc.source import Span

SUGGESTED = 2_000
"""Tokens from which on text is suggested as a document."""

_ASKS = ("question", "query", "user_question", "user_query", "user_input", "input", "message")


@dataclass(frozen=True)
class Told:
    """The documents of one template: as they were in *before*, and what *after* has in their place.

    *idle* says why one stays that could be moved.
    """

    before: Template
    after: Template
    leave: Granted
    proofs: Proofs
    idle: str

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

    @property
    def included(self) -> int:
        """Tokens of the files that were moved, which the literal text did not hold before."""
        return sum(each.before for each in self.outlines if each.moved and each.file)

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
        why = "" if moved else document.why or outline.why or self.idle
        place = where(self.before, document).removeprefix(f"{self.before.name}:")
        text = outline.text if moved else ""
        return replace(outline, moved=moved, why=why, place=place, file=document.file, text=text)

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
        taken = [each.span for each in template.pragmas]
        taken += [each.span for each in documents(template, self.leave)]
        for found in inlined(template, self.leave.load, SUGGESTED):
            if not any(span.overlaps(found.span) for span in taken):
                taken.append(found.span)
                yield from self._suggestion(found.span, found.text, found.what)
        for leaf in template.leaves:
            free = not leaf.locked and not any(span.overlaps(leaf.span) for span in taken)
            if isinstance(leaf, Text) and free:
                yield from self._suggestion(leaf.span.stripped(template.text), leaf.text, "")

    def _suggestion(self, span: Span, text: str, what: str) -> Iterator[str]:
        tokens = self.proofs.tokenizer.count(text)
        if tokens < SUGGESTED:
            return
        first, last = (self.before.text.count("\n", 0, at) + 1 for at in (span.start, span.stop))
        size = f"{tokens:,} tokens; if a question needs little of them"
        file = what.removeprefix("the included document ")
        if file != what:
            yield (
                f'{first}:1: {file} takes {size}, write grant = ["{file}"] and query = '
                f'"{self._query}" into {self.before.name}.toml, and -O3 retrieves it'
            )
            return
        name = what.partition("<")[2].rstrip(">") or "document"
        inside = f", inside <{name}>," if "<" in what else ""
        yield (
            f"{first}:1: lines {first} to {last} take {size}, put {{# promptc: document {name} "
            f"query={self._query} #}} before{inside} and {{# promptc: end #}} after, and -O3 "
            "retrieves it"
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

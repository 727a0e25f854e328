"""Documents that stand inside a template: text to read, not to obey."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import NamedTuple

from promptc.analysis.expressions import parts
from promptc.analysis.kinds import Spans
from promptc.analysis.mask import HOLE, TAG, masked
from promptc.errors import TemplateError
from promptc.files.includes import Load
from promptc.ir import Tag, Template
from promptc.source import Span

_OPENING = re.compile(r"<(?P<name>[A-Za-z][\w.-]*)(?:\s[^<>\n]*)?>")
#: Elements that tell a model what to do, or show it how.
_TELLS = re.compile(
    r"instruct|rule|guid|example|sample|shot|task|prompt|system|tool|format|schema|role|persona"
    r"|step|think|plan|behavi|principle|constraint|requirement|policy_?reminder|output|answer"
    r"|response|workflow|process|style|tone|identity|capabilit|function|note|important|critical"
    r"|overview|objective|goal|method|strateg|template|spec|section|agent|assistant|mode|html|body"
    r"|div|pre|code|script|style|table|details|planning|editing|communication|safety|memory",
    re.IGNORECASE,
)
_NAME = re.compile(r"""\s*(["'])((?:(?!\1)[^\\])+)\1""")
_TEXTS = {".md", ".txt", ".rst", ".csv", ".tsv", ".html", ".xml", ".json", ".yaml", ".yml"}


class Document(NamedTuple):
    """An inlined document: *span* is where it stands in the template, *what* names it."""

    span: Span
    text: str
    what: str


def documents(template: Template, load: Load, least: int) -> Iterator[Document]:
    """Every document of at least *least* characters that is one stretch of literal text.

    What a ``document`` comment marks, what stands in an element that does not sound like
    instructions, and what an ``include`` brings in from a text file. None stands in another.
    """
    if template.syntax.engine == "jinja":
        yield from _included(template, load, least)
    if len(template.text) < least:
        return
    taken: list[Span] = []
    for found in (*_marked(template), *_elements(template)):
        inside = Spans(taken).overlaps(found.span)
        if len(found.text) >= least and not inside:
            taken.append(found.span)
            yield found


def _marked(template: Template) -> Iterator[Document]:
    text = masked(template)
    for pragma in template.pragmas:
        shown = text[slice(*pragma.inner)]
        if pragma.name == "document" and _literal(shown):
            yield Document(pragma.inner, shown, "this marked document")


def _elements(template: Template) -> Iterator[Document]:
    """Elements, outer before inner, in which nothing is filled in and nothing is decided."""
    text = masked(template)
    at = 0
    while match := _OPENING.search(text, at):
        at = match.end()
        close = text.find(f"</{match['name']}>", at)
        if close < 0 or _TELLS.search(match["name"]):
            continue
        shown = text[at:close]
        if _literal(shown):
            yield Document(Span(match.start(), close), shown, f"the document in <{match['name']}>")
            at = close


def _included(template: Template, load: Load, least: int) -> Iterator[Document]:
    for leaf in template.leaves:
        if not isinstance(leaf, Tag) or leaf.name != "include":
            continue
        match = _NAME.match(parts(leaf).argument)
        if match is None or PurePosixPath(match[2]).suffix.lower() not in _TEXTS:
            continue
        try:
            source = load(match[2])
        except TemplateError:
            continue
        if source and len(source.text) >= least and "{{" not in source.text:
            span = leaf.span.stripped(template.text)
            yield Document(span, source.text, f"the included document {match[2]}")


def _literal(shown: str) -> bool:
    return HOLE not in shown and TAG not in shown

"""Regions that a template lets be shortened: ``{# promptc: context rate=0.4 #} … end``.

Without a question the region is pruned once, at build, and its opening pragma becomes ``pruned``.
With one, ``query=question``, it becomes a filter block that shortens it at run time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from promptc.analysis.arguments import Reader, arguments, query, rate, whole
from promptc.budget import Budget
from promptc.errors import TemplateError
from promptc.ir import Comment, Leaf, Patch, Pragma, Tag, Template, Text, origin_of
from promptc.source import Span

_COMMENT = re.compile(r"\{#(?P<left>[-+]?)(?P<inner>.*?)(?P<right>[-+]?)#\}", re.DOTALL)
_CALL = re.compile(r"context\b.*\S", re.DOTALL)
_EXAMPLE = "write it as {# promptc: context rate=0.4 #}"
#: What a filter block would change: names set in it end with it, and a jump out of it loses text.
_STAYS = frozenset(
    {"block", "break", "continue", "extends", "from", "import", "macro", "set", "set ="}
)


@dataclass(frozen=True)
class Context:
    """A region between ``context`` and ``end``.

    *query* is the name that holds the question, empty where there is none. *why* says what keeps
    it from being shortened, empty where nothing does. *core* is its text, less the white space at
    its ends; empty unless it is one stretch of text.
    """

    pragma: Pragma
    budget: Budget
    query: str
    why: str
    core: Span

    def start(self, template: Template) -> Span:
        """The comment that opens the region, without the white space it eats."""
        return Span(self.pragma.span.start, self.pragma.inner.start).stripped(template.text)

    def end(self, template: Template) -> Span:
        """The comment that ends the region."""
        return Span(self.pragma.inner.stop, self.pragma.span.stop).stripped(template.text)


def contexts(template: Template) -> tuple[Context, ...]:
    """Every context of *template*, in order; raise `TemplateError` for arguments that are wrong."""
    found = (each for each in template.pragmas if each.name == "context")
    return tuple(_context(template, each) for each in found)


def pruned(template: Template, context: Context, kept: Iterable[Span]) -> tuple[Patch, ...]:
    """The patches that leave *kept*, spans of the core in order, and say that it was pruned."""
    opening = context.start(template)
    call = _CALL.search(template.text, opening.start, _inner_stop(template, opening))
    assert call is not None
    patches = [Patch(Span(*call.span()), "pruned")]
    at = context.core.start
    for span in (*kept, Span(context.core.stop, context.core.stop)):
        if at < span.start:
            patches.append(Patch(Span(at, span.start), ""))
        at = span.stop
    return tuple(patches)


def deferred(template: Template, context: Context) -> tuple[Patch, ...]:
    """The patches that have the region shortened whenever it is rendered."""
    given = {"rate": context.budget.rate, "tokens": context.budget.tokens, "query": context.query}
    call = ", ".join(f"{name}={value}" for name, value in given.items() if value is not None)
    tags = (f"filter compress({call})", "endfilter")
    spans = (context.start(template), context.end(template))
    return tuple(
        Patch(span, _tag(template, span, tag)) for span, tag in zip(spans, tags, strict=True)
    )


def where(template: Template, context: Context) -> str:
    """File, line and column of the pragma that opens *context*."""
    return _locate(template, context.start(template))


def _tag(template: Template, span: Span, text: str) -> str:
    match = _COMMENT.fullmatch(template.text, *span)
    assert match is not None
    return f"{{%{match['left']} {text} {match['right']}%}}"


def _inner_stop(template: Template, span: Span) -> int:
    match = _COMMENT.fullmatch(template.text, *span)
    assert match is not None
    return match.end("inner")


def _locate(template: Template, span: Span) -> str:
    """Where *span* came from; a pragma of another file is named by that file."""
    name, origin = origin_of(template, span) or (template.name, Span(0, 0))
    return template.source.locate(origin.start) if name == template.name else name


def _context(template: Template, pragma: Pragma) -> Context:
    opening = Span(pragma.span.start, pragma.inner.start).stripped(template.text)
    try:
        budget, query = _arguments(pragma.arguments)
    except ValueError as error:
        raise TemplateError(f"{_locate(template, opening)}: context: {error}") from None
    inside = [leaf for leaf in template.leaves if pragma.inner.covers(leaf.span)]
    why = (_moving if query else _fixed)(template, inside)
    core = Span(0, 0) if query or why else inside[0].span.stripped(template.text)
    return Context(pragma, budget, query, why, core)


def _arguments(text: str) -> tuple[Budget, str]:
    """The budget and the name of the question; raise `ValueError` for anything else."""
    values = arguments(text, _READ, _EXAMPLE)
    if "rate" not in values and "tokens" not in values:
        raise ValueError(f"how much may stay is not said; add rate= or tokens=: {_EXAMPLE}")
    return Budget(rate=values.get("rate"), tokens=values.get("tokens")), values.get("query", "")


_READ: dict[str, Reader] = {"rate": rate, "tokens": whole("tokens", 400), "query": query}


def _fixed(template: Template, inside: list[Leaf]) -> str:
    """What keeps a region from being pruned at build."""
    if any(leaf.locked for leaf in inside):
        return "it is locked"
    if len(inside) > 1 or not all(isinstance(leaf, Text) for leaf in inside):
        return (
            "it holds more than text; end it before each hole and tag, or give it query= to have "
            "it shortened at run time"
        )
    if not inside or not inside[0].text.strip():
        return "it is empty"
    if template.syntax.engine == "format" and re.search("[{}]", inside[0].text):
        return "it holds braces, and a format string without one of a pair is none"
    return ""


def _moving(template: Template, inside: list[Leaf]) -> str:
    """What keeps a region from being shortened at run time."""
    if template.syntax.engine != "jinja":
        return "only Jinja templates can shorten at run time; remove query="
    if any(leaf.locked for leaf in inside):
        return "it is locked"
    tags = [leaf.name for leaf in inside if isinstance(leaf, Tag) and leaf.name in _STAYS]
    if tags:
        name = tags[0].removesuffix(" =")
        return f"it holds {{% {name} %}}, which would end with it; move that out"
    return "" if any(not isinstance(leaf, Comment) for leaf in inside) else "it is empty"

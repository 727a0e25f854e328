"""What a template costs in tokens, before anything is known about its variables."""

from __future__ import annotations

from collections.abc import Iterable

from promptc.analysis.expressions import parts
from promptc.analysis.outlines import hole
from promptc.ir import Block, Node, Output, Template, Text
from promptc.protocols import Tokenizer
from promptc.source import Span
from promptc.syntax import Syntax


def segments(template: Template) -> tuple[str, ...]:
    """The literal text between neighboring holes; tags and comments join what they part.

    There is one more segment than there are holes.
    """
    found: list[list[str]] = [[]]
    for leaf in template.leaves:
        if isinstance(leaf, Output):
            found.append([])
        elif isinstance(leaf, Text):
            found[-1].append(leaf.text)
    return tuple(read("".join(parts), template.syntax) for parts in found)


def segment_spans(template: Template) -> tuple[Span, ...]:
    """For each of `segments` the stretch of the template's text that it was read from."""
    holes = [leaf.span for leaf in template.leaves if isinstance(leaf, Output)]
    starts = [0, *(span.stop for span in holes)]
    stops = [*(span.start for span in holes), len(template.text)]
    return tuple(map(Span, starts, stops))


def static_tokens(template: Template, tokenizer: Tokenizer) -> int:
    """Tokens of the literal text: every `Text` once, encoded with its neighbors, holes left out.

    Save those of ``retrieve()``, which count as the tokens that may take the place of a document.
    """
    literal = sum(tokenizer.count(text) for text in segments(template) if text)
    outputs = (leaf.text for leaf in template.leaves if isinstance(leaf, Output))
    return literal + sum(found.tokens for text in outputs if (found := hole(text)))


def read(text: str, syntax: Syntax) -> str:
    """Literal *text* as the model reads it: a format string doubles its braces."""
    if syntax.engine != "format":
        return text
    return text.replace("{{", "{").replace("}}", "}")


def symbolic(template: Template, tokenizer: Tokenizer) -> str:
    """The cost as a formula over the template's variables.

    ``52 + tokens(question) + len(docs) * (9 + tokens(doc.text))``: every arm of an ``if`` counts
    once, so this is an upper bound where arms exclude each other.
    """
    return _formula(template.body, template.syntax, tokenizer) or "0"


def _formula(nodes: Iterable[Node], syntax: Syntax, tokenizer: Tokenizer) -> str:
    literal: list[str] = [""]
    terms: list[str] = []
    _collect(nodes, syntax, tokenizer, literal, terms)
    static = sum(tokenizer.count(read(text, syntax)) for text in literal if text)
    return " + ".join([*([str(static)] if static else []), *terms])


def _collect(
    nodes: Iterable[Node],
    syntax: Syntax,
    tokenizer: Tokenizer,
    literal: list[str],
    terms: list[str],
) -> None:
    for node in nodes:
        if isinstance(node, Text):
            literal[-1] += node.text
        elif isinstance(node, Output):
            literal.append("")
            inner = parts(node).inner.strip() if syntax.engine == "jinja" else node.text
            terms.append(f"tokens({inner})")
        elif isinstance(node, Block) and node.name == "for":
            literal.append("")
            body = _formula(node.clauses[0].body, syntax, tokenizer)
            if body:
                terms.append(f"{_times(node)} * ({body})")
            for clause in node.clauses[1:]:
                _collect(clause.body, syntax, tokenizer, literal, terms)
        elif isinstance(node, Block):
            for clause in node.clauses:
                _collect(clause.body, syntax, tokenizer, literal, terms)


def _times(loop: Block) -> str:
    """``len(items)`` for ``{% for item in items if … recursive %}``."""
    _, _, iterated = parts(loop.clauses[0].tag).argument.partition(" in ")
    return f"len({iterated.strip()})"

"""Source to IR.

Jinja's own AST keeps line numbers only and forgets comments and whitespace control, so the tree
is built from its token stream with the offsets recovered. Jinja's parser still has the last word
on what is a template: what it rejects is a `TemplateError`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

from promptc.errors import TemplateError
from promptc.ir import Block, Clause, Comment, Leaf, Node, Output, Tag, Template, Text, leaves
from promptc.parse import pragmas, rejection
from promptc.source import Mapping, Note, Source, Span
from promptc.syntax import Syntax

MAX_DEPTH = 100
"""CPython compiles no deeper nesting, so Jinja can't either."""

BLOCKS = {
    "autoescape", "block", "call", "filter", "for", "generation", "if", "macro", "raw", "trans",
    "with",
}  # fmt: skip
ALONE = {
    "break", "continue", "debug", "do", "elif", "else", "extends", "from", "import", "include",
    "pluralize", "print", "set",
}  # fmt: skip
MIDDLES = {"if": {"elif", "else"}, "for": {"else"}, "trans": {"pluralize"}}

_OPENS = {
    "variable_begin", "block_begin", "comment_begin", "raw_begin", "raw_end",
    "linestatement_begin", "linecomment_begin",
}  # fmt: skip
_CLOSES = {
    "variable_end", "block_end", "comment_end", "raw_begin", "raw_end",
    "linestatement_end", "linecomment_end",
}  # fmt: skip
_RAW = {"raw_begin": "raw", "raw_end": "endraw"}
_FRONT_MATTER = re.compile(r"---[ \t]*\n.*?^---[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_FIELD = re.compile(
    r"\{\{[ \t]*[^\W\d][\w.]*[ \t]*\}\}"
    r"|\$\{[ \t]*[^\W\d][\w.]*[ \t]*\}"
    r"|\{(?:[^\W\d][\w.\[\]]*|\d+|(?<!\{\{)(?!\}\}))(?:![rsa])?(?::[^{}\n]*)?\}"
    r"|%(?:\([^\W\d]\w*\))?[-+ #0]*(?:\d+|\*)?(?:\.(?:\d+|\*))?[sdifgrxeo](?![A-Za-z])"
    r"|<[A-Z][A-Z0-9_]*>"
)
_LITERAL_PRAGMA = re.compile(r"\{#-?[ \t]*promptc:[^#\n]*#\}")


def parse(source: Source, syntax: Syntax | None = None) -> Template:
    """Parse *source* into a lossless tree; raise `TemplateError` where Jinja would."""
    text = source.text
    _check_characters(source)
    whole = Span(0, len(text))
    origins = (Mapping(whole, whole, True, source.name),) if text else ()
    return parse_text(text, origins, source, syntax or Syntax())


def _check_characters(source: Source) -> None:
    """Raise `TemplateError` where a text that was never a file holds what no file can."""
    try:
        source.text.encode()
    except UnicodeEncodeError as error:
        raise TemplateError(
            f"{source.locate(error.start)}: U+{ord(source.text[error.start]):04X} is half of a "
            "character; write the whole character"
        ) from None


def parse_text(
    text: str,
    origins: tuple[Mapping, ...],
    source: Source,
    syntax: Syntax,
    *,
    trusted: bool = False,
) -> Template:
    """Parse *text*, a rewrite of *source* that *origins* leads back from.

    *trusted*: the tags and holes are known to be those of a parsed template, so that Jinja's
    parser need not look at them again.
    """
    here = Source(text, source.name)
    head = _front_matter(text) if syntax.front_matter else ""
    front = [Comment(head, Span(0, len(head)))] if head else []
    lex = _lex_jinja if syntax.engine == "jinja" else _lex_literal
    flat = [*front, *lex(here, len(head), syntax)]
    unknown = _unknown_tags(flat)
    body = _nest(flat, here, unknown)
    if syntax.engine == "jinja" and not trusted:
        rejection.validate(here, Span(len(head), len(text)), syntax, unknown, flat)
    found = pragmas.find(body, here)
    body = pragmas.lock(body, found)
    notes = tuple(Note(tag.span, _unknown_note(tag)) for tag in unknown.values())
    return Template(source, text, body, origins, syntax, found, notes)


def unknown_tags(template: Template) -> frozenset[tuple[str, bool]]:
    """Names of the tags that Jinja doesn't know, and whether each has an end."""
    names = {leaf.name for leaf in template.leaves if isinstance(leaf, Tag)}
    return frozenset((name, f"end{name}" in names) for name in _unknown_tags(list(template.leaves)))


def _unknown_note(tag: Tag) -> str:
    return f"{{% {tag.name} %}} is not a Jinja tag; it is kept as it is"


def _front_matter(text: str) -> str:
    match = _FRONT_MATTER.match(text)
    return match.group() if match else ""


def _lex_jinja(here: Source, begin: int, syntax: Syntax) -> Iterator[Leaf]:
    """Cut the text from *begin* into leaves that cover it without a gap."""
    text = here.text[begin:]
    start = stop = 0
    name = ""
    assigns, depth = False, 0
    for kind, value in rejection.tokens(here, begin, syntax):
        at = text.index(value, stop)  # past the whitespace that a '{%-' ate, if any
        if kind in _OPENS:
            start, name, assigns, depth = stop, "", False, 0
        stop = at + len(value)
        if kind == "name" and not name:
            name = value
        elif kind == "operator":
            depth += (value in "([{") - (value in ")]}")
            assigns = assigns or (value == "=" and depth == 0)
        elif kind == "data":
            yield from _text(text[at:stop], begin + at, last=stop == len(text), syntax=syntax)
        elif kind in _CLOSES:
            span = Span(begin + start, begin + stop)
            raw = text[start:stop]
            if kind in ("comment_end", "linecomment_end"):
                yield Comment(raw, span)
            elif kind == "variable_end":
                yield Output(raw, span)
            else:
                name = _RAW.get(kind, name)
                yield Tag(raw, span, name="set =" if name == "set" and assigns else name)


def _text(value: str, at: int, *, last: bool, syntax: Syntax) -> Iterator[Leaf]:
    """A `Text`, and the final line end by itself where Jinja drops it."""
    dropped = last and not syntax.keep_trailing_newline and value.endswith("\n")
    cut = len(value) - dropped
    if cut:
        yield Text(value[:cut], Span(at, at + cut))
    if dropped:
        yield Comment("\n", Span(at + cut, at + cut + 1))


def _lex_literal(here: Source, begin: int, syntax: Syntax) -> Iterator[Leaf]:
    """Cut a text without tags into holes, pragmas and the text between."""
    holes = _FIELD.finditer(here.text, begin)
    notes = _LITERAL_PRAGMA.finditer(here.text, begin)
    at = begin
    for match in sorted(chain(holes, notes), key=lambda m: m.start()):
        if match.start() < at:
            continue
        if match.start() > at:
            yield Text(here.text[at : match.start()], Span(at, match.start()))
        kind = Comment if match.re is _LITERAL_PRAGMA else Output
        yield kind(match.group(), Span(*match.span()))
        at = match.end()
    if at < len(here.text):
        yield Text(here.text[at:], Span(at, len(here.text)))


def _unknown_tags(flat: list[Leaf]) -> dict[str, Tag]:
    """The first use of each tag name that Jinja doesn't know."""
    names = {leaf.name: leaf for leaf in reversed(flat) if isinstance(leaf, Tag)}
    known = BLOCKS | ALONE | {"set ="} | {f"end{name}" for name in (*BLOCKS, "set")}
    return {
        name: tag
        for name, tag in names.items()
        if name not in known and not (name.startswith("end") and name[3:] in names)
    }


def _nest(flat: list[Leaf], here: Source, unknown: dict[str, Tag]) -> tuple[Node, ...]:
    """Fold a flat run of leaves into blocks."""
    ended = {leaf.name[3:] for leaf in flat if isinstance(leaf, Tag) and leaf.name[:3] == "end"}
    openers = BLOCKS | {"set"} | (ended & unknown.keys())
    stack: list[_Open] = []
    body: list[Node] = []
    for leaf in flat:
        name = leaf.name if isinstance(leaf, Tag) else ""
        if name in openers:
            stack.append(_Open(leaf, body))  # type: ignore[arg-type]
            body = stack[-1].body
            if len(stack) > MAX_DEPTH:
                raise TemplateError(
                    f"{here.locate(_start(leaf))}: blocks are nested more than {MAX_DEPTH} deep, "
                    "which Jinja can't compile; move the inner ones into a macro or an include"
                )
        elif stack and name in MIDDLES.get(stack[-1].name, ()):
            body = stack[-1].next_clause(leaf)  # type: ignore[arg-type]
        elif name.startswith("end") and name[3:] in openers:
            if not stack or stack[-1].name != name[3:]:
                raise TemplateError(_crossed(leaf, stack, here))
            block, body = stack[-1].close(leaf, unknown), stack.pop().outside  # type: ignore[arg-type]
            body.append(block)
        else:
            body.append(leaf)
    if stack:
        tag = stack[-1].tag
        raise TemplateError(
            f"{here.locate(_start(tag))}: {{% {tag.name} %}} is never closed; "
            f"add {{% end{tag.name} %}}"
        )
    return tuple(body)


class _Open:
    """A block whose end has not been seen."""

    def __init__(self, tag: Tag, outside: list[Node]) -> None:
        self.tag, self.outside = tag, outside
        self.body: list[Node] = []
        self.clauses: list[tuple[Tag, list[Node]]] = [(tag, self.body)]

    @property
    def name(self) -> str:
        return self.tag.name

    def next_clause(self, tag: Tag) -> list[Node]:
        self.body = []
        self.clauses.append((tag, self.body))
        return self.body

    def close(self, end: Tag, unknown: dict[str, Tag]) -> Block:
        opaque = self.name in unknown
        clauses = tuple(Clause(tag, tuple(body)) for tag, body in self.clauses)
        block = Block(clauses, end, opaque)
        return pragmas.locked(block) if opaque else block


def _crossed(tag: Leaf, stack: list[_Open], here: Source) -> str:
    where = here.locate(_start(tag))
    name = tag.name  # type: ignore[attr-defined]
    if not stack:
        return f"{where}: {{% {name} %}} closes nothing; remove it, or open {{% {name[3:]} %}}"
    opened = stack[-1]
    line, _ = here.position(_start(opened.tag))
    return (
        f"{where}: {{% {name} %}} comes while {{% {opened.name} %}} of line {line} is open; "
        f"add {{% end{opened.name} %}} before it"
    )


def _start(leaf: Leaf) -> int:
    """Where the tag itself starts, past the whitespace that it ate."""
    return leaf.span.start + len(leaf.text) - len(leaf.text.lstrip())


__all__ = ["MAX_DEPTH", "leaves", "parse", "parse_text", "unknown_tags"]

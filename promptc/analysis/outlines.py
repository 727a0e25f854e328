"""Documents that a template gives leave to move behind ``retrieve()``.

A region is marked by ``{# promptc: document handbook query=question #} … {# promptc: end #}``. An
``{% include "handbook.md" %}`` is a document where the grant names the file.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from promptc.analysis.arguments import Reader, arguments, query, whole
from promptc.analysis.expressions import parts
from promptc.analysis.given import around, lacking
from promptc.analysis.inclusion import Load
from promptc.errors import TemplateError
from promptc.files.includes import joined
from promptc.ir import Comment, Leaf, Patch, Pragma, Tag, Template, Text, origin_of
from promptc.parse import parse
from promptc.protocols import PassContext
from promptc.source import Source, Span

SUFFIXES = frozenset({".md", ".txt", ".html", ".htm", ".pdf"})
"""Files that an include may bring in as a document."""

_EXAMPLE = "write it as {# promptc: document handbook query=question #}"
_CALL = re.compile(r"document\b.*\S", re.DOTALL)
_COMMENT = re.compile(r"\{#[-+]?(?P<inner>.*?)[-+]?#\}", re.DOTALL)
_NAMED = re.compile(r"\s*([A-Za-z0-9][\w./-]*)(?=\s|\Z)\s*(.*)", re.DOTALL)
_ONE_FILE = re.compile(r"""(["'])((?:(?!\1)[^\\])+)\1(?:\s+with(?:out)?\s+context)?""")
_QUOTED = re.compile(r"""(["'])((?:(?!\1)[^\\\n])+)\1""")
_PLAIN_NAME = re.compile(r"[^\"\\{}%#\n]+")
#: Blocks around a document that leave its text as it is, and in their place.
_PLAIN = frozenset({"autoescape", "block", "if", "with"})


@dataclass(frozen=True)
class Document:
    """Text that may move behind ``retrieve(name, …)``.

    *span* is the region with its two comments, or the tag that includes *file*. *core* is the text
    that goes, less the white space at its ends; of an include it is the tag. *k* and *tokens* are
    what the pragma says, 0 where it leaves them to the build. *query* is the name that holds the
    question. *why* says what keeps the document where it is, empty where nothing does.
    """

    name: str
    span: Span
    core: Span
    text: str
    query: str
    k: int = 0
    tokens: int = 0
    file: str = ""
    why: str = ""


@dataclass(frozen=True)
class Granted:
    """What one template may move: the *files* that its grant names, read by *load*.

    *query* is the name that holds the question where a pragma doesn't say it. *samples* and
    *bindings* show which names have a value.
    """

    files: frozenset[str] = frozenset()
    query: str = ""
    load: Load = lambda name: None
    samples: Sequence[Mapping[str, Any]] = ()
    bindings: Mapping[str, Any] = field(default_factory=dict)


def granted(ctx: PassContext) -> Granted:
    """What the template that *ctx* was made for may move."""
    return Granted(files(ctx.grant), ctx.query, ctx.load, ctx.samples, ctx.bindings)


def files(grant: Collection[str]) -> frozenset[str]:
    """Those names in *grant* that are files, not passes."""
    return frozenset(each for each in grant if is_document(each))


def is_document(name: str) -> bool:
    """Whether a file of this *name* can be a document."""
    return PurePosixPath(name).suffix.lower() in SUFFIXES


def documents(template: Template, leave: Granted) -> tuple[Document, ...]:
    """Every document of *template*, in order; raise `TemplateError` for a wrong pragma."""
    marked = [_region(template, p, leave) for p in template.pragmas if p.name == "document"]
    found = sorted([*marked, *_included(template, leave)], key=lambda each: each.span)
    first: dict[str, Document] = {}
    for each in found:
        other = first.setdefault(each.name, each)
        if other.text != each.text and not (other.why or each.why):
            raise TemplateError(
                f"{where(template, each)}: document: {each.name!r} is the name of another "
                f"document, at {where(template, other)}; choose another name"
            )
    return tuple(found)


def outlined(template: Template, document: Document, call: Hole) -> tuple[Patch, ...]:
    """The patches that put the hole *call* in the place of *document*, for no pass to enter."""
    if document.file:
        tag = parts(next(leaf for leaf in template.leaves if leaf.span == document.span))
        begin, end = tag.begin.removesuffix("{%"), tag.end.removeprefix("%}")
        opening = f"{begin}{{#{tag.left} promptc: outlined +#}}"
        closing = f"{{#+ promptc: end {tag.right}#}}{end}"
        return (Patch(document.span, f"{opening}{call}{closing}"),)
    opening_span = _opening(template, document.span)
    match = _COMMENT.fullmatch(template.text, *opening_span)
    assert match is not None
    said = _CALL.search(template.text, opening_span.start, match.end("inner"))
    assert said is not None
    return Patch(Span(*said.span()), "outlined"), Patch(document.core, str(call))


class Hole(NamedTuple):
    """What ``{{ retrieve(name, query=…, k=…, tokens=…) }}`` asks for."""

    name: str
    query: str
    k: int
    tokens: int

    def __str__(self) -> str:
        told = f'"{self.name}", query={self.query}, k={self.k}, tokens={self.tokens}'
        return f"{{{{ retrieve({told}) }}}}"


_HOLE = re.compile(
    r'\{\{ retrieve\("(?P<name>[^"\\]+)", query=(?P<query>[\w.]+), k=(?P<k>[1-9]\d*), '
    r"tokens=(?P<tokens>[1-9]\d*)\) \}\}"
)


def hole(text: str) -> Hole | None:
    """Read a hole as promptc writes it; ``None`` for every other text.

    >>> hole('{{ retrieve("faq", query=q, k=4, tokens=600) }}')
    Hole(name='faq', query='q', k=4, tokens=600)
    """
    match = _HOLE.fullmatch(text)
    if match is None:
        return None
    return Hole(match["name"], match["query"], int(match["k"]), int(match["tokens"]))


def where(template: Template, document: Document) -> str:
    """File, line and column of *document*; one in another file is named by that file."""
    name, origin = origin_of(template, document.span) or (template.name, Span(0, 0))
    if name != template.name:
        return name
    at = origin.start
    text = template.source.text
    while at < origin.stop and text[at].isspace():
        at += 1
    return template.source.locate(at)


def _region(template: Template, pragma: Pragma, leave: Granted) -> Document:
    inside = [leaf for leaf in template.leaves if pragma.inner.covers(leaf.span)]
    alone = len(inside) == 1 and isinstance(inside[0], Text)
    core = inside[0].span.stripped(template.text) if alone else Span(0, 0)
    text = template.text[slice(*core)]
    empty = Document("", pragma.span, core, text, leave.query)
    try:
        document = _read(pragma.arguments, empty)
    except ValueError as error:
        raise TemplateError(f"{where(template, empty)}: document: {error}") from None
    why = _held(inside, alone=alone) or _held_outside(template, document, leave)
    return replace(document, why=why)


def _read(text: str, document: Document) -> Document:
    match = _NAMED.fullmatch(text)
    if match is None:
        raise ValueError(f"it has no name; {_EXAMPLE}")
    given = arguments(match[2], _READ, _EXAMPLE)
    return replace(document, name=match[1], **given)


_READ: dict[str, Reader] = {"query": query, "k": whole("k", 4), "tokens": whole("tokens", 600)}


def _held(inside: list[Leaf], *, alone: bool) -> str:
    if any(leaf.locked for leaf in inside):
        return "it is locked"
    if not any(leaf.text.strip() for leaf in inside):
        return "it is empty"
    return "" if alone else "it holds more than text; end it before each hole, tag and comment"


def _held_outside(template: Template, document: Document, leave: Granted) -> str:
    """What about the place of *document* keeps it there."""
    if template.syntax.engine != "jinja":
        return "only Jinja templates can retrieve"
    for arm in around(template, document.span):
        if arm.block.name not in _PLAIN:
            return f"it stands in {{% {arm.block.name.removesuffix(' =')} %}}; move it out of that"
    if not document.query:
        return "the question is not named; add query=, as query=question"
    return lacking(
        template,
        document.query,
        document.span,
        samples=leave.samples,
        bindings=leave.bindings,
    )


def _included(template: Template, leave: Granted) -> Iterator[Document]:
    if not leave.files or template.syntax.engine != "jinja":
        return
    for leaf in template.leaves:
        if isinstance(leaf, Tag) and leaf.name == "include":
            yield from _inclusion(template, leaf, leave)


def included_file(template: Template, leaf: Tag) -> str:
    """The one file that *leaf* includes and nothing else; empty where it does more, or nothing."""
    tag = parts(leaf)
    one = _ONE_FILE.fullmatch(tag.argument) if tag.known and leaf.name == "include" else None
    return _below(template, one[2]) if one else ""


def _below(template: Template, name: str) -> str:
    """*name* below the template folder; empty where it leads out, as no such file is ever read."""
    try:
        return joined(name, template.name)
    except TemplateError:
        return ""


def _inclusion(template: Template, leaf: Tag, leave: Granted) -> Iterator[Document]:
    one = included_file(template, leaf)
    named = [one] if one else [_below(template, each[2]) for each in _QUOTED.finditer(leaf.text)]
    for file in dict.fromkeys(named):
        if file in leave.files:
            yield _of_file(template, leaf, leave, file, whole=bool(one))


def _of_file(template: Template, leaf: Tag, leave: Granted, file: str, *, whole: bool) -> Document:
    document = Document(file, leaf.span, leaf.span, "", leave.query, file=file)
    if leaf.locked:
        return replace(document, why="it is locked")
    if not whole:
        return replace(document, why="its tag does more than include one file")
    if not _PLAIN_NAME.fullmatch(file):
        return replace(document, why="its name holds signs that a hole can't; rename it")
    source = leave.load(file)
    if source is None:
        return replace(document, why="the file can't be read")
    text = _lone_text(source, template)
    if text is None:
        return replace(document, why="it is a template itself: it holds tags, holes or comments")
    return replace(
        document,
        text=text,
        why=_held_outside(template, document, leave) or ("" if text.strip() else "it is empty"),
    )


def _lone_text(source: Source, template: Template) -> str | None:
    """The text of a file that is nothing else to Jinja."""
    try:
        found = parse(source, replace(template.syntax, front_matter=False))
    except TemplateError:
        return None
    shown = [leaf for leaf in found.leaves if not isinstance(leaf, Comment) or leaf.text != "\n"]
    alone = len(shown) == 1 and isinstance(shown[0], Text)
    return shown[0].text if alone else "" if not shown else None


def _opening(template: Template, span: Span) -> Span:
    """The comment that *span*, a region, begins with, without the white space it eats."""
    pragma = next(each for each in template.pragmas if each.span == span)
    return Span(pragma.span.start, pragma.inner.start).stripped(template.text)

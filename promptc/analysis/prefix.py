"""The text that every rendering of a template starts with: what a provider's cache can keep."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

from promptc.analysis import names
from promptc.analysis.constants import Scope
from promptc.analysis.cost import read
from promptc.analysis.expressions import Unknown, parts
from promptc.analysis.inclusion import Load
from promptc.errors import TemplateError
from promptc.ir import (
    Block,
    Clause,
    Comment,
    Leaf,
    Node,
    Output,
    Tag,
    Template,
    Text,
    blocks,
    origin_of,
)
from promptc.parse import parse
from promptc.protocols import Tokenizer
from promptc.results import Ending
from promptc.source import Source, Span

_MOST = 100
"""Files that are read for one prefix: files that include each other twice could be millions."""

_QUOTED = re.compile(r"""(["'])((?:(?!\1)[^\\])+)\1""")
_WORDS = r"(?:\s+ignore\s+missing)?(?:\s+with(?:out)?\s+context)?"
_NAMED = re.compile(_QUOTED.pattern + _WORDS)
_SUPER = re.compile(r"\s*super\(\s*\)\s*")

# Tags and blocks that print nothing, and blocks that print what stands in them.
_SILENT = frozenset({"set", "set =", "do", "import", "from", "macro"})
_OPEN = frozenset({"raw", "with", "block", "autoescape"})


@dataclass(frozen=True)
class Prefix:
    """The text that every rendering starts with.

    *end* is ``None`` where all of the prompt is static. *span* is the stretch of the template's own
    text that it was read from; *files* are the others that it runs through, in order.
    """

    text: str
    span: Span
    end: Ending | None
    files: tuple[str, ...] = ()

    def tokens(self, tokenizer: Tokenizer) -> int:
        """Tokens of the prefix; its last one may melt into what a rendering goes on with."""
        return tokenizer.count(self.text)


class _Run(NamedTuple):
    """What some nodes print in every rendering, up to *end*; ``None``: all of it."""

    text: str
    end: Ending | None = None


_Body: TypeAlias = "tuple[tuple[Node, ...], _Place]"


@dataclass(frozen=True)
class _Place:
    """The file that is walked, and what holds in it.

    *overrides* are, for each block name, the bodies that go before the one met here. *seen* is the
    furthest character read of each file, *opened* are the files read, once for each time. *ahead*
    says that what follows a choice may be read.
    """

    template: Template
    scope: Scope
    load: Load
    bindings: Mapping[str, Any]
    overrides: Mapping[str, tuple[_Body, ...]] = field(default_factory=dict)
    above: tuple[_Body, ...] = ()
    seen: dict[str, int] = field(default_factory=dict)
    opened: list[str] = field(default_factory=list)
    ahead: bool = True


def static_prefix(
    template: Template, *, load: Load = lambda name: None, bindings: Mapping[str, Any] | None = None
) -> Prefix:
    """The longest text that every rendering of *template* is known to start with.

    *load* reads the files that it includes or extends, *bindings* are variables known at build
    time. Of an ``if`` counts what its arms start with alike, of a loop what it shares with no turn
    at all. White space that ``trim_blocks`` or ``lstrip_blocks`` would eat is read as the
    template's own settings say.

    >>> from promptc.source import Source
    >>> found = static_prefix(parse(Source("Be kind.\\nToday is {{ date }}.")))
    >>> found.text, found.end.text
    ('Be kind.\\nToday is ', '{{ date }}')
    """
    known = dict(bindings or {})
    place = _Place(template, Scope(template, known), load, known)
    run = _walk(template.body, place)
    own = Span(0, place.seen.get(template.name, 0))
    files = tuple(name for name in place.seen if name != template.name)
    return Prefix(run.text, own, run.end, files)


def common_prefix(renderings: Iterable[str]) -> str:
    """The longest text that all *renderings* start with; empty where there are fewer than two.

    >>> common_prefix(["Hello Ada.", "Hello Bob."]), common_prefix(["one"])
    ('Hello ', '')
    """
    found = list(renderings)
    return _shared(found) if len(found) > 1 else ""


def _shared(texts: Sequence[str]) -> str:
    """What all *texts* start with: the two that sort apart the most differ first."""
    low, high = min(texts), max(texts)
    unlike = (at for at, (one, two) in enumerate(zip(low, high, strict=False)) if one != two)
    return low[: next(unlike, len(low))]


def _walk(nodes: Sequence[Node], place: _Place) -> _Run:
    texts: list[str] = []
    for at, node in enumerate(nodes):
        if isinstance(node, Tag) and node.name == "extends" and place.template.body is nodes:
            run = _inherited(node, place)
            return _Run("".join(texts) + run.text, run.end)
        choice = _choice(node, nodes[at + 1 :], place)
        run = choice or _node(node, place)
        texts.append(run.text)
        if run.end is not None:
            _reached(place, node.span.start)
            return _Run("".join(texts), run.end)
        _reached(place, node.span.stop)
    return _Run("".join(texts))


def _reached(place: _Place, offset: int) -> None:
    name = place.template.name
    place.seen[name] = max(place.seen.get(name, 0), offset)


def _node(node: Node, place: _Place) -> _Run:
    """What *node* prints, unless it is a choice."""
    match node:
        case Text():
            return _Run(read(node.text, place.template.syntax))
        case Comment():
            return _Run("")
        case Output():
            return _printed(node, place)
        case Tag() if node.name == "include":
            return _included(node, place)
        case Tag() if node.name not in _SILENT:
            return _ended("tag", node, f"what {_shown(node)} prints is not known", place)
        case Block() if node.opaque or node.name not in _SILENT | _OPEN:
            tag = node.clauses[0].tag
            return _ended("tag", tag, f"{_shown(tag)} changes what is printed", place)
        case Block() if node.name in _OPEN:
            return _opened(node, place)
    return _Run("")


def _printed(hole: Output, place: _Place) -> _Run:
    if place.template.syntax.engine == "jinja":
        if _SUPER.fullmatch(parts(hole).inner) and place.above:
            (body, where), *rest = place.above
            return _walk(body, replace(where, above=tuple(rest), ahead=False))
        try:
            return _Run(place.scope.printed(hole))
        except Unknown:
            pass
    return _ended("hole", hole, f"{_shown(hole)} is filled anew at each call", place)


def _opened(block: Block, place: _Place) -> _Run:
    """A block that prints what stands in it, or in the template that overrides it."""
    body = block.clauses[0].body
    name = parts(block.clauses[0].tag).argument.split(" ")[0] if block.name == "block" else ""
    others = place.overrides.get(name, ()) if name else ()
    if not others:
        return _walk(body, place)
    (first, where), *rest = (*others, (body, place))
    return _walk(first, replace(where, overrides=place.overrides, above=tuple(rest)))


def _choice(node: Node, rest: Sequence[Node], place: _Place) -> _Run | None:
    """What the arms of an ``if``, or a loop and no loop, start with alike; ``None``: no choice."""
    if not isinstance(node, Block) or node.name not in ("if", "for") or node.opaque:
        return None
    trial = replace(place, seen={})
    tag, loop = node.clauses[0].tag, node.name == "for"
    reason = "runs any number of times" if loop else "chooses between texts that start differently"
    end = _ending("loop" if loop else "choice", tag, f"{_shown(tag)} {reason}", place)
    arms = _turns(node, trial, end) if loop else _arms(node, trial)
    if all(arm.end is None and arm.text == arms[0].text for arm in arms):
        return _Run(arms[0].text)
    after = _walk(rest, replace(trial, ahead=False)).text if place.ahead else ""
    texts = [arm.text + (after if arm.end is None else "") for arm in arms]
    return _Run(_shared(texts), arms[0].end if len(arms) == 1 else end)


def _turns(loop: Block, place: _Place, end: Ending) -> list[_Run]:
    """The first turn of a loop, and what is printed where there is none."""
    first, *other = loop.clauses
    return [_Run(_walk(first.body, place).text, end), *_bodies(other or (), place, bare=not other)]


def _arms(block: Block, place: _Place) -> list[_Run]:
    """The arms of an ``if`` that may be taken, and nothing where none has to be."""
    verdicts = place.scope.verdicts(block)
    arms = [
        (clause, known)
        for clause, known in zip(block.clauses, verdicts, strict=True)
        if known is not False
    ]
    sure = next((at for at, (_, known) in enumerate(arms) if known), None)
    taken = [clause for clause, _ in arms[: None if sure is None else sure + 1]]
    closed = sure is not None or any(clause.tag.name == "else" for clause in taken)
    return list(_bodies(taken, place, bare=not closed))


def _bodies(clauses: Iterable[Clause], place: _Place, *, bare: bool) -> Iterator[_Run]:
    yield from (_walk(clause.body, place) for clause in clauses)
    if bare:
        yield _Run("")


def _included(tag: Tag, place: _Place) -> _Run:
    """What ``{% include "name" %}`` prints."""
    match = _NAMED.fullmatch(parts(tag).argument)
    if match is None:
        return _ended("include", tag, f"{_shown(tag)} names a file only at run time", place)
    inner = _file(match[2], place)
    if inner is None and "ignore" in match[0][len(match[2]) :]:
        return _Run("")
    if inner is None:
        return _ended("include", tag, f"{_shown(tag)} names a file that can't be read", place)
    given = _unbound(place.bindings, place.template)
    where = replace(place, template=inner, scope=Scope(inner, given), bindings=given)
    return _walk(inner.body, replace(where, overrides={}, above=(), ahead=False))


def _inherited(tag: Tag, place: _Place) -> _Run:
    """What a template prints that extends another, from the tag on."""
    match = _NAMED.fullmatch(parts(tag).argument)
    above = _file(match[2], place) if match else None
    if above is None:
        return _ended("include", tag, f"{_shown(tag)} names a file that can't be read", place)
    given = _unbound(_unbound(place.bindings, place.template), above)
    child = replace(place, scope=Scope(place.template, given), bindings=given)
    overrides = dict(place.overrides)
    for block in blocks(place.template.body):
        if block.name == "block":
            name = parts(block.clauses[0].tag).argument.split(" ")[0]
            overrides[name] = (*overrides.get(name, ()), (block.clauses[0].body, child))
    where = replace(place, template=above, scope=Scope(above, given), bindings=given)
    return _walk(above.body, replace(where, overrides=overrides, above=()))


def _unbound(bindings: Mapping[str, Any], template: Template) -> Mapping[str, Any]:
    """The *bindings* that *template* gives no value of its own, to hand on to another file."""
    bound = names.bound(template.leaves)
    return {name: value for name, value in bindings.items() if name not in bound}


def _file(name: str, place: _Place) -> Template | None:
    if len(place.opened) >= _MOST:
        return None
    place.opened.append(name)
    try:
        source = place.load(name)
        syntax = replace(place.template.syntax, engine="jinja", front_matter=False)
        return _parsed(source, syntax) if source else None
    except TemplateError:
        return None


@lru_cache(maxsize=128)
def _parsed(source: Source, syntax: Any) -> Template:
    return parse(source, syntax)


def _ended(kind: str, leaf: Leaf, reason: str, place: _Place) -> _Run:
    return _Run("", _ending(kind, leaf, reason, place))


def _ending(kind: str, leaf: Leaf, reason: str, place: _Place) -> Ending:
    template = place.template
    span = leaf.span.stripped(template.text)
    name, origin = origin_of(template, span) or (template.name, Span(0, 0))
    source = template.source if name == template.name else place.load(name)
    line, column = source.position(origin.start) if source else (1, 1)
    return Ending(kind, template.text[slice(*span)], reason, name, line, column)


def _shown(leaf: Leaf, most: int = 40) -> str:
    text = " ".join(leaf.text.split())
    return text if len(text) <= most else f"{text[: most - 1]}…"

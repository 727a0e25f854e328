"""Apply edits to a template: splice its text, carry the origins along, parse what comes out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

from promptc.errors import PassError
from promptc.ir import Edit, Patch, Template, origin_of
from promptc.parse import parse_text
from promptc.source import Mapping, Span


def rewrite(template: Template, edits: Iterable[Edit], *, trusted: bool = False) -> Template:
    """*template* with every edit applied; raise `PassError` where two of them overlap.

    The result is lexed anew, so what stands in its tree is what Jinja will read. *trusted* skips
    Jinja's parser: for edits that touch literal text only.
    """
    patches = ordered(edits)
    if not patches:
        return template
    text, origins = _splice(template, patches)
    return parse_text(text, origins, template.source, template.syntax, trusted=trusted)


def ordered(edits: Iterable[Edit]) -> list[Patch]:
    """All patches in the order of the text; raise `PassError` where two overlap."""
    patches = sorted((p for edit in edits for p in edit.patches), key=lambda patch: patch.span)
    for one, two in pairwise(patches):
        if two.span.start < one.span.stop:
            raise PassError("a pass", f"edits {one.span} and {two.span}, which overlap")
    return patches


def carried(template: Template, span: Span) -> Iterator[tuple[str, Mapping]]:
    """The runs of text in *span*, each with where it came from; `output` is still the old place."""
    for mapping in template.origins_at(span):
        start = max(span.start, mapping.output.start)
        stop = min(span.stop, mapping.output.stop)
        if start >= stop:
            continue
        origin = mapping.origin
        if mapping.verbatim and origin is not None:
            shift = origin.start - mapping.output.start
            origin = Span(start + shift, stop + shift)
        yield template.text[start:stop], mapping._replace(origin=origin)


def _splice(template: Template, patches: list[Patch]) -> tuple[str, tuple[Mapping, ...]]:
    parts: list[str] = []
    origins: list[Mapping] = []
    at = 0
    for piece, mapping in _pieces(template, patches):
        if not piece:
            continue
        output = Span(at, at + len(piece))
        at = output.stop
        parts.append(piece)
        origins.append(mapping._replace(output=output))
        if len(origins) > 1 and _continues(*origins[-2:]):
            two, one = origins.pop(), origins.pop()
            origins.append(_merged(one, two))
    return "".join(parts), tuple(origins)


def _pieces(template: Template, patches: list[Patch]) -> Iterator[tuple[str, Mapping]]:
    """Runs of the new text with their mapping; output spans are not final yet."""
    at = 0
    for patch in patches:
        yield from carried(template, Span(at, patch.span.start))
        yield patch.text, _written(template, patch)
        at = patch.span.stop
    yield from carried(template, Span(at, len(template.text)))


def _written(template: Template, patch: Patch) -> Mapping:
    """Where the text of *patch* came from: the file it names, else the stretch it replaced."""
    if patch.source:
        return Mapping(patch.span, patch.origin, patch.origin is not None, patch.source)
    name, origin = origin_of(template, patch.span) or (template.name, None)
    return Mapping(patch.span, origin, False, name)


def _continues(one: Mapping, two: Mapping) -> bool:
    if one.source != two.source or not (one.verbatim and two.verbatim):
        return False
    return one.origin is not None and two.origin is not None and one.origin.stop == two.origin.start


def _merged(one: Mapping, two: Mapping) -> Mapping:
    assert one.origin is not None and two.origin is not None
    output = Span(one.output.start, two.output.stop)
    return Mapping(output, Span(one.origin.start, two.origin.stop), True, one.source)

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

from promptc.analysis.expressions import parts
from promptc.analysis.inclusion import Load, included, parent
from promptc.analysis.normal import block_name, is_block, same
from promptc.ir import Block, Comment, Edit, Leaf, Output, Patch, Tag, Template
from promptc.ir import blocks as all_blocks
from promptc.protocols import Guarantee, PassContext
from promptc.rewrite import rewrite
from promptc.source import Span


@dataclass(frozen=True)
class InlineIncludes:
    """Bring included files and parent templates into the template.

    ``{% include "name" %}`` becomes the file it names, and a template that extends another and
    only defines blocks becomes its parent with those blocks filled in. It saves nothing by itself;
    the passes after it see one text. It runs only when asked for (``--pass inline-includes``).
    A file that sets variables, defines macros, calls ``super()`` or includes itself stays outside.
    """

    name: ClassVar[str] = "inline-includes"
    guarantee: ClassVar[Guarantee] = Guarantee.EXACT
    version: ClassVar[int] = 1
    edits: ClassVar[frozenset[type[Leaf]]] = frozenset({Tag, Output, Comment})
    earns: ClassVar[Literal["tokens", "shape"]] = "shape"

    longest: int = 100_000
    """Characters above which a template takes in no further file."""

    def run(self, template: Template, ctx: PassContext) -> Iterator[Edit]:
        if template.syntax.engine != "jinja":
            return
        for edit in self._edits(template, ctx):
            if same(template, rewrite(template, [edit]), ctx.bindings, ctx.load):
                yield edit

    def _edits(self, template: Template, ctx: PassContext) -> Iterator[Edit]:
        above = parent(template, ctx.load)
        if above is not None and len(above.text) <= self.longest:
            yield Edit(tuple(_filled(template, above)))
            return
        for leaf in template.leaves:
            inner = included(leaf, ctx.load, template.syntax)
            if inner is None or len(template.text) + len(inner.text) > self.longest:
                continue
            if not _includes_itself(inner, ctx.load):
                yield Edit(tuple(_shown(leaf, inner)))


def _includes_itself(inner: Template, load: Load) -> bool:
    """Whether *inner* shows itself somewhere below, which only rendering can end."""
    seen: set[str] = set()
    waiting = [inner]
    while waiting:
        here = waiting.pop()
        for leaf in here.leaves:
            other = included(leaf, load, inner.syntax)
            if other is not None and other.name == inner.name:
                return True
            if other is not None and other.name not in seen:
                seen.add(other.name)
                waiting.append(other)
    return False


def _shown(tag: Leaf, inner: Template) -> Iterator[Patch]:
    """The text of *inner* between two empty comments that keep the tag's hold on white space."""
    found = parts(tag)
    begin, end = found.begin[: len(found.begin) - 2], found.end[2:]
    yield Patch(tag.span, f"{begin}{{#{found.left} +#}}")
    at = Span(tag.span.stop, tag.span.stop)
    yield from _copied(inner, Span(0, len(inner.text)), at)
    yield Patch(at, f"{{#+ {found.right}#}}{end}")


def _filled(template: Template, above: Template) -> Iterator[Patch]:
    """The text of *above*, the bodies of its blocks replaced by those of *template*."""
    own = {block_name(node): node for node in template.body if is_block(node)}
    yield Patch(Span(0, len(template.text)), "")
    end = Span(len(template.text), len(template.text))
    at = 0
    for block in all_blocks(above.body):
        body = own.get(block_name(block)) if is_block(block) else None
        if body is None or block.span.start < at:
            continue
        yield from _copied(above, Span(at, block.clauses[0].tag.span.stop), end)
        yield from _copied(template, _inside(body), end)
        at = block.end.span.start
    yield from _copied(above, Span(at, len(above.text)), end)


def _inside(block: Block) -> Span:
    return Span(block.clauses[0].tag.span.stop, block.end.span.start)


def _copied(template: Template, span: Span, at: Span) -> Iterator[Patch]:
    """*span* of *template* inserted at *at*, less the final line end that Jinja drops."""
    last = template.leaves[-1] if template.leaves else None
    if isinstance(last, Comment) and last.text == "\n" and span.stop == len(template.text):
        span = Span(span.start, min(span.stop, last.span.start))
    for mapping in template.origins:
        start, stop = max(span.start, mapping.output.start), min(span.stop, mapping.output.stop)
        if start >= stop:
            continue
        origin = mapping.origin
        if mapping.verbatim and origin is not None:
            shift = origin.start - mapping.output.start
            origin = Span(start + shift, stop + shift)
        yield Patch(at, template.text[start:stop], origin, mapping.source)

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from promptc.analysis.expressions import parts
from promptc.analysis.inclusion import Load, included, parent
from promptc.analysis.normal import block_name, is_block, same
from promptc.analysis.outlines import documents, granted
from promptc.errors import TemplateError
from promptc.ir import Block, Comment, Edit, Leaf, Output, Patch, Tag, Template
from promptc.ir import blocks as all_blocks
from promptc.protocols import Guarantee, PassContext
from promptc.rewrite import carried, rewrite
from promptc.source import Span


@dataclass(frozen=True)
class InlineIncludes:
    """Bring included files and parent templates into the template.

    ``{% include "name" %}`` becomes the file it names, and a template that extends another and
    only defines blocks becomes its parent with those blocks filled in. It saves nothing by itself;
    the passes after it see one text. It runs only when asked for (``--pass inline-includes``).
    A file that sets variables, defines macros, calls ``super()`` or includes itself stays outside,
    and so does a document that `outline-docs` may move.
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
        edits = list(self._edits(template, ctx))
        if not edits or _holds(template, edits, ctx):
            yield from edits
            return
        yield from (edit for edit in edits if _holds(template, [edit], ctx))

    def _edits(self, template: Template, ctx: PassContext) -> Iterator[Edit]:
        above = parent(template, ctx.load)
        if above is not None and len(above.text) <= self.longest:
            yield Edit(tuple(_filled(template, above)))
            return
        size = len(template.text)
        kept = {each.span for each in documents(template, granted(ctx)) if each.file}
        for leaf in template.leaves:
            if leaf.span in kept:
                continue
            inner = included(leaf, ctx.load, template.syntax)
            if inner is None or size + len(inner.text) > self.longest:
                continue
            if not _includes_itself(inner, ctx.load):
                size += len(inner.text)
                yield Edit(tuple(_shown(leaf, inner)))


def _holds(template: Template, edits: Sequence[Edit], ctx: PassContext) -> bool:
    """Whether *edits* keep every path's text: a name, a block or a setting can be in the way."""
    try:
        return same(template, rewrite(template, edits), ctx.bindings, ctx.load)
    except TemplateError:
        return False


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
    yield from _copied(inner, Span(0, _end(inner)), at)
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


def _end(template: Template) -> int:
    """Where *template* ends, less the final line end that Jinja drops."""
    last = template.leaves[-1] if template.leaves else None
    dropped = isinstance(last, Comment) and last.text == "\n"
    return len(template.text) - dropped


def _copied(template: Template, span: Span, at: Span) -> Iterator[Patch]:
    """*span* of *template* inserted at *at*."""
    for text, mapping in carried(template, span):
        yield Patch(at, text, mapping.origin, mapping.source)

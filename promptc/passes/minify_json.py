from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar, Literal

from promptc.analysis.data_regions import fixed_layout, json_regions, layout_matters
from promptc.analysis.expressions import every, parse, parts
from promptc.analysis.json_text import Token, tokens
from promptc.analysis.mask import HOLE, masked
from promptc.ir import Edit, Leaf, Output, Patch, Template
from promptc.protocols import Guarantee, PassContext
from promptc.source import Span
from promptc.syntax import Syntax, environment

if TYPE_CHECKING:
    from jinja2 import nodes

_QUOTES = "\"'`"


@dataclass(frozen=True)
class MinifyJson:
    """Write JSON without its layout.

    A parser reads `{"id": 1}` and `{"id":1}` alike, and so does a model; indents and line ends
    between the tokens only cost. Bare JSON and JSON in fences is rewritten, with the holes in it.
    Keys, their order, repeated keys, and the spelling of numbers and strings stay. A hole's
    `tojson(indent=2)` becomes `tojson`.

    JSON in other code, in examples, in YAML and between quotes stays, and so does what is not
    quite JSON (comments, an ellipsis). So does everything in a chat template, whose layout its
    model was trained on, and in a prompt that speaks of indents.
    """

    name: ClassVar[str] = "minify-json"
    guarantee: ClassVar[Guarantee] = Guarantee.DATA
    version: ClassVar[int] = 1
    edits: ClassVar[frozenset[type[Leaf]]] = frozenset({Output})
    earns: ClassVar[Literal["tokens", "shape"]] = "tokens"

    separators: Literal["compact", "spaced"] = "compact"
    """What follows a comma or a colon: nothing (`compact`), or at most a space (`spaced`)."""
    tojson: bool = True
    """Whether `tojson` loses an argument that only sets the layout."""

    def run(self, template: Template, ctx: PassContext) -> Iterator[Edit]:
        for span in json_regions(template):
            patches = tuple(self._patches(template, span))
            if patches:
                yield Edit(patches, rule="layout")
        if self.tojson and "tojson" in template.text and not layout_matters(template):
            yield from _plain_holes(template)

    def _patches(self, template: Template, span: Span) -> Iterator[Patch]:
        """One patch for every gap between two tokens that is not as it should be."""
        text = masked(template)
        solid = [token for token in tokens(text, span) if token.kind != "space"]
        for left, right in pairwise(solid):
            gap = Span(left.span.stop, right.span.start)
            old = text[slice(*gap)]
            if "tag" in (left.kind, right.kind):
                new = self._beside_tag(template, left, right, old)
            elif left.kind == "{" and text[right.span.start] == HOLE:
                # Without a space the brace and the hole would read as one delimiter.
                new = " "
            else:
                new = self._after(left, old)
            if new != old:
                yield Patch(gap, new)

    def _beside_tag(self, template: Template, left: Token, right: Token, old: str) -> str:
        """Line ends after a tag and indents before one stay, as Jinja may have eaten them."""
        if left.kind == right.kind or "atom" in (left.kind, right.kind):
            return old
        if left.kind == "tag":
            if "\n" not in old or template.syntax.stated:
                return ""
            return "\n" if old.startswith("\n") else old
        return old if "\n" in old or left.kind == "{" else self._after(left, old)

    def _after(self, token: Token, old: str) -> str:
        spaced = self.separators == "spaced" and token.kind in (",", ":")
        return " " if spaced and old else ""


def _plain_holes(template: Template) -> Iterator[Edit]:
    fixed = fixed_layout(template)
    for leaf in template.leaves:
        if not isinstance(leaf, Output) or leaf.locked or "tojson" not in leaf.text:
            continue
        around = template.text[max(leaf.span.start - 1, 0) : leaf.span.start]
        around += template.text[leaf.span.stop : leaf.span.stop + 1]
        if fixed.overlaps(leaf.span) or any(mark in around for mark in _QUOTES):
            continue
        patches = tuple(_layout_arguments(leaf, template.syntax))
        if patches:
            yield Edit(patches, rule="tojson")


def _layout_arguments(leaf: Leaf, syntax: Syntax) -> Iterator[Patch]:
    """Patches that take the indent from each ``tojson`` of *leaf*; none where it may be read."""
    from jinja2 import nodes

    tree = parse(parts(leaf).inner, syntax) if parts(leaf).known else None
    if tree is None:
        return
    found = [each for each in every(tree) if isinstance(each, nodes.Filter)]
    if len(list(_printed(tree))) < sum(each.name == "tojson" for each in found):
        return
    code = _code(leaf, syntax)
    for at in range(len(code) - 3):
        if [value for value, _ in code[at : at + 3]] == ["|", "tojson", "("]:
            span = _indent(code[at + 1 :])
            if span:
                yield Patch(Span(*(leaf.span.start + each for each in span)), "")


def _printed(node: nodes.Node) -> Iterator[nodes.Filter]:
    """The ``tojson`` filters whose text is printed as it is."""
    from jinja2 import nodes

    match node:
        case nodes.Filter(name="tojson"):
            yield node
        case nodes.Filter(name="safe") if node.node is not None:
            yield from _printed(node.node)
        case nodes.CondExpr():
            yield from _printed(node.expr1)
            if node.expr2 is not None:
                yield from _printed(node.expr2)
        case nodes.Concat():
            for each in node.nodes:
                yield from _printed(each)
        case nodes.Add():
            yield from _printed(node.left)
            yield from _printed(node.right)


def _code(leaf: Leaf, syntax: Syntax) -> list[tuple[str, int]]:
    """The tokens of a hole, white space left out, and where each starts in it."""
    at = leaf.text.index("{{")
    found: list[tuple[str, int]] = []
    for _, kind, value in environment(syntax).lex(leaf.text[at:]):
        if kind != "whitespace":
            found.append((value, at))
        at += len(value)
    return found


def _indent(code: list[tuple[str, int]]) -> tuple[int, int] | None:
    """Where the indent stands in ``tojson(…)``: with its comma, or with the brackets if alone."""
    values = [value for value, _ in code]
    close = values.index(")")
    if not {"(", "[", "{"}.isdisjoint(values[2:close]):
        return None
    ends = [at for at in range(2, close) if values[at] == ","] + [close]
    starts = [2, *(at + 1 for at in ends[:-1])]
    arguments = [(one, two) for one, two in zip(starts, ends, strict=True) if one < two]
    for start, end in arguments:
        words = values[start:end]
        if not words[-1].isdigit() or not (words[:-1] == ["indent", "="] or words == values[2:end]):
            continue
        if len(arguments) == 1:
            return code[0][1] + len("tojson"), code[close][1] + 1
        if end == close:
            return code[start - 1][1], code[end - 1][1] + len(words[-1])
        return code[start][1], code[end + 1][1]
    return None

"""DATA: the regions that were edited hold equal data, holes read as typed placeholders.

Every patch must lie in one JSON, one table, or one hole. A JSON must have equal values, key for
key and digit for digit, save for what a schema can spare; a table equal cells and alignment; a hole
the same expression, save for the layout that ``tojson`` is asked for.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from copy import deepcopy
from itertools import zip_longest
from typing import TYPE_CHECKING

from promptc.analysis import tables
from promptc.analysis.data_regions import (
    fixed_layout,
    json_regions,
    layout_matters,
    table_regions,
)
from promptc.analysis.expressions import parse, parts
from promptc.analysis.json_schema import spared
from promptc.analysis.json_text import values
from promptc.analysis.mask import masked
from promptc.analysis.structure import Shift
from promptc.ir import Edit, Leaf, Output, Patch, Template, Text
from promptc.source import Span

if TYPE_CHECKING:
    from jinja2 import nodes


def violation(before: Template, after: Template, edits: Sequence[Edit]) -> str | None:
    """Say what breaks the guarantee; ``None`` where it is proved."""
    patches = sorted(patch for edit in edits for patch in edit.patches)
    if _spliced(before.text, patches) != after.text:
        return "reports edits that do not lead from the one template to the other"
    return _changed_code(before, after, patches) or _changed_data(before, after, edits, patches)


def _spliced(text: str, patches: Sequence[Patch]) -> str:
    out: list[str] = []
    at = 0
    for patch in patches:
        out += [text[at : patch.span.start], patch.text]
        at = patch.span.stop
    return "".join([*out, text[at:]])


def _changed_code(before: Template, after: Template, patches: Sequence[Patch]) -> str | None:
    old, new = ([leaf for leaf in t.leaves if not isinstance(leaf, Text)] for t in (before, after))
    for one, two in zip_longest(old, new):
        if one is None or two is None:
            return f"makes {two.text!r}" if one is None else f"loses {one.text!r}"
        if type(one) is not type(two) or (
            one.text != two.text and not _same_value(before, one, two)
        ):
            return f"turns {one.text!r} into {two.text!r}"
    starts = [leaf.span.start for leaf in old]
    for patch in patches:
        at = max(bisect_right(starts, patch.span.start) - 1, 0)
        while at < len(old) and starts[at] < patch.span.stop:
            if old[at].span.overlaps(patch.span) and not old[at].span.covers(patch.span):
                return f"edits across the edge of {old[at].text!r}"
            at += 1
    return None


def _changed_data(
    before: Template, after: Template, edits: Sequence[Edit], patches: Sequence[Patch]
) -> str | None:
    homes = _Homes(before)
    touched: dict[Span, Callable[[str, str], str | None]] = {}
    for edit in edits:
        for patch in edit.patches:
            home = homes.of(patch.span)
            if home is None:
                shown = before.text[slice(*edit.span)]
                return f"edits what is neither JSON, a table nor a hole: {shown!r}"
            touched[home[0]] = home[1]
    old, new, shift = masked(before), masked(after), Shift(patches)
    for span, difference in sorted(touched.items()):
        why = difference(old[slice(*span)], new[shift.start(span.start) : shift.stop(span.stop)])
        if why:
            return why
    return None


class _Homes:
    """The stretches of a template that hold data, and what must not differ in each."""

    def __init__(self, template: Template) -> None:
        holes = (leaf.span for leaf in template.leaves if isinstance(leaf, Output))
        tables = (table.span for table in table_regions(template))
        # A hole in a JSON comes first: it is compared as code.
        self._kinds = [
            (sorted(holes), _no_difference),
            (list(json_regions(template)), _json_difference),
            (list(tables), _table_difference),
        ]

    def of(self, span: Span) -> tuple[Span, Callable[[str, str], str | None]] | None:
        """The stretch that holds all of *span*; those of one kind don't overlap."""
        for spans, difference in self._kinds:
            at = bisect_right(spans, span.start, key=lambda each: each.start) - 1
            if at >= 0 and spans[at].covers(span):
                return spans[at], difference
        return None


def _no_difference(before: str, after: str) -> str | None:
    """Holes were compared as code."""
    return None


def _table_difference(before: str, after: str) -> str | None:
    if tables.equal(before, after):
        return None
    pairs = zip_longest(before.split("\n"), after.split("\n"), fillvalue="")
    one, two = next((pair for pair in pairs if not tables.equal(*pair)), (before, after))
    return f"changes a table: {one!r} became {two!r}"


def _json_difference(before: str, after: str) -> str | None:
    one, two = values(before), values(after)
    if one is not None and (one == two or spared(one) == spared(two)):
        return None
    return f"changes a value in JSON: {_first_difference(spared(one), spared(two), '$')}"


def _first_difference(one: object, two: object, path: str) -> str:
    if isinstance(one, tuple) and isinstance(two, tuple) and one[:1] == two[:1]:
        for at, (left, right) in enumerate(zip_longest(one[1:], two[1:])):
            if left != right:
                return _first_difference(left, right, f"{path}[{at}]")
    return f"at {path}, {one!r} became {two!r}"


def _same_value(before: Template, one: Leaf, two: Leaf) -> bool:
    """Whether two holes print equal data, in a place where nobody reads its layout."""
    if not isinstance(one, Output) or one.locked or layout_matters(before):
        return False
    if fixed_layout(before).overlaps(one.span):
        return False
    old, new = parts(one), parts(two)
    frames = [(each.begin, each.left, each.right, each.end, each.known) for each in (old, new)]
    if frames[0] != frames[1] or not old.known:
        return False
    trees = [parse(each.inner, before.syntax) for each in (old, new)]
    if trees[0] is None or trees[1] is None:
        return False
    return _unindented(trees[0]) == _unindented(trees[1])


def _unindented(tree: nodes.Expr) -> nodes.Expr:
    """A copy of *tree* in which no printed ``tojson`` is asked for an indent."""
    from jinja2 import nodes

    tree = deepcopy(tree, {id(tree.environment): tree.environment})
    todo: list[nodes.Node] = [tree]
    while todo:
        node = todo.pop()
        if isinstance(node, nodes.Filter) and node.name == "tojson":
            node.kwargs = [
                each for each in node.kwargs if each.key != "indent" or _asks(each.value)
            ]
            if len(node.args) == 1 and not _asks(node.args[0]):
                node.args = []
        elif isinstance(node, nodes.Filter) and node.name == "safe" and node.node is not None:
            todo.append(node.node)
        elif isinstance(node, nodes.CondExpr):
            todo += [each for each in (node.expr1, node.expr2) if each is not None]
        elif isinstance(node, nodes.Concat):
            todo += node.nodes
        elif isinstance(node, nodes.Add):
            todo += [node.left, node.right]
    return tree


def _asks(argument: nodes.Expr) -> bool:
    """Whether an argument is anything but a plain number of spaces."""
    from jinja2 import nodes

    return not (isinstance(argument, nodes.Const) and type(argument.value) is int)

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar, Literal

from promptc.analysis.data_regions import json_regions
from promptc.analysis.json_tree import Member, Node, tree
from promptc.analysis.mask import masked
from promptc.ir import Edit, Leaf, Patch, Template
from promptc.protocols import Guarantee, PassContext
from promptc.source import Span

# Members that hold one schema, a list of schemas, schemas by name.
_ONE = {"items", "additionalProperties", "not", "contains", "if", "then", "else", "propertyNames"}
_SEVERAL = {"anyOf", "oneOf", "allOf", "prefixItems"}
_NAMED = {"properties", "$defs", "definitions"}
# Members that hold values, which may look like anything.
_VALUES = {"default", "const", "enum", "example", "examples"}


@dataclass(frozen=True)
class MinifySchema:
    """Drop from a JSON Schema what says nothing about the data.

    `$schema` names the version of the language that the schema is written in. A `title` that only
    spells its key again (`"user_name": {"title": "User Name"}`, as pydantic writes them) tells
    nothing new. Both go, also from the schemas of a tool's parameters.

    Descriptions stay, always; so do other titles, the title of the schema itself, a property that
    is called `title`, default values and examples, and `$schema` in a file that is no schema.
    """

    name: ClassVar[str] = "minify-schema"
    guarantee: ClassVar[Guarantee] = Guarantee.DATA
    version: ClassVar[int] = 1
    edits: ClassVar[frozenset[type[Leaf]]] = frozenset()
    earns: ClassVar[Literal["tokens", "shape"]] = "tokens"

    titles: bool = True
    """Whether a title that repeats its key goes; `$schema` goes either way."""

    def run(self, template: Template, ctx: PassContext) -> Iterator[Edit]:
        text = masked(template)
        if '"properties"' not in text:
            return
        for span in json_regions(template):
            root = tree(text, span)
            patches = tuple(self._patches(root)) if root else ()
            if patches:
                yield Edit(patches, rule="schema")

    def _patches(self, root: Node) -> Iterator[Patch]:
        for schema in _roots(root):
            yield from self._schema(schema, key=None)

    def _schema(self, schema: Node, key: str | None) -> Iterator[Patch]:
        """Patches for *schema* and the schemas in it; *key* is the name that it stands under."""
        drop = set()
        if key is None and schema.get("$schema"):
            drop.add("$schema")
        title = schema.get("title")
        if self.titles and key and title and _plain(title.text) == _plain(key) != "":
            drop.add("title")
        kept = [member for member in schema.members if member.key not in drop]
        yield from _without(schema, kept)
        for member in kept:
            for name, inner in _inside(member):
                yield from self._schema(inner, name)


def _roots(node: Node) -> Iterator[Node]:
    """The schemas in a JSON that are not part of another one."""
    if _is_schema(node):
        yield node
        return
    for member in node.members:
        if member.key not in _VALUES:
            yield from _roots(member.value)
    for item in node.items:
        yield from _roots(item)


def _is_schema(node: Node) -> bool:
    """Whether *node* is an object that tells the type ``object`` and its properties."""
    kind, named = node.get("type"), node.get("properties")
    if kind is None or kind.text != "object" or named is None or named.kind != "{":
        return False
    return all(member.value.kind == "{" for member in named.members)


def _inside(member: Member) -> Iterable[tuple[str, Node]]:
    """The schemas that a member of a schema holds, each with the name it has, if any."""
    value = member.value
    if member.key in _NAMED:
        return [(each.key or "", each.value) for each in value.members if each.value.kind == "{"]
    if member.key in _ONE and value.kind == "{":
        return [("", value)]
    if member.key in _SEVERAL:
        return [("", item) for item in value.items if item.kind == "{"]
    return []


def _without(schema: Node, kept: list[Member]) -> Iterator[Patch]:
    """Patches that leave only *kept* of an object's members, commas and layout where they were."""
    if len(kept) == len(schema.members):
        return
    if not kept:
        yield Patch(Span(schema.members[0].span.start, schema.members[-1].span.stop), "")
        return
    first, last = kept[0], kept[-1]
    gaps = [Span(schema.members[0].span.start, first.span.start)]
    gaps += [Span(last.span.stop, schema.members[-1].span.stop)]
    for one, two in pairwise(kept):
        after = schema.members[schema.members.index(one) + 1]
        gaps.append(Span(after.span.start, two.span.start))
    yield from (Patch(gap, "") for gap in sorted(gaps) if gap.start < gap.stop)


def _plain(name: str) -> str:
    """Letters and digits only, case folded: what a key and a title made from it share."""
    return "".join(char for char in name.casefold() if char.isalnum())

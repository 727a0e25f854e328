"""The manual of a pass, and the story of a line."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import json
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from promptc.protocols import Pass
from promptc.report import figures
from promptc.report.plain import marked, plain
from promptc.results import Drop

_NEAREST = 5


class Option(NamedTuple):
    """An option of a pass: its *default* as ``--pass`` takes it, and what it is *about*."""

    name: str
    type: str
    default: str
    about: str


def explain_pass(pass_class: type[Pass], level: int | None) -> str:
    """Write the manual of a pass; *level* is the lowest that runs it, ``None`` by name only."""
    guarantee = pass_class.guarantee
    about = inspect.cleandoc(pass_class.__doc__ or "").replace("``", "`")
    lines = [pass_class.name, "", about, ""]
    lines += [f"guarantee  {guarantee.name}: {guarantee.value}"]
    lines += [f"level      {level_of(level, pass_class.name)}"]
    lines += [f"keeps      {earning(pass_class)}"]
    found = options(pass_class)
    if found:
        lines += ["", "options"]
    for option in found:
        lines += [f"  {option.name} = {option.default}  ({option.type})"]
        lines += [f"      {line}" for line in option.about.splitlines()]
    if found:
        lines += ["", f"set one with --pass {pass_class.name}:{found[0].name}={found[0].default}"]
    return "\n".join(lines)


def level_of(level: int | None, name: str) -> str:
    """Say which levels run pass *name*."""
    return f"-O{level} and up" if level is not None else f"none: only --pass {name} runs it"


def earning(pass_class: type[Pass]) -> str:
    """Say which edits of a pass are kept."""
    if pass_class.earns == "tokens":
        return "edits that save tokens and make no sample longer"
    return "edits that leave every sample's rendering as it was"


def options(pass_class: type[Pass]) -> list[Option]:
    """The options of a pass: its fields, and the string literal under each."""
    tree = ast.parse(inspect.cleandoc(inspect.getsource(pass_class))).body[0]
    body = tree.body if isinstance(tree, ast.ClassDef) else []
    about = {
        field.target.id: inspect.cleandoc(under.value.value)
        for field, under in pairwise(body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(under, ast.Expr)
        and isinstance(under.value, ast.Constant)
        and isinstance(under.value.value, str)
    }
    fields = dataclasses.fields(pass_class)  # type: ignore[arg-type]
    return [
        Option(field.name, str(field.type), _default(field), about.get(field.name, ""))
        for field in fields
    ]


def _default(field: dataclasses.Field[object]) -> str:
    made = field.default_factory
    value = made() if made is not dataclasses.MISSING else field.default
    return json.dumps(value, ensure_ascii=False, default=str)


def explain_drops(drops: Sequence[Drop], where: tuple[str, int]) -> str:
    """Write what was done to one line of a source: *where* is its name and number."""
    name, line = where
    here = [drop for drop in drops if drop.source == name]
    touching = [drop for drop in here if line in _touched(drop)]
    if not touching:
        return _nothing(name, line, here)
    lines = [f"{plain(name)}:{line}: {figures.count(len(touching), 'edit')}"]
    for drop in sorted(touching, key=lambda drop: drop.span):
        lines += ["", *_told(drop)]
    return "\n".join(lines)


def _touched(drop: Drop) -> range:
    """The lines that *drop* changed; a line end that was removed belongs to the line it ends."""
    ends = drop.before.removesuffix("\n").count("\n")
    return range(drop.line, drop.line + ends + 1)


def _told(drop: Drop) -> list[str]:
    rule = f", rule {plain(drop.rule)}" if drop.rule else ""
    return [
        f"  {plain(drop.pass_name)} at {drop.line}:{drop.column}{rule}",
        *_promise(drop.pass_name),
        f"    before  {marked(drop.before) or '(nothing)'}",
        f"    after   {marked(drop.after) or '(nothing)'}",
    ]


def _promise(pass_name: str) -> list[str]:
    """What the pass promises, where this version of promptc still knows it."""
    from promptc.passes import BY_NAME

    known = BY_NAME.get(pass_name)
    return [f"    {known.guarantee.name}: {known.guarantee.value}"] if known else []


def _nothing(name: str, line: int, here: Iterable[Drop]) -> str:
    edited = {drop.line for drop in here}
    if not edited:
        return f"{plain(name)}: nothing was changed in this file"
    near = sorted(sorted(edited, key=lambda each: (abs(each - line), each))[:_NEAREST])
    lines = f"line {near[0]}" if len(near) == 1 else f"lines {', '.join(map(str, near))}"
    return f"{plain(name)}:{line}: nothing was changed here; the nearest edits are on {lines}"

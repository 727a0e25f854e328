"""The manual of a pass."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import json
from itertools import pairwise
from typing import NamedTuple

from promptc.inspection import Rule
from promptc.manual import manual
from promptc.protocols import Guarantee, Pass


class Option(NamedTuple):
    """An option of a pass: its *default* as ``--pass`` takes it, and what it is *about*."""

    name: str
    type: str
    default: str
    about: str


def list_passes() -> str:
    """Write each pass and the first line of its manual, in the order they run."""
    from promptc.passes import BY_NAME

    return "\n".join(f"{name:<22}{_about(each)[0]}" for name, each in BY_NAME.items())


def explain_pass(pass_class: type[Pass], level: int | None) -> str:
    """Write the manual of a pass; *level* is the lowest that runs it, ``None`` by name only."""
    guarantee = pass_class.guarantee
    lines = [pass_class.name, "", *_about(pass_class), ""]
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


def list_rules() -> str:
    """Write each rule with the first line of its manual, by code."""
    from promptc.rules import RULES

    return "\n".join(f"{each.code} {each.name:<21} {_first(each)}" for each in RULES)


def explain_rule(rule: type[Rule]) -> str:
    """Write the manual of a rule."""
    told = manual(rule)
    fails = "fails the check" if rule.error else "warns, and the check passes"
    lines = [f"{rule.code} {rule.name}: {fails}", "", told.what, ""]
    for title, text in (("Why", told.why), ("Fix", told.fix), ("Leave it", told.leave)):
        lines += [f"{title}: {text}", ""]
    found = options(rule)
    if found:
        lines += ["options"]
    for option in found:
        lines += [f"  {option.name} = {option.default}  ({option.type})"]
        lines += [f"      {line}" for line in option.about.splitlines()]
    if found:
        lines += ["", "set one with [check.rules] in the configuration:"]
        lines += [f"  {rule.code} = {{{found[0].name} = {found[0].default}}}"]
    return "\n".join(lines).rstrip()


def _first(rule: type[Rule]) -> str:
    return manual(rule).what.splitlines()[0]


def _about(pass_class: type[Pass]) -> list[str]:
    """The docstring of a pass as a terminal shows it."""
    return inspect.cleandoc(pass_class.__doc__ or "").replace("``", "`").splitlines()


def level_of(level: int | None, name: str) -> str:
    """Say which levels run pass *name*."""
    return f"-O{level} and up" if level is not None else f"none: only --pass {name} runs it"


def earning(pass_class: type[Pass]) -> str:
    """Say which edits of a pass are kept."""
    if pass_class.earns == "tokens":
        return "edits that save tokens and make no sample longer"
    if pass_class.guarantee is not Guarantee.EXACT:
        return "edits that the checks agree to; they save no tokens by themselves"
    return "edits that leave every sample's rendering as it was"


def options(pass_class: type[Pass] | type[Rule]) -> list[Option]:
    """The options of a pass or a rule: its fields, and the string literal under each."""
    body = [node for each in pass_class.__mro__[:-1] for node in _body(each)]
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


def _body(each: type) -> list[ast.stmt]:
    """The statements of a class."""
    tree = ast.parse(inspect.cleandoc(inspect.getsource(each))).body[0]
    return tree.body if isinstance(tree, ast.ClassDef) else []


def _default(field: dataclasses.Field[object]) -> str:
    made = field.default_factory
    value = made() if made is not dataclasses.MISSING else field.default
    return json.dumps(value, ensure_ascii=False, default=str)

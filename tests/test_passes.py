"""Every fixture case of every pass, run through the pipeline that users run."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptc.compressors.embedded import Shipped
from promptc.errors import ConfigError, TemplateError
from promptc.parse import parse
from promptc.passes import GRANTS, LEVELS, PASSES, find
from promptc.pipeline import optimize
from promptc.protocols import Pass, PassContext, Renderer, Wanted
from promptc.rendering.sandbox import Bound, Sandbox
from promptc.results import Outline
from promptc.source import Source
from promptc.syntax import Syntax
from tests.fixtures import FIXTURES, Case, all_cases


class Bytes:
    """Every byte is a token, so that what is shorter or plainer always earns."""

    name = "bytes"
    exact = True

    def count(self, text: str) -> int:
        return len(text.encode())


class Sure:
    """Proves every document, at the limits that are asked for, unless all must be answered."""

    def prove(self, name: str, text: str, wanted: Wanted) -> Outline:
        why = "not all of it" if wanted.recall == 1 else ""
        return Outline(name, len(text), wanted.k or 4, wanted.tokens or 600, why=why)


def _run(text: str, each: Pass, case: Case, renderer: Renderer | None = None) -> str:
    files = {name: Source(body, name) for name, body in case.files.items()}
    ctx = PassContext(
        Bytes(),
        case.bindings,
        files.get,
        renderer,
        compressor=Shipped(),
        grant=frozenset({each.name, "handbook.md", "gone.md"}),
        query="question" if case.files else "",
        prover=Sure(),
    )
    template = parse(Source(text, "case.j2"), case.syntax)
    return optimize(template, [each], ctx).template.text


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as one:
        yield one


@pytest.mark.parametrize("case", all_cases(), ids=lambda c: f"{c.pass_name}: {c.title}")
def test_pass(case: Case, sandbox: Sandbox) -> None:
    each = find(case.pass_name)(**case.options)
    renderer = Bound(sandbox, case.files, case.bindings)
    assert _run(case.before, each, case, renderer) == case.after
    assert _run(case.after, each, case) == case.after, "not idempotent"


@pytest.mark.parametrize("each", PASSES, ids=lambda p: p.name)
def test_pass_is_whole(each: type[Pass]) -> None:
    assert each.name.replace("-", "_") == each.__module__.rpartition(".")[2]
    assert (each.__doc__ or "").splitlines()[0].endswith(".")
    cases = [case for case in all_cases() if case.pass_name == each.name]
    assert cases, f"add a fixture file: {FIXTURES / each.name}.txt"
    assert any(case.before != case.after for case in cases)
    assert any(case.before == case.after for case in cases)
    options = set(inspect.signature(each).parameters)
    assert options <= {name for case in cases for name in case.options}


def test_levels_name_passes_only() -> None:
    assert LEVELS.keys() <= {each.name for each in PASSES}


def test_an_unknown_pass_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match="did you mean 'trim-line-ends'"):
        find("trim-lines-end")


PIECES = st.sampled_from(
    ["word", "Two  spaces. ", "  ", "\n", "\n\n\n", " \n", "\t", "{", "}", "{{ x }}", "{{- x -}}"]
    + ["{{ 'lit' }}", "{{ ' ' }}", "{% if a %}", "{%- if true -%}", "{% if false %}", "{% else %}"]
    + ["{% elif true %}", "{% endif %}", "{%- endif -%}", "{% for i in s %}", "{% endfor %}", "```"]
    + ["{# n #}", '{ "a": 1,\n  "b": [ {{ x }} ] }', "| a  | b |\n|----|---|\n| 1  | {{ y }} |\n"]
    + ["{% set q = 1 %}", "{{ q }}", "{{ d | tojson(indent=2) }}", "`a  b`", "- item\n"]
)


@given(st.lists(PIECES, max_size=12).map("".join), st.booleans())
def test_no_pass_breaks_its_promise_and_twice_is_once(text: str, stated: bool) -> None:
    syntax = Syntax(trim_blocks=stated, lstrip_blocks=stated, stated=stated)
    try:
        template = parse(Source(text), syntax)
    except TemplateError:
        return
    ctx = PassContext(Bytes(), compressor=Shipped(), grant=GRANTS)
    once = optimize(template, [each() for each in PASSES], ctx).template
    again = optimize(parse(Source(once.text), syntax), [each() for each in PASSES], ctx).template
    assert again.text == once.text

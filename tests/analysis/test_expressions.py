from __future__ import annotations

from typing import Any

import jinja2
import pytest
from hypothesis import given

from promptc.analysis.expressions import DEEPEST, LIMIT, Parts, Unknown, names_in, printed, value
from promptc.syntax import Syntax
from tests.grammar import EXPRESSIONS

PLAIN = Syntax()
SCOPE: dict[str, Any] = {"a": "lit", "b": 1, "c": True}

PARTS = {
    "{{ x }}": ("{{", "", " x ", "", "}}"),
    "{{-x-}}": ("{{", "-", "x", "-", "}}"),
    " \n {%- if x +%}\n": (" \n {%", "-", " if x ", "+", "%}\n"),
    "{#+ note #}": ("{#", "+", " note ", "", "#}"),
    "{{ '}}' }}": ("{{", "", " '}}' ", "", "}}"),
    "{{ -1 }}": ("{{", "", " -1 ", "", "}}"),
}
KNOWN = {
    '"a" ~ 1 ~ none': "a1None",
    "1.0": "1.0",
    "1e3": "1000.0",
    "true and not false": "True",
    "'yes' if a == 'lit' else x": "yes",
    "a|upper|lower": "lit",
    "' x '|trim": "x",
    "1 < 2 < 3": "True",
    "'i' in a": "True",
    "(1, 2) == [1, 2]": "False",
    "[1] == [1]": "True",
    "-b": "-1",
    "'\\n'": "\n",
}
UNKNOWN = [
    "x", "a.b", "a|length", "a|replace('l', 'r')", "a()", "1 / 0", "'a' + 1", "x or true",
    "'a' * 9999", "2 ** 99", "[1]", "a if x else a", "range(3)", "a is defined", "{'a': 1}", "",
    "1 }} {{ 2", "a, b",
]  # fmt: skip


@pytest.mark.parametrize("text", PARTS)
def test_a_tag_comes_apart_and_together(text: str) -> None:
    found = Parts(text)
    assert found.known
    shown = (found.begin, found.left, found.inner, found.right, found.end)
    assert shown == PARTS[text] and "".join(shown) == text


@pytest.mark.parametrize(("text", "argument"), [("{% elif a %}", "a"), ("{%if(a)%}", "(a)")])
def test_the_argument_follows_the_name(text: str, argument: str) -> None:
    assert Parts(text).argument == argument


def test_a_line_statement_has_no_delimiters() -> None:
    assert not Parts("# if a").known


@pytest.mark.parametrize("code", KNOWN)
def test_what_is_constant_is_worked_out(code: str) -> None:
    assert printed(code, SCOPE, PLAIN) == KNOWN[code]


@pytest.mark.parametrize("code", UNKNOWN)
def test_what_depends_is_unknown(code: str) -> None:
    with pytest.raises(Unknown):
        printed(code, SCOPE, PLAIN)


@given(EXPRESSIONS)
def test_jinja_prints_what_is_worked_out(code: str) -> None:
    try:
        text = printed(code, SCOPE, PLAIN)
    except Unknown:
        return
    assert jinja2.Environment().from_string(f"{{{{ {code} }}}}").render(**SCOPE) == text


@given(EXPRESSIONS)
def test_jinja_takes_the_arm_that_is_worked_out(code: str) -> None:
    try:
        known = bool(value(code, SCOPE, PLAIN))
    except Unknown:
        return
    shown = jinja2.Environment().from_string(f"{{% if ({code}) %}}T{{% endif %}}").render(**SCOPE)
    assert shown == "T" * known


def test_nothing_large_is_worked_out() -> None:
    with pytest.raises(Unknown):
        value("a ~ a", {"a": "x" * LIMIT}, PLAIN)
    with pytest.raises(Unknown):
        value("a + a", {"a": 2**64}, PLAIN)


def test_nothing_deep_is_worked_out() -> None:
    assert value(" + ".join("1" * 100), {}, PLAIN) == 100
    with pytest.raises(Unknown):
        value(" + ".join("1" * (DEEPEST + 1)), {}, PLAIN)


def test_names_are_variables_only() -> None:
    assert names_in("a.b ~ 'c' | d(e) if f is g else h[i]", PLAIN) == frozenset("aefhi")
    assert names_in("a b", PLAIN) is None

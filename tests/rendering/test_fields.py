"""Fields are looked up, and what str.format would write is written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptc.errors import RenderError
from promptc.parse import parse
from promptc.rendering.fields import at, filled
from promptc.source import Source
from promptc.syntax import Syntax

VALUES = {"name": "Ann", "user": {"name": "Bo"}, "list": [7], "QUESTION": "why?"}
FILLED = {
    "Hi {name}, {{literal}}: {{}} {'{'}": "Hi Ann, {literal}: {} {'{'}",
    "{name!r:>99999999999} {user.name} ${name}": "Ann Bo $Ann",
    "{user.name} {user[name]} {list[0]}": "Bo Bo 7",
    "{{ name }} and {{other}} but {{}}": "Ann and {{other}} but {{}}",
    "${name} %(name)s <NAME> <QUESTION> %s {{name}}": "Ann Ann <NAME> why? %s Ann",
    "{# promptc: off #}{name}{# promptc: on #}": "Ann",
}
UNFILLED = ["{name} {nobody}", "{name.__class__}", "{user.__class__}", "{list[1]}", "{list.pop}"]


def fill(text: str) -> str:
    return filled(parse(Source(text), Syntax(engine="format")), at(VALUES))


@pytest.mark.parametrize("text", FILLED)
def test_fields_are_looked_up_and_never_formatted(text: str) -> None:
    assert fill(text) == FILLED[text]


@pytest.mark.parametrize("text", UNFILLED)
def test_a_field_without_a_value_is_named(text: str) -> None:
    with pytest.raises(RenderError, match=r"its sample has no value for '[\w.\[\]]+'"):
        fill(text)


@given(st.lists(st.sampled_from(["{a}", "{b}", "{{", "}}", "x", "\n"]), min_size=1))
def test_a_format_file_renders_as_str_format_does(pieces: list[str]) -> None:
    text = "{a}" + "".join(pieces)
    try:
        expected = text.format(a=1, b="two")
    except (ValueError, KeyError, IndexError):
        return
    template = parse(Source(text), Syntax(engine="format"))
    assert filled(template, at({"a": 1, "b": "two"})) == expected

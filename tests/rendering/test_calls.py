"""Calls of retrieve() in the sandbox, and what is put in their place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptc.parse import parse
from promptc.rendering.calls import Call, filled, marked
from promptc.rendering.sandbox import Sandbox
from promptc.source import Source


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as one:
        yield one


def _rendered(sandbox: Sandbox, text: str, sample: dict[str, Any] | None) -> list[str]:
    found = sandbox.render(parse(Source(text)), None if sample is None else [sample])
    return [filled(each.text or each.error, str) for each in found]


def test_a_call_is_marked_with_its_query(sandbox: Sandbox) -> None:
    text = 'A {{ retrieve("handbook", query=q, k=3, tokens=90) }} B {{ retrieve("b", q) }}'
    (shown,) = _rendered(sandbox, text, {"q": 'Who "signed"?\n'})
    one, two = Call("handbook", 'Who "signed"?\n', 3, 90), Call("b", 'Who "signed"?\n', 4, 600)
    assert shown == f"A {one} B {two}"


def test_made_up_samples_ask_with_their_marks(sandbox: Sandbox) -> None:
    shown = _rendered(sandbox, '{{ retrieve("handbook", query=q) }}', None)
    assert [str(Call("handbook", "⟦q⟧", 4, 600)) == each for each in shown][1:] == [True, True]


@pytest.mark.parametrize("call", ["retrieve()", "retrieve(1, 2, 3, 4, 5)", "retrieve('a', top=3)"])
def test_another_function_of_this_name_is_a_mark(sandbox: Sandbox, call: str) -> None:
    (shown,) = _rendered(sandbox, f"{{{{ {call} }}}}", {})
    assert shown.startswith("⟦retrieve(")


def test_a_name_that_the_caller_gives_goes_before(sandbox: Sandbox) -> None:
    assert _rendered(sandbox, "{{ retrieve }}", {"retrieve": "mine"}) == ["mine"]


@given(st.text(), st.text(), st.integers(), st.integers())
def test_every_call_comes_back(name: str, query: str, k: int, tokens: int) -> None:
    text = f"a{marked(name, query, k, tokens)}b"
    wanted = Call(name, query, k, tokens)
    assert filled(text, lambda call: "same" if call == wanted else "other") == "asameb"


@given(st.text(st.sampled_from('\uf8f3\uf8f4[]"1,a{}'), max_size=30))
def test_what_only_looks_like_a_call_stays(text: str) -> None:
    assert filled(text, lambda call: "") == text or '["' in text

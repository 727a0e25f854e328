from __future__ import annotations

from typing import Any

import pytest

from promptc.parse import parse
from promptc.proofs.exact import violation
from promptc.source import Source


def _violation(one: str, two: str, **bindings: Any) -> str | None:
    before, after = (parse(Source(text)) for text in (one, two))
    return violation(before, after, bindings, lambda name: None)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("a {{ 'b' }} c", "a b c"),
        ("a{% if false %} b{% endif %} c", "a c"),
        ("{% if false %}\nb\n{% endif %}\n", "{# #}\n"),
        ("a {{ plan }}", "a pro"),
    ],
)
def test_equal_text_is_proved(one: str, two: str) -> None:
    assert _violation(one, two, plan="pro") is None


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("a {{ b }}", "a b"),
        ("a{% if b %} c{% endif %}", "a c"),
        ("{% if false %}\nb\n{% endif %}\nc", "c"),
        ("a {{ 'b' }} c", "a b  c"),
    ],
)
def test_other_text_is_refused(one: str, two: str) -> None:
    assert _violation(one, two) == (
        "changes the text on some path, or under some white space setting of Jinja"
    )

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptc.analysis.json_text import MAX_DEPTH, equal, find, tokens, values
from promptc.analysis.mask import HOLE, TAG
from promptc.source import Span

H, T = HOLE * 7, TAG * 9


def _found(text: str) -> list[str]:
    return [text[slice(*span)] for span in find(text)]


FOUND = [
    '{"a": 1}',
    '{ "a": [1, {"b": null}], "a": -1.5e+3 }',
    '{"a": "\\u00e9 \\" }"}',
    '["yes", "no"]',
    '[{"a": 1}, {"a": 2}]',
    f'{{"a": {H}, {H}: "b {H}", "c": 1{H}.{H}}}',
    f'[{T}{{"a": {H}}}{T},{T}\n{T}]',
    f'{{"a": {T}1{T}2{T}, {T}"b": 3{T}}}',
    '{{"a": {{"b": 1}}}}',
    '[ {{"a": 1}}, {{"a": 2}} ]',
]
NOT_FOUND = [
    "[see note], [1], [1, 2], [], {}, {name}, [INST] x [/INST]",
    '["only"]',
    f"[{H}], {{ {H} }}, [{T}]",
    "[a link](b), [ ] todo, [x, y)",
    "{'a': 1}",
    '{"a": 1, ...}',
    '{"a": 1,}',
    '["a", "b",]',
    '{"a": 1 /* one */}',
    '{"a": 01}',
    '{"a": True}',
    '{"a": "x\ny"}',
    '{"a": "\\x"}',
    '{"a" 1}',
    '{"a": 1 "b": 2}',
    f'{{"a": {H} {H}}}',
    f'{{"a": {H}x}}',
    '{"a": {"b": 1}, "c": <d>}',
    '{{"a": {"b": 1}}}',
    '{"a": [1}',
    'f({"a": 1})',
    'x["a", "b"]',
    'x = y={"a": 1}',
    '`{"a": 1}` \'{"a": 1}\'',
    '${"a": 1}',
]


@pytest.mark.parametrize("text", FOUND)
def test_finds_the_whole_of_a_json(text: str) -> None:
    assert _found(f"Reply {text}\nor not.") == [text]


@pytest.mark.parametrize("text", NOT_FOUND)
def test_leaves_what_only_looks_like_json(text: str) -> None:
    assert _found(text) == []


def test_finds_the_json_after_what_is_none() -> None:
    assert _found('{"a": 1, ...} [x] {"b": 2} 5" {"c": 3}\n{"d": 4}') == [
        '{"b": 2}', '{"c": 3}', '{"d": 4}',
    ]  # fmt: skip


def test_reads_no_deeper_than_the_limit() -> None:
    deep = '{"a":' * MAX_DEPTH + "1" + "}" * MAX_DEPTH
    assert _found(deep) == [deep]
    assert _found(f'{{"a":{deep}}}') == []


@pytest.mark.parametrize("text", ['[{"a":', "[" * 9, '{"a": "', '{"a":{},', "}{[]", "\\", '"a", '])
def test_hostile_text_takes_no_longer_than_its_length(text: str) -> None:
    begin = time.process_time()
    find(text * 20_000)
    assert time.process_time() - begin < 20


SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
)
JSON = st.recursive(
    SCALARS | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=12,
)
SPACE = st.sampled_from(["", " ", "\n", "\n    ", "\t", " \r\n"])


@st.composite
def laid_out(draw: st.DrawFn) -> tuple[str, str]:
    """One JSON in two layouts."""
    value = draw(st.dictionaries(st.text(max_size=4), JSON, min_size=1))
    compact = json.dumps(value, separators=(",", ":"), ensure_ascii=draw(st.booleans()))
    pieces = [compact[slice(*t.span)] for t in tokens(compact, Span(0, len(compact)))]
    return compact, "".join(draw(SPACE) + piece for piece in pieces).strip()


@given(laid_out())
def test_any_layout_of_a_json_is_found_and_equal(layouts: tuple[str, str]) -> None:
    compact, spaced = layouts
    assert _found(compact) == [compact] and _found(spaced) == [spaced]
    assert equal(compact, spaced) and equal(spaced, f"\n {compact} ")


@given(laid_out())
def test_tokens_lose_nothing(layouts: tuple[str, str]) -> None:
    for text in layouts:
        read = tokens(text, Span(0, len(text)))
        assert "".join(text[slice(*token.span)] for token in read) == text


@given(laid_out())
def test_values_are_those_that_python_reads(layouts: tuple[str, str]) -> None:
    assert _python(values(layouts[1])) == json.loads(layouts[0])


def _python(value: Any) -> Any:
    if not isinstance(value, tuple):
        return value
    kind, *rest = value
    if kind == "object":
        return {key: _python(each) for key, each in rest}
    return [_python(each) for each in rest] if kind == "array" else json.loads(rest[0])


DIFFERENT = [
    ('{"a": 1}', '{"a": 1.0}'),
    ('{"a": 10}', '{"a": 1}'),
    ('{"a": 1e3}', '{"a": 1000}'),
    ('{"a": 1}', '{"a": "1"}'),
    ('{"a": true}', '{"a": "true"}'),
    ('{"a": 1, "b": 2}', '{"b": 2, "a": 1}'),
    ('{"a": 1, "a": 1}', '{"a": 1}'),
    ('{"a": "x  y"}', '{"a": "x y"}'),
    ('["a", "b"]', '["b", "a"]'),
    (f'{{"a": {H}}}', f'{{"a": "{H}"}}'),
    (f'{{"a": {H}}}', f'{{{H}: "a"}}'),
    (f'{{"a": {H}}}', f'{{"a": {H}{HOLE}}}'),
    (f'{{"a": [{T}1{T},{T}2]}}', f'{{"a": [{T}1{T}{T},2]}}'),
    (f'{{"a": 1{T} {T}2}}', f'{{"a": 1{T}{T}2}}'),
    ('{"a": 1}', '{"a": 1} {"b": 2}'),
    ("prose", "prose"),
]


@pytest.mark.parametrize(("one", "two"), DIFFERENT)
def test_other_data_is_not_equal(one: str, two: str) -> None:
    assert not equal(one, two)


def test_holes_are_typed_by_where_they_stand() -> None:
    assert values(f'{{"a": {H}, "b": "{H}"}}') == ("object", ("a", ("hole", H)), ("b", H))

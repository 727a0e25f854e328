"""Positions of TOML keys, held against what `tomllib` reads."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator

import pytest

from promptc.config.positions import Keys, positions

NASTY = """\
# a = [ not this ]
title = "a = [1, 2] # no"   # comment with "quotes" and ]
"quoted key" = 'its'
text = \"\"\"
[fake]
key = 1 \\\"\"\" \"\"\"
raw = '''
[also.fake]
x = 1'''
dotted.key . "with space" = 1979-05-27 07:32:00.5
empty = []
nothing = {}
list = [ # first
  1.5, [2, 3], {a = 1, b.c = [4]},
  'x, ]',
]
[table]
x = {y = {z = [{}, {w = -1}]}}
[table . inner]
number = +1_000
[[many]]
name = 'one'
[many.sub]
deep = true
[[many.nested]]
a = 1
[[many.nested]]
a = 2
[[many]]
name = 'two'
[[many.nested]]
a = 3
[last]
end = inf"""


def _paths(value: object, keys: Keys = ()) -> Iterator[Keys]:
    if isinstance(value, dict):
        items: list[tuple[str | int, object]] = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    else:
        return
    for key, item in items:
        yield (*keys, key)
        yield from _paths(item, (*keys, key))


@pytest.mark.parametrize("text", [NASTY, "", "a=1", "[a]\n[b]\n", "[[a]]\n[[a]]", "a.b=1\na.c=2"])
def test_every_key_that_tomllib_reads_has_a_position_and_no_other_has(text: str) -> None:
    assert set(positions(text)) == set(_paths(tomllib.loads(text)))


@pytest.mark.parametrize(
    "keys, begins",
    [
        (("title",), "title ="),
        (("quoted key",), '"quoted key"'),
        (("dotted", "key", "with space"), '"with space"'),
        (("list", 1, 0), "2, 3]"),
        (("list", 2, "b", "c"), "c = [4]"),
        (("list", 3), "'x, ]'"),
        (("table", "x", "y", "z", 1, "w"), "w = -1"),
        (("table", "inner", "number"), "number = +1"),
        (("many", 1, "name"), "name = 'two'"),
        (("many", 1, "nested", 0, "a"), "a = 3"),
        (("last", "end"), "end = inf"),
    ],
)
def test_a_position_is_where_the_key_begins(keys: Keys, begins: str) -> None:
    assert NASTY[positions(NASTY)[keys] :].startswith(begins)

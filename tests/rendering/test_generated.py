"""Made-up values bear whatever templates do to values."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptc.parse import parse
from promptc.rendering.generated import Mark
from promptc.rendering.sandbox import Sandbox
from promptc.source import Source

# What a template does with made-up values, and what it renders to in the three samples.
USES = {
    "{{ a.b['c'][0].d }}": ["⟦a.b.c[0].d⟧"] * 3,
    "{{ a['two words'] }}": ["⟦a['two words']⟧"] * 3,
    "{{ a[-1] }}": ["⟦a[-1]⟧", "⟦a[0]⟧", "⟦a[1]⟧"],
    "{{ a[1:] }}{% for x in a[1:] %}{{ x }}{% endfor %}": ["⟦a[1:]⟧", "⟦a[1:]⟧", "⟦a[1:]⟧⟦a[1]⟧"],
    "{{ a|length }}{{ a|count }}": ["00", "11", "22"],
    "{{ a.title }} {{ a.count }} {{ a.items }}": ["⟦a.title⟧ ⟦a.count⟧ ⟦a.items⟧"] * 3,
    "{{ f(1, 'x', k=a) }}": ["⟦f(1, 'x', k=a)⟧"] * 3,
    "{{ a.strip().split(',')[0] }}": ["⟦a.strip().split(',')[0]⟧"] * 3,
    "{% for k, v in a.items() %}{{ k }}{{ v }} {% endfor %}": [
        "", "⟦a.keys()[0]⟧⟦a[0]⟧ ", "⟦a.keys()[0]⟧⟦a[0]⟧ ⟦a.keys()[1]⟧⟦a[1]⟧ ",
    ],
    "{% for k, v in a|dictsort %}{{ k }}{% endfor %}": [
        "", "⟦a.keys()[0]⟧", "⟦a.keys()[0]⟧⟦a.keys()[1]⟧",
    ],
    "{% for k, v in a|items %}{{ v }}{% endfor %}": ["", "⟦a[0]⟧", "⟦a[0]⟧⟦a[1]⟧"],
    "{% for i, x in enumerate(a) %}{{ i }}{{ x }}{% endfor %}": ["", "0⟦a[0]⟧", "0⟦a[0]⟧1⟦a[1]⟧"],
    "{% for x, y in zip(a, b) %}{{ x }}{{ y }}{% endfor %}": [
        "", "⟦a[0]⟧⟦b[0]⟧", "⟦a[0]⟧⟦b[0]⟧⟦a[1]⟧⟦b[1]⟧",
    ],
    "{{ a.get('k', 'none') }}": ["none", "⟦a.k⟧", "⟦a.k⟧"],
    "{{ a|default('none') }}": ["none", "⟦a⟧", "⟦a⟧"],
    "{{ a is defined }} {{ a is none }}": ["False True", "True False", "True False"],
    "{{ a is string }} {{ a is mapping }}": ["True False", "True True", "False False"],
    "{{ a is iterable }} {{ a is sequence }}": ["True True"] * 3,
    "{{ a|join('-') }} {{ ', '.join(a) }}": [" ", "⟦a[0]⟧ ⟦a[0]⟧", "⟦a[0]⟧-⟦a[1]⟧ ⟦a[0]⟧, ⟦a[1]⟧"],
    "{{ a|first }}{{ a|last }}": ["", "⟦a[0]⟧⟦a[0]⟧", "⟦a[0]⟧⟦a[1]⟧"],
    "{{ a|map(attribute='n')|list|length }}": ["0", "1", "2"],
    "{{ a|sort(attribute='n')|map(attribute='n')|join }}": ["", "⟦a[0].n⟧", "⟦a[0].n⟧⟦a[1].n⟧"],
    "{{ 'x' + a + 'y' ~ a }}": ["x⟦a⟧y⟦a⟧"] * 3,
    "{{ [1] + a }}{{ a + [1] }}": ["[1][1]", "[1, '⟦a[0]⟧']['⟦a[0]⟧', 1]"
                                   , "[1, '⟦a[0]⟧', '⟦a[1]⟧']['⟦a[0]⟧', '⟦a[1]⟧', 1]"],
    "{{ a + 1 }} {{ 2 - a }} {{ -a * 2 }} {{ a / b }}": [
        "⟦a + 1⟧ ⟦2 - a⟧ ⟦-a * 2⟧ ⟦a / b⟧"
    ] * 3,
    "{{ a|round(1) }} {{ a|abs }}": ["⟦round(a)⟧ ⟦abs(a)⟧"] * 3,
    "{{ a|int }} {{ a|float }}": ["0 0.0", "1 1.0", "2 2.0"],
    "{{ '%s' % a }} {{ '%d %s'|format(a, b) }}": ["⟦a⟧ 0 ⟦b⟧", "⟦a⟧ 1 ⟦b⟧", "⟦a⟧ 2 ⟦b⟧"],
    "{{ '{} {:.2f} {:>4}'.format(a, a, a) }}": ["⟦a⟧ ⟦a⟧  ⟦a⟧"] * 3,
    "{% for i in range(a) %}{{ i }}{% endfor %}": ["", "0", "01"],
    "{{ ['x', 'y', 'z'][a] }}": ["x", "y", "z"],
    "{{ a|upper }} {{ a.b|trim|replace('a', 'c') }} {{ a|e }}": ["⟦A⟧ ⟦c.b⟧ ⟦a⟧"] * 3,
    "{{ a|tojson }}": ['"\\u27e6a\\u27e7"'] * 3,
    "{{ a|truncate(9) }}{{ a|indent }}{{ a|wordcount }}": ["⟦a⟧⟦a⟧1"] * 3,
}  # fmt: skip


@pytest.fixture(scope="module")
def sandbox() -> object:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.mark.parametrize("text", USES)
def test_made_up_values_bear(sandbox: Sandbox, text: str) -> None:
    renderings = sandbox.render(parse(Source(text)), None)
    assert [rendering.text or rendering.error for rendering in renderings] == USES[text]


@given(st.text(max_size=300), st.sampled_from([0, 1, 2]))
def test_a_mark_is_text_that_names_its_path(path: str, level: int) -> None:
    mark = Mark(path, level)
    assert str(mark) == f"⟦{mark.path}⟧"
    assert len(mark.path) <= 120
    assert json.loads(json.dumps(mark)) == str(mark)
    assert bool(mark) == (level > 0) and len(mark) == len([*mark]) == level


@given(st.text(max_size=5), st.one_of(st.text(max_size=5), st.integers(), st.none()))
def test_comparisons_are_consistent(path: str, other: object) -> None:
    for level in (0, 1, 2):
        mark = Mark(path, level)
        assert (mark == other) is not (mark != other)
        assert (mark < other) is not (mark >= other)
        assert (mark == other) is (Mark(path, level) == other)
        assert level > 0 or not (mark == other or mark > other or other in mark)


def test_comparisons_to_constants_come_out_both_ways() -> None:
    marks = [Mark(f"chat[{n}].role", level) for n in range(20) for level in (1, 2)]
    drawn = [mark == "user" for mark in marks]
    assert 10 < sum(drawn) < 30


def test_long_paths_stay_distinct() -> None:
    one, two = (Mark("a" * 200 + end, 1) for end in "xy")
    assert one.path != two.path

"""What templates render to, and what they can't do while they render."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta, timezone
from types import MappingProxyType
from typing import Any

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptc.parse import parse
from promptc.rendering.sandbox import Job, Sandbox
from promptc.results import Rendering
from promptc.source import Source
from promptc.syntax import Syntax, options

MADE_UP: None = None

# Each attack, and what its error must say.
ATTACKS = {
    "{% for i in range(10**9) %}x{% endfor %}": "Range too big",
    "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}": "2 s of CPU",
    "{% for i in range(99999) %}{% for j in range(99) %}{{ i }}{% endfor %}{% endfor %}": "1 MB",
    "{{ 10**(10**8) }}": "2 s of CPU",
    "{{ 'a' * 10**9 }}": "512 MB",
    "{{ 'a' * 10**8 }}": "1 MB",
    "{{ 'é' * 600000 }}": "1 MB",
    "{{ 'a'|indent(10**9, true) }}": "512 MB",
    "{{ 'a'|center(10**12) }}": "512 MB",
    "{{ '%.1000000000f' % 1.5 }}": "512 MB",
    "{{ '{:>1000000000}'.format(1) }}": "512 MB",
    "{% set n = namespace(x='ab') %}{% for i in range(40) %}{% set n.x = n.x ~ n.x %}{% endfor %}"
    "{{ n.x }}": "512 MB",
    "{% set n = namespace(x=1) %}{% for i in range(99) %}{% set n.x = [n.x, n.x] %}{% endfor %}"
    "{{ n.x|string|length }}": "2 s of CPU",
    "{% set n = namespace(x=1) %}{% for i in range(9999) %}{% set n.x = [n.x] %}{% endfor %}"
    "{{ n.x }}": "too deep",
    "{% macro again(x) %}{{ again(x) }}{% endmacro %}{{ again(1) }}": "too deep",
    "{% for x in [[1]] recursive %}{{ loop([x]) }}{% endfor %}": "too deep",
    "{{ (' ' * 300000 ~ 'x')|wordwrap(1) }}": "2 s of CPU",
    "{{ ('a' * 50000 ~ '@')|urlize * 50000 }}": "512 MB",
    "{{ ''.__class__.__mro__ }}": "SecurityError",
    "{{ ''['__class__'] }}": "SecurityError",
    "{{ x.__class__ }}": "SecurityError",
    "{{ [1]|map(attribute='__class__')|list }}": "SecurityError",
    "{{ 1|attr('__class__') }}": "SecurityError",
    "{{ self.__init__.__globals__ }}": "SecurityError",
    "{{ cycler.__init__.__globals__.os }}": "SecurityError",
    "{{ raise_exception.__globals__ }}": "SecurityError",
    "{{ '{0.__class__}'.format(1) }}": "SecurityError",
    "{{ '{x.__class__}'.format_map({'x': 1}) }}": "SecurityError",
    "{{ [].append(1) }}": "SecurityError",
    "{% import 'os' as os %}{{ os.environ }}": "TemplateNotFound",
    "{% include '/etc/passwd' %}": "TemplateNotFound",
    "{{ 1 / 0 }}": "ZeroDivisionError",
    "{{ raise_exception('no user turn') }}": "no user turn",
}

# Templates that must render as stock Jinja renders them.
ORDINARY = [
    "",
    "plain\n",
    "Hi {{ user.name }}, {{ user['age'] + 1 }} {{ missing }}{{ user.missing }}!\n",
    "{% for x in items if x > 1 %}{{ loop.index }}:{{ x }}{% else %}none{% endfor %}",
    "{% for k, v in user.items() %}{{ k }}={{ v }}{% if not loop.last %}, {% endif %}{% endfor %}",
    "{% set n = namespace(t=0) %}{% for x in items %}{% set n.t = n.t + x %}{% endfor %}{{ n.t }}",
    "{%- if items|length > 2 -%}  many {%- elif items %} few {% else %} none {% endif -%}  .",
    "{% macro m(a, b=2) %}<{{ a }}{{ b }}>{{ caller() if caller }}{% endmacro %}{{ m(1) }}",
    "{% macro m(a) %}{{ a }}{{ caller() }}{% endmacro %}{% call m(3) %}body{% endcall %}",
    "{{ items|join('-') }} {{ name|upper|replace('A', 'b')|trim }} {{ '%05.1f'|format(2.5) }}",
    "{{ name|default('x') }}{{ missing|default('y') }}{{ ''|d('z', true) }}{{ name[1:3] }}",
    "{{ user|tojson }} {{ '<é>'|tojson(indent=2) }} {{ user|items|list }}{{ items|batch(2)|list }}",
    "{% trans n=items|length %}one{% pluralize %}{{ n }} many{% endtrans %}{{ _('hello') }}",
    "{% raw %}{{ not a hole }}{% endraw %}{# note #}{% filter upper %}loud{% endfilter %}",
    "{% block a %}A{{ self.b() }}{% endblock %}{% block b %}B{% endblock %}",
    "{% for x in items %}{% if x == 2 %}{% continue %}{% endif %}{{ x }}{% endfor %}{% do 1 %}",
    "{{ missing is defined }} {{ name is string }} {{ none is none }} {{ user is mapping }}",
    "{{ '{:>8}|{!r}'.format(name, name) }} {{ 'a' in name }} {{ range(3)|list }} {{ 7 // 2 }}",
    "{% with a = 1, b = 2 %}{{ a + b }}{% endwith %}",
    "{% autoescape true %}{{ '<' }}{{ '<b>'|safe }}{% endautoescape %}{{ '<' }}",
]
VALUES = {"user": {"name": "Ann", "age": 3}, "items": [1, 2, 3], "name": "Anna Banana"}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


def one(
    sandbox: Sandbox, text: str, values: Mapping[str, Any], syntax: Syntax | None = None
) -> Rendering:
    return sandbox.render(parse(Source(text), syntax), [values])[0]


def made_up(sandbox: Sandbox, text: str, syntax: Syntax | None = None) -> list[str]:
    renderings = sandbox.render(parse(Source(text), syntax), MADE_UP)
    assert [rendering.error for rendering in renderings] == ["", "", ""]
    return [rendering.text or "" for rendering in renderings]


@pytest.mark.skipif(sys.platform == "win32", reason="the limits are those of POSIX")
@pytest.mark.parametrize("text", ATTACKS)
def test_an_attack_ends_with_a_named_error_and_the_next_template_renders(
    sandbox: Sandbox, text: str
) -> None:
    attack, after = sandbox.render_many(
        [Job(parse(Source(text)), [{"x": 1}]), Job(parse(Source("{{ x }}")), [{"x": 1}])]
    )
    assert after == [Rendering("1")]
    assert attack[0].text is None
    assert ATTACKS[text] in attack[0].error
    assert attack[0].limit == ATTACKS[text].endswith(("CPU", "MB"))
    assert attack[0].error.isprintable()


@pytest.mark.parametrize("text", ORDINARY)
@pytest.mark.parametrize("trim", [False, True])
def test_ordinary_templates_render_as_stock_jinja_renders_them(
    sandbox: Sandbox, text: str, trim: bool
) -> None:
    syntax = Syntax(trim_blocks=trim, lstrip_blocks=trim, keep_trailing_newline=trim)
    stock = jinja2.Environment(**options(syntax))
    stock.install_null_translations()  # type: ignore[attr-defined]
    assert one(sandbox, text, VALUES, syntax).text == stock.from_string(text).render(VALUES)


PIECES = st.sampled_from(
    ["a ", "\n", "{{ x }}", "{{ y|upper }}", "{% if x %}", "{% endif %}", "{% else %}", "{#- c #}",
     "{% for i in y -%}", "{% endfor %}", "{{ i }}", "{{ x.y.z }}", "  ", "{%- set x = 1 %}"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=8), st.booleans(), st.text(max_size=3))
def test_any_template_that_stock_jinja_renders_renders_the_same(
    pieces: list[str], x: bool, y: str
) -> None:
    stock = jinja2.Environment(undefined=jinja2.ChainableUndefined)
    try:
        expected = stock.from_string("".join(pieces)).render(x=x, y=y)
    except jinja2.TemplateError:
        return
    assert one(_shared(), "".join(pieces), {"x": x, "y": y}).text == expected


_sandboxes: list[Sandbox] = []


def _shared() -> Sandbox:
    if not _sandboxes:
        _sandboxes.append(Sandbox())
    return _sandboxes[0]


@pytest.fixture(scope="module", autouse=True)
def _close_the_shared_sandbox() -> Iterator[None]:
    yield
    while _sandboxes:
        _sandboxes.pop().close()


# --- Samples of the user's -------------------------------------------------------------------


def test_a_sample_may_hold_everything_that_toml_can_say(sandbox: Sandbox) -> None:
    zone = timezone(timedelta(hours=2))
    values = {"at": datetime(2026, 1, 2, 3, 4, tzinfo=zone), "on": date(2026, 1, 2), "x": [1.5]}
    text = "{{ at.year }} {{ on }} {{ at.isoformat() }} {{ x }}"
    assert one(sandbox, text, values).text == "2026 2026-01-02 2026-01-02T03:04:00+02:00 [1.5]"


def test_a_sample_that_is_not_plain_data_is_named(sandbox: Sandbox) -> None:
    class Trap:
        def __reduce__(self) -> tuple[Any, ...]:
            return os.system, ("true",)

    good, bad = sandbox.render(parse(Source("{{ x }}")), [{"x": 1}, {"x": [Trap()]}])
    assert good.text == "1"
    assert bad == Rendering(
        None, "its sample can't be used: a value of type 'Trap' is not plain data"
    )


def test_a_binding_wins_over_a_sample(sandbox: Sandbox) -> None:
    template = parse(Source("{{ a }}{{ b }}"))
    bound = {"a": 9}
    assert sandbox.render(template, [{"a": 1, "b": 2}], bindings=bound)[0].text == "92"
    assert [r.text for r in sandbox.render(template, MADE_UP, bindings=bound)] == ["9⟦b⟧"] * 3


def test_missing_values_print_as_nothing_wherever_they_are_asked_for(sandbox: Sandbox) -> None:
    text = "[{{ a }}{{ a.b.c }}{{ a['b'](1).c }}{% for x in a.b() %}x{% endfor %}{{ d.e }}]"
    assert one(sandbox, text, {"d": {}}).text == "[]"


def test_an_error_names_the_line_also_after_front_matter(sandbox: Sandbox) -> None:
    text = "---\nname: x\n---\nok\n{{ 1 + 'a' }}\n"
    rendering = one(sandbox, text, {}, Syntax(front_matter=True))
    assert rendering.error.startswith("line 5: TypeError")


def test_front_matter_is_not_rendered(sandbox: Sandbox) -> None:
    text = "---\ntitle: {{ not a hole }}\n---\nHi {{ x }}"
    assert one(sandbox, text, {"x": 1}, Syntax(front_matter=True)).text == "Hi 1"


def test_a_comment_that_looks_like_front_matter_is_no_front_matter(sandbox: Sandbox) -> None:
    assert one(sandbox, "{# a #}Hi", {}, Syntax(front_matter=True)).text == "Hi"


# --- What promptc doesn't know ---------------------------------------------------------------


def test_unknown_filters_tests_functions_and_tags_are_stubs(sandbox: Sandbox) -> None:
    text = (
        "{{ x|shout }} {{ x|cut(3, by='a') }} {{ lookup(x) }} {{ 1 if x is lovely }} "
        "{% chat role=x %}in{% endchat %}{% stop %}"
    )
    assert one(sandbox, text, {"x": "v"}).text == "⟦v|shout⟧ ⟦v|cut(3, by='a')⟧ ⟦lookup('v')⟧ 1 in"


def test_an_unknown_filter_in_a_branch_never_taken_is_no_error(sandbox: Sandbox) -> None:
    assert one(sandbox, "{% if x %}{{ x|shout }}{% endif %}.", {}).text == "."


def test_what_stock_jinja_leaves_to_chance_is_fixed(sandbox: Sandbox) -> None:
    text = (
        "{{ [1, 2, 3]|random }} {{ lipsum(n=2) }} {{ strftime_now('%Y') }} {{ now() }} "
        "{{ [1]|map('abs') }} {{ cycler }} {{ (x.keys() - y.keys())|list }}"
    )
    values = {"x": {str(n): n for n in range(20)}, "y": {}}
    first = one(sandbox, text, values)
    assert first.text is not None and "random" not in first.text
    with Sandbox() as other:
        assert one(other, text, values) == first


def test_chat_templates_write_json_as_chat_tokenizers_do(sandbox: Sandbox) -> None:
    stock = "{{ '<é>'|tojson }}"
    assert one(sandbox, stock, {}).text == '"\\u003c\\u00e9\\u003e"'
    assert one(sandbox, f"{{{{ bos_token }}}}{stock}", {}).text == '"<é>"'
    assert one(sandbox, "{{ {'b': 1, 'a': 2}|tojson(sort_keys=true) }}", {}).text == (
        '{"a": 2, "b": 1}'
    )


# --- Includes --------------------------------------------------------------------------------

FILES = {
    "part.j2": "[{{ x }}{% include 'deep/leaf.j2' %}]",
    "deep/leaf.j2": "leaf {% fancy %}{{ y|odd }}",
    "page.j2": "<{% block main %}{% endblock %}>",
    "macros.j2": "{% macro hi(n) %}hi {{ n }}{% endmacro %}",
}
SHOWN = {
    "{% include 'part.j2' %}": "[1leaf ⟦2|odd⟧]",
    "{% include './part.j2' %}": "[1leaf ⟦2|odd⟧]",
    "{% include ['none.j2', 'deep/leaf.j2'] %}": "leaf ⟦2|odd⟧",
    "{% include 'none.j2' ignore missing %}.": ".",
    "{% extends 'page.j2' %}{% block main %}{{ x }}{% endblock %}": "<1>",
    "{% from 'macros.j2' import hi %}{{ hi(x) }}": "hi 1",
    "{% import 'macros.j2' as m %}{{ m.hi(x) }}": "hi 1",
    "{% include name %}": "leaf ⟦2|odd⟧",
}


@pytest.mark.parametrize("text", SHOWN)
def test_included_files_are_rendered(sandbox: Sandbox, text: str) -> None:
    values = {"x": 1, "y": 2, "name": "deep/leaf.j2"}
    assert sandbox.render(parse(Source(text)), [values], includes=FILES)[0].text == SHOWN[text]


def test_included_files_are_looked_for_where_the_caller_said() -> None:
    def load(name: str) -> Source | None:
        return Source(FILES[name], name) if name in FILES else None

    template = parse(Source("{% include 'part.j2' %}"))
    with Sandbox(load) as sandbox:
        assert sandbox.render(template, [{"x": 1, "y": 2}])[0].text == "[1leaf ⟦2|odd⟧]"


def test_a_missing_include_is_an_error_of_that_rendering(sandbox: Sandbox) -> None:
    template = parse(Source("a\n{% if x %}{% include 'none.j2' %}{% endif %}"))
    missing, unused = sandbox.render(template, [{"x": 1}, {}])
    assert missing == Rendering(None, "line 2: TemplateNotFound: none.j2")
    assert unused.text == "a\n"


def test_an_error_in_an_included_file_names_the_line_that_includes_it(sandbox: Sandbox) -> None:
    template = parse(Source("a\n\n{% include 'bad.j2' %}"))
    rendering = sandbox.render(template, [{}], includes={"bad.j2": "\n\n\n\n\n{{ 1 / 0 }}"})[0]
    assert rendering.error == "line 3: ZeroDivisionError: division by zero"


# --- Made-up samples -------------------------------------------------------------------------


def test_loops_run_0_1_and_2_times_and_both_arms_are_rendered(sandbox: Sandbox) -> None:
    text = "{% for m in chat %}{{ m.role }};{% endfor %}{% if a %}A{% else %}B{% endif %}{{ a.b }}"
    assert made_up(sandbox, text) == [
        "B⟦a.b⟧",
        "⟦chat[0].role⟧;A⟦a.b⟧",
        "⟦chat[0].role⟧;⟦chat[1].role⟧;A⟦a.b⟧",
    ]


def test_a_guard_does_not_keep_made_up_samples_from_rendering(sandbox: Sandbox) -> None:
    text = "{% if a != 'user' %}{{ raise_exception('user first') }}{% endif %}{{ a }}"
    assert made_up(sandbox, text)[0] == "⟦raise_exception('user first')⟧⟦a⟧"


def test_a_tree_that_is_walked_by_recursion_ends(sandbox: Sandbox) -> None:
    text = "{% for n in tree recursive %}({{ loop(n.children) }}){% endfor %}"
    nothing, chain, tree = made_up(sandbox, text)
    assert nothing == ""
    assert chain.strip("()") == "" and 2 <= chain.count("(") <= 20
    assert tree.count("(") > chain.count("(")


def test_made_up_samples_are_the_same_in_every_process(sandbox: Sandbox) -> None:
    text = "{% if r == 'a' %}1{% elif r == 'b' %}2{% elif r in ['c', 'd'] %}3{% endif %}{{ r > 3 }}"
    with Sandbox() as other:
        assert made_up(other, text) == made_up(sandbox, text)


# --- Files without tags ----------------------------------------------------------------------


def test_a_sample_of_a_format_file_that_lacks_a_value_is_named(sandbox: Sandbox) -> None:
    template = parse(Source("Hi {name}"), Syntax(engine="format"))
    assert sandbox.render(template, [{"name": "Ann"}, {}]) == [
        Rendering("Hi Ann"),
        Rendering(None, "its sample has no value for 'name'"),
    ]


def test_made_up_values_of_a_format_file_are_marks(sandbox: Sandbox) -> None:
    syntax = Syntax(engine="format")
    assert made_up(sandbox, "{a} {b.c:>3} %s", syntax) == ["⟦a⟧ ⟦b.c⟧ %s"] * 3


def test_a_plain_file_is_its_own_rendering(sandbox: Sandbox) -> None:
    assert (
        made_up(sandbox, "{{ x }} {% if %} {a}\n", Syntax(engine="plain"))
        == ["{{ x }} {% if %} {a}\n"] * 3
    )


def test_a_long_file_without_tags_is_over_the_limit_too(sandbox: Sandbox) -> None:
    rendering = one(sandbox, "x" * 1_000_001, {}, Syntax(engine="plain"))
    assert rendering == Rendering(None, "it prints more than 1 MB", limit=True)


def test_a_template_renders_with_read_only_values(sandbox: Sandbox) -> None:
    values = MappingProxyType({"x": 1})
    assert one(sandbox, "{{ x }}", values).text == "1"

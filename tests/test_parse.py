from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptc.emit import emit
from promptc.errors import TemplateError
from promptc.ir import Block, Comment, Output, Tag, Template, Text, blocks
from promptc.parse import MAX_DEPTH, parse
from promptc.parse.rejection import parser
from promptc.source import Source
from promptc.syntax import Syntax

ROUND_TRIPS = {
    "raw": "{% raw %}{{ not a hole }}{% endraw -%}\n x",
    "whitespace control": "a \n {%- if x -%} \n b {%- endif +%}\n",
    "set block around set": "{% set a %}{% set b = 1 %}{{ b }}{% endset %}",
    "set block with a filter": "{% set a | replace(x='1', y='2') %}t{% endset %}",
    "braces in a string": "{{ '}}' }} {{ {'a': {'b': 1}} }}",
    "do, loop controls": "{% for i in s %}{% do l.append(i) %}{% if i %}{% break %}{% endif %}"
    "{% continue %}{% endfor %}",
    "trans": "{% trans n=items|length %}one{% pluralize n %}{{ n }}{% endtrans %}",
    "generation": "{% generation %}{{ m.content }}{% endgeneration %}",
    "unknown block": '{% chat role="user" %}Hi  {{ x }}{% endchat %}',
    "unknown tag": "{% now 'utc' %} and {% cache k %}{% if a %}x{% else %}y{% endif %}"
    "{% endcache %}",
    "call and macro": "{% macro m(a) %}{{ caller(a) }}{% endmacro %}"
    "{% call(x) m(1) %}b{% endcall %}",
    "nothing": "",
    "only a line end": "\n",
    "carriage returns": "a\r\nb\rc\r\n",
    "unlike line ends": "a\r\n{% if x %}\nb{% endif %}\r",
    "unicode": "naïve 🙂 \u2028 {{ x }} \ufeff",
    "prompty": "---\nname: a\n---\nsystem:\nBe kind.\n\nuser:\n{{ q }}\n",
    "promptflow": "# system:\nBe kind.\n# user:\n{{ q }}\n",
}

SETTINGS = [
    Syntax(),
    Syntax(trim_blocks=True, lstrip_blocks=True),
    Syntax(lstrip_blocks=True),
    Syntax(keep_trailing_newline=True),
    Syntax(line_statement_prefix="#@", line_comment_prefix="##@"),
    Syntax(front_matter=True),
    Syntax(engine="format"),
    Syntax(engine="plain"),
]

REJECTED = [
    ("{% if x %}\n", "t.j2:1:1: {% if %} is never closed; add {% endif %}"),
    ("a\n  {% endif %}", "t.j2:2:3: {% endif %} closes nothing; remove it, or open {% if %}"),
    (
        "{% for a in b %}{% if c %}\n{% endfor %}",
        "t.j2:2:1: {% endfor %} comes while {% if %} of line 1 is open; add {% endif %} before it",
    ),
    ("a {{ b", "t.j2:1:3: '{{' is never closed; add '}}'"),
    ("a {% if b", "t.j2:1:3: '{%' is never closed; add '%}'"),
    ("a {# b", "t.j2:1:3: Missing end of comment tag; add '#}'"),
    ("a {% raw %} b", "t.j2:1:3: Missing end of raw directive; add {% endraw %}"),
    ("{{ a ? b }}", "t.j2:1:6: unexpected char '?'; quote it"),
    ("x\n{{ a }} {{ b c }}", "t.j2:2:9: expected token 'end of print statement', got 'c'; write"),
    ("{{ }}", "t.j2:1:1: Expected an expression, got 'end of print statement'; write an exp"),
    ("\n\n{% if = %}a{% endif %}", "t.j2:3:1: unexpected '='"),
    ("{% block a %}{% endblock %}\n{% block a %}{% endblock %}", "t.j2:2:1: block 'a' is defined"),
    ("{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}", "t.j2:1:1: an expression is nested too deep"),
    ("{# promptc: off #}a", "t.j2:1:1: 'promptc: off' is never ended; add {# promptc: on #}"),
    ("{# promptc: of #}", "t.j2:1:1: unknown pragma 'promptc: of'; did you mean 'off'"),
    ("a{# promptc: on #}", "t.j2:1:2: 'promptc: on' ends nothing here"),
    (
        "{# promptc: off #}{% if x %}{# promptc: on #}{% endif %}",
        "t.j2:1:1: 'promptc: off' is never ended; add {# promptc: on #} in the same block and bra",
    ),
    (
        "{# promptc: off #}\n{# promptc: context rate=0.5 #}",
        "t.j2:2:1: 'promptc: context' stands inside 'promptc: off' of line 1; end that one first",
    ),
]


@pytest.mark.parametrize("syntax", SETTINGS, ids=repr)
@pytest.mark.parametrize("text", ROUND_TRIPS.values(), ids=ROUND_TRIPS)
def test_parse_then_emit_is_the_source(text: str, syntax: Syntax) -> None:
    assert _emitted(parse(Source(text), syntax)) == text.encode()


@pytest.mark.parametrize(("text", "message"), REJECTED, ids=range(len(REJECTED)))
def test_what_jinja_rejects_says_where_and_what_to_do(text: str, message: str) -> None:
    with pytest.raises(TemplateError) as caught:
        parse(Source(text, "t.j2"))
    assert str(caught.value).startswith(message)


def test_half_a_character_is_an_error() -> None:
    with pytest.raises(TemplateError, match=r"t.j2:2:2: U\+D800 is half of a character"):
        parse(Source("a\nb\ud800", "t.j2"))


@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 2000])
def test_deep_nesting_is_an_error(depth: int) -> None:
    with pytest.raises(TemplateError, match="nested more than 100 deep"):
        parse(Source("{% if x %}" * depth + "{% endif %}" * depth))


def test_nesting_up_to_the_limit_parses() -> None:
    parse(Source("{% if x %}" * MAX_DEPTH + "{% endif %}" * MAX_DEPTH))


PIECES = st.sampled_from(
    ["a", " ", "\n", "  \n", "\r\n", "{", "}", "{{ x }}", "{{- x -}}", "{{ '}}' }}", "{#- n -#}"]
    + ["{% if a %}", "{%- if a -%}", "{% elif b %}", "{% else %}", "{% endif %}", "{%- endif -%}"]
    + ["{% for i in s %}", "{% endfor %}", "{% set q = 1 %}", "{% set q %}", "{% endset %}"]
    + ["{% raw %}", "{% endraw %}", "{% raw -%}", "{# promptc: off #}", "{#- promptc: on -#}"]
    + ["{% chat %}", "{% endchat %}", "{% generation %}", "{% endgeneration +%}", "#@ if x\n"]
)


@given(st.lists(PIECES, max_size=14).map("".join), st.sampled_from(SETTINGS))
def test_any_mix_of_pieces_round_trips_or_is_rejected(text: str, syntax: Syntax) -> None:
    try:
        template = parse(Source(text), syntax)
    except TemplateError:
        return
    assert _emitted(template) == text.encode()
    for leaf in template.leaves:
        assert template.text[slice(*leaf.span)] == leaf.text


@given(st.lists(PIECES, max_size=10).map("".join), st.booleans(), st.booleans())
def test_text_is_what_jinja_reads(text: str, trim: bool, strip: bool) -> None:
    """Rendering with every hole empty and every branch taken is the text leaves, joined."""
    syntax = Syntax(trim_blocks=trim, lstrip_blocks=strip)
    try:
        template = parse(Source(text), syntax)
    except TemplateError:
        return
    tags = {leaf.name for leaf in template.leaves if isinstance(leaf, Tag)}
    if tags - {"raw", "endraw", "set =", "generation", "endgeneration"} or "'}}'" in text:
        return
    env = parser(syntax, frozenset()).overlay(keep_trailing_newline=False)
    read = "".join(leaf.text for leaf in template.leaves if isinstance(leaf, Text))
    assert env.from_string(text).render() == read.replace("\r\n", "\n")


def _emitted(template: Template) -> bytes:
    assert "".join(leaf.text for leaf in template.leaves) == template.text
    return emit(template).data


def test_the_final_line_end_that_jinja_drops_is_no_text() -> None:
    leaves = parse(Source("a\n")).leaves
    assert [type(leaf) for leaf in leaves] == [Text, Comment]
    kept = parse(Source("a\n"), Syntax(keep_trailing_newline=True)).leaves
    assert [leaf.text for leaf in kept] == ["a\n"]


def test_front_matter_is_no_text_where_the_loader_reads_it() -> None:
    source = Source("---\nname: {{ x }}\n---\nsystem:\nHi {{ y }}")
    front, *rest = parse(source, Syntax(front_matter=True)).leaves
    assert isinstance(front, Comment)
    assert front.text == "---\nname: {{ x }}\n---\n"
    assert [leaf.text for leaf in rest] == ["system:\nHi ", "{{ y }}"]


def test_unknown_tags_are_locked_and_noted() -> None:
    template = parse(Source('{% chat role="user" %}Hi {{ x }}{% endchat %}{% now %}'))
    (block,) = blocks(template.body)
    assert block.opaque
    assert all(leaf.locked for leaf in template.leaves[:4])
    assert [note.text for note in template.notes] == [
        "{% now %} is not a Jinja tag; it is kept as it is",
        "{% chat %} is not a Jinja tag; it is kept as it is",
    ]


def test_off_locks_up_to_on() -> None:
    template = parse(Source("a{# promptc: off #}b{% if x %}c{% endif %}{# promptc: on #}d"))
    assert [leaf.text for leaf in template.leaves if not leaf.locked] == ["a", "d"]


@pytest.mark.parametrize(
    "hole",
    ["{name}", "{}", "{0}", "{:>3}", "{!r}", "{a.b}", "{a[0]}", "{x:>10}", "{x!r}", "{{name}}",
     "${name}", "%s", "%(x)d", "%.2f", "<NAME>"],
)  # fmt: skip
def test_format_fields_are_holes(hole: str) -> None:
    leaves = parse(Source(f"a {hole} b"), Syntax(engine="format")).leaves
    assert [(type(leaf), leaf.text) for leaf in leaves] == [
        (Text, "a "),
        (Output, hole),
        (Text, " b"),
    ]


@pytest.mark.parametrize(
    "text", ['{"a": 1}', "{{\n}}", "{{}}", "100% sure", "<b>", "{ }", "a < B > c"]
)
def test_what_only_looks_like_a_field_is_text(text: str) -> None:
    assert {type(leaf) for leaf in parse(Source(text), Syntax(engine="format")).leaves} == {Text}


def test_blocks_nest() -> None:
    template = parse(Source("{% if a %}x{% elif b %}{% for c in d %}y{% endfor %}{% endif %}"))
    (outer,) = template.body
    assert isinstance(outer, Block)
    assert [clause.tag.name for clause in outer.clauses] == ["if", "elif"]
    assert [block.name for block in blocks(template.body)] == ["if", "for"]

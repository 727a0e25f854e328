from __future__ import annotations

import re
from itertools import product

import jinja2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promptc.analysis.dominance import dominates
from promptc.ir import Template
from promptc.parse import parse
from promptc.source import Source, Span

ENV = jinja2.Environment(extensions=["jinja2.ext.loopcontrols"])


def _says(text: str) -> bool:
    """Whether the first ``Aaa`` of *text* dominates the first ``Bbb``."""
    template = parse(Source(text))
    return dominates(template, _at(template, "Aaa"), _at(template, "Bbb"))


def _at(template: Template, mark: str) -> Span:
    start = template.text.index(mark)
    return Span(start, start + len(mark))


@pytest.mark.parametrize(
    "text",
    [
        "Aaa Bbb",
        "Aaa {% if x %}Bbb{% endif %}",
        "{% if x %}Aaa {% for i in s %}Bbb{% endfor %}{% endif %}",
        "{% for i in s %}Aaa Bbb{% endfor %}",
        "{% macro m() %}Aaa Bbb{% endmacro %}",
        "{% for i in s %}{% break %}{% endfor %}Aaa Bbb",
        "Aaa\n\n# Tone\nBbb",
        "# Tone\nAaa\n\nBbb",
        "# Tone\n## Words\nAaa\n\nBbb",
        "Aaa\n<rules>\nBbb\n</rules>",
        "Wrap it in <b> tags. Aaa Bbb",
        "- Aaa\n- C\n- Bbb",
        "Aaa\n- C\n  - Bbb",
        "1. C. Aaa Bbb",
        "1. Aaa\n   - Bbb",
        "- **Aaa** is short.\n- C\n- Bbb",
        "System: Aaa Bbb",
    ],
)
def test_dominates(text: str) -> None:
    assert _says(text)


@pytest.mark.parametrize(
    "text",
    [
        "Bbb Aaa",
        "{% if x %}Aaa{% endif %}Bbb",
        "{% if x %}Aaa{% else %}Bbb{% endif %}",
        "{% for i in s %}Aaa{% else %}Bbb{% endfor %}",
        "{% for i in s %}Aaa{% endfor %}Bbb",
        "Aaa{% macro m() %}Bbb{% endmacro %}",
        "{% macro m() %}Aaa{% endmacro %}Bbb",
        "Aaa{% block b %}Bbb{% endblock %}",
        "Aaa{% set x %}Bbb{% endset %}",
        "Aaa{% filter upper %}Bbb{% endfilter %}",
        "{% for i in s %}Aaa{% if i %}{% continue %}{% endif %}Bbb{% endfor %}",
        "{% for i in s %}Aaa{% break %}{% if i %}Bbb{% endif %}{% endfor %}",
        "# Refunds\nAaa\n# Exchanges\nBbb",
        "# Refunds\nAaa\n## Late ones\nBbb",
        "# Shop\n## Refunds\nAaa\n## Exchanges\nBbb",
        "Refunds\n=======\nAaa\n\nExchanges\n=========\nBbb",
        "**Refunds**\nAaa\n\n**Exchanges:**\nBbb",
        "REFUNDS\nAaa\n\nEXCHANGES\nBbb",
        "=== Refunds ===\nAaa\n\n=== Exchanges ===\nBbb",
        "Refunds:\nAaa\n\nExchanges:\nBbb",
        "<refunds>\nAaa\n</refunds>\n<exchanges>\nBbb\n</exchanges>",
        "<refunds>\nAaa\n</refunds>\nBbb",
        "1. Refunds. Aaa\n2. Exchanges. Bbb",
        "- Refunds\n  - Aaa\n- Exchanges\n  - Bbb",
        "- Refunds. Aaa\n\nBbb",
        "system: Aaa\nuser: Bbb",
        "<|im_start|>system\nAaa<|im_end|>\n<|im_start|>user\nBbb<|im_end|>",
        "{{ _.role('system') }} Aaa {{ _.role('user') }} Bbb",
        "Aaa ||| Bbb",
    ],
)
def test_does_not_dominate(text: str) -> None:
    assert not _says(text)


def _wrapped(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    body = st.lists(inner, max_size=4).map("".join)
    return st.one_of(
        *(
            st.builds(shape.replace, st.just("@"), body)
            for shape in (
                "{% if p %}@{% endif %}",
                "{% if q %}@{% endif %}",
                "{% for i in s %}@{% endfor %}",
                "{% set v %}@{% endset %}{{ v }}",
                "{% filter upper %}@{% endfilter %}",
                "{% call w() %}@{% endcall %}",
                "{% macro m() %}@{% endmacro %}",
                "{% with %}@{% endwith %}",
            )
        ),
        st.builds("{{% if p %}}{}{{% else %}}{}{{% endif %}}".format, body, body),
        st.builds("{{% for i in s %}}{}{{% else %}}{}{{% endfor %}}".format, body, body),
    )


NODES = st.recursive(st.just("@ "), _wrapped, max_leaves=8)
BODIES = st.lists(NODES | st.just("{{ m() if m }}"), max_size=6).map("".join)
JUMPS = st.sampled_from(["{% if q %}{% break %}{% endif %}", "{% continue %}"])


def _numbered(body: str) -> str:
    parts = body.split("@")
    return "".join(f"{part}t{number}z" for number, part in enumerate(parts[:-1])) + parts[-1]


@settings(deadline=None)
@given(BODIES, JUMPS, BODIES)
def test_what_dominates_is_rendered_before(one: str, jump: str, two: str) -> None:
    head = "{% macro w() %}{{ caller() }}{{ caller() if q }}{% endmacro %}{{ self.t() if q }}"
    loop = f"{{% for i in s %}}@ {one}{jump}{two}@ {{% endfor %}}"
    text = _numbered(f"{head}@ {one}{loop}{two}@ {{% block t %}}@ @ {{% endblock %}}")
    template = parse(Source(text))
    marks = re.findall(r"t\d+z", text)
    pairs = [
        (a, b)
        for a, b in product(marks, marks)
        if dominates(template, _at(template, a), _at(template, b))
    ]
    for p, q, s in product((False, True), (False, True), ([], [1, 2])):
        shown = re.findall(r"t\d+z", ENV.from_string(text).render(p=p, q=q, s=s).lower())
        for a, b in pairs:
            if b in shown:
                assert a in shown[: shown.index(b)]

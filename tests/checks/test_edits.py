"""The check `facts` on edits of a template: which of them it names, path by path."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promptc.checks.facts import Facts
from promptc.ir import Edit, Patch, Template
from promptc.parse import parse
from promptc.results import Objection
from promptc.rewrite import rewrite
from promptc.source import Source, Span

CHECK = Facts()
COPY = "Wait 3 days. "
IF = "{% if a %}"
FOR = "{% for i in s %}"


def _objections(template: Template, edits: list[Edit]) -> tuple[Objection, ...]:
    return CHECK.objections(template, rewrite(template, edits), edits)


def _marked(text: str) -> tuple[Template, list[Edit]]:
    """A template, and an edit that deletes each stretch that stands between ``⟦`` and ``⟧``."""
    edits = []
    while "⟦" in text:
        start, stop = text.index("⟦"), text.index("⟧") - 1
        text = text.replace("⟦", "", 1).replace("⟧", "", 1)
        edits.append(Edit((Patch(Span(start, stop), ""),)))
    return parse(Source(text)), edits


KEPT = {
    "a copy before": "{c}⟦{c}⟧",
    "a copy after": "⟦{c}⟧Go. {c}",
    "a copy outside of an if": IF + "⟦{c}⟧{% endif %}{c}",
    "a copy in the same arm": IF + "⟦{c}⟧Go. {c}{% endif %}",
    "a copy outside of a loop": "{c}" + FOR + "⟦{c}⟧{% endfor %}",
    "a copy in the same body": FOR + "⟦{c}⟧Go. {c}{% endfor %}",
    "a copy before a break": FOR + "{c}{% if b %}{% break %}{% endif %}⟦{c}⟧{% endfor %}",
    "a copy after a loop that breaks": FOR + "⟦{c}⟧{% break %}{% endfor %}{c}",
    "a copy in the same macro": "{% macro m() %}⟦{c}⟧{c}{% endmacro %}{{ m() }}",
}
LOST = {
    "no copy": "⟦{c}⟧Go.",
    "a copy in the other arm": IF + "⟦{c}⟧{% else %}{c}{% endif %}",
    "a copy in an arm": "⟦{c}⟧" + IF + "{c}{% endif %}",
    "a copy in another if": IF + "⟦{c}⟧{% endif %}{% if b %}{c}{% endif %}",
    "a copy in a loop": "⟦{c}⟧" + FOR + "{c}{% endfor %}",
    "a copy in a loop's else": FOR + "⟦{c}⟧{% else %}{c}{% endfor %}",
    "a copy in a macro": "{% macro m() %}{c}{% endmacro %}⟦{c}⟧",
    "a copy outside of a macro": "{% macro m() %}⟦{c}⟧{% endmacro %}{c}",
    "a copy in a block": "{% block m %}{c}{% endblock %}⟦{c}⟧",
    "a copy outside of a block": "{% block m %}⟦{c}⟧{% endblock %}{c}",
    "a copy in a set": "{% set m %}{c}{% endset %}⟦{c}⟧",
    "a copy in a filter": "{% filter upper %}{c}{% endfilter %}⟦{c}⟧",
    "a copy in a call": "{% call m() %}{c}{% endcall %}⟦{c}⟧",
    "a copy after a break": FOR + "⟦{c}⟧{% if b %}{% break %}{% endif %}{c}{% endfor %}",
    "a copy after a continue": FOR + "⟦{c}⟧{% if b %}{% continue %}{% endif %}{c}{% endfor %}",
    "a copy in a comment": "⟦{c}⟧{# {c} #}",
}


@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT)
def test_a_fact_that_is_left_on_every_path_is_kept(text: str) -> None:
    template, edits = _marked(text.replace("{c}", COPY))
    assert _objections(template, edits) == ()


@pytest.mark.parametrize("text", LOST.values(), ids=LOST)
def test_a_fact_that_is_gone_on_some_path_is_lost(text: str) -> None:
    template, edits = _marked(text.replace("{c}", COPY))
    (objection,) = _objections(template, edits)
    assert objection.edit is edits[0]
    assert objection.reason == "would lose '3 days' (number)"


def test_only_the_edits_that_fail_are_named() -> None:
    template, edits = _marked("⟦Please ⟧wait. ⟦Never ⟧bill them. ⟦Kindly ⟧go ⟦in 3 days⟧.")
    found = _objections(template, edits)
    assert [(edits.index(each.edit), each.reason) for each in found] == [
        (1, "would lose 'Never bill' (negation)"),
        (3, "would lose '3 days' (number)"),
    ]


def test_of_edits_that_lose_a_fact_together_one_is_named() -> None:
    template, edits = _marked(f"⟦{COPY}⟧Go. ⟦{COPY}⟧")
    (objection,) = _objections(template, edits)
    assert objection.edit is edits[0]


def test_of_copies_lost_together_the_one_on_more_paths_is_named() -> None:
    template, edits = _marked(f"{IF}⟦{COPY}⟧{{% endif %}}⟦{COPY}⟧")
    (objection,) = _objections(template, edits)
    assert objection.edit is edits[1]


def test_a_fact_that_an_edit_writes_is_invented() -> None:
    template = parse(Source("Be kind. {{ x }}"))
    edit = Edit((Patch(Span(0, 2), "Never be"),))
    (objection,) = _objections(template, [edit])
    assert objection == (edit, "would invent 'Never be kind' (negation)")


def test_a_negation_that_loses_what_it_is_about_is_lost() -> None:
    template, edits = _marked("Never ⟦share the data. ⟧Bill the user.")
    (objection,) = _objections(template, edits)
    assert objection.reason.startswith("would lose 'Never share' (negation)")


def test_an_edit_that_opens_a_quotation_is_named_for_what_that_swallows() -> None:
    template = parse(Source('Say so" to Ann. Then "go" to 3 users.'))
    edit = Edit((Patch(Span(0, 3), '"Say'),))
    (objection,) = _objections(template, [edit])
    assert objection.edit is edit


def test_holes_are_words_that_a_negation_is_about() -> None:
    template, edits = _marked("Never ⟦ever ⟧{{ verb }} it.")
    assert _objections(template, edits) == ()


SAID = ["Never bill Ann. ", "Wait 3 days. ", "Call `f`. ", "Be kind. ", "Ask Bob if sad. "]
OPEN = [IF, "{% if b %}", "{% for i in s %}", "{% else %}", "{% endif %}", "{% endfor %}"]
OPEN += ["{% if b %}{% break %}{% endif %}", "{{ x }} "]


def _balanced(parts: list[str]) -> str:
    """*parts* with every tag closed, and those left out that close nothing."""
    stack: list[str] = []
    text = ""
    for part in parts:
        if "break" in part:
            part = part if "endfor" in stack else ""
        elif part.startswith(("{% if", "{% for")):
            stack.append("end" + part.split()[1])
        elif "else" in part:
            part = part if stack and stack[-1][0] != "~" else ""
            stack[-1:] = ["~" + stack[-1]] if part else stack[-1:]
        elif "{% end" in part:
            part = f"{{% {stack.pop().strip('~')} %}}" if stack else ""
        text += part
    return text + "".join(f"{{% {each.strip('~')} %}}" for each in reversed(stack))


@settings(max_examples=200)
@given(st.lists(st.sampled_from(SAID * 2 + OPEN), max_size=14), st.data())
def test_edits_that_are_not_named_lose_nothing_on_any_path(
    parts: list[str], data: st.DataObject
) -> None:
    import jinja2

    text = _balanced(parts)
    template = parse(Source(text))
    spots = [at for at in range(len(text)) for said in SAID if text.startswith(said, at)]
    edits = [
        Edit((Patch(Span(at, text.index(". ", at) + 2), ""),))
        for at in data.draw(st.lists(st.sampled_from(spots), unique=True) if spots else st.just([]))
    ]
    named = {id(each.edit) for each in _objections(template, edits)}
    kept = [edit for edit in edits if id(edit) not in named]
    assert _objections(template, kept) == ()
    after = rewrite(template, kept)
    environment = jinja2.Environment(extensions=["jinja2.ext.loopcontrols"], autoescape=False)
    for a, b, s in product((0, 1), (0, 1), ([], [1], [1, 2])):
        shown = [
            environment.from_string(each).render(a=a, b=b, s=s, x="x")
            for each in (text, after.text)
        ]
        assert CHECK.check(*shown).passed, shown

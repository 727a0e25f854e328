from __future__ import annotations

from itertools import product

import jinja2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promptc.errors import TemplateError
from promptc.parse import parse
from promptc.passes.dedupe_sentences import DedupeSentences
from promptc.pipeline import optimize
from promptc.protocols import PassContext
from promptc.source import Source
from tests.test_passes import Bytes

SAID = (
    "Never quote a price in euros",
    "Ask for the receipt of the order",
    "Name the size of the lost shoe",
)
PIECES = st.sampled_from(
    [f"{each}. " for each in SAID]
    + [f"- {each}.\n" for each in SAID]
    + ["\n\n", "\n", "# Tone\n", "{% if p %}", "{% else %}", "{% endif %}", "{{ name }} "]
    + ["{% for i in s %}", "{% endfor %}", "{% break %}", "1. ", "System:\n", "Be kind. "]
)


@given(st.lists(PIECES, max_size=14).map("".join))
@settings(deadline=None)
def test_every_rendering_still_says_all_that_it_said(text: str) -> None:
    text = f"{SAID[0]}. {text}\n\nBegin."
    try:
        template = parse(Source(text))
        _rendered(text, p=True, s=[])
    except (TemplateError, SyntaxError):
        # A loop that is left where there is none: Jinja parses that, and Python refuses it.
        return
    after = optimize(template, [DedupeSentences(last_section=True)], PassContext(Bytes())).template
    for p, s in product((False, True), ([], [1, 2])):
        one, two = (_rendered(each, p=p, s=s) for each in (text, after.text))
        for each in SAID:
            assert (each in one) == (each in two)
            assert two.find(each) <= one.find(each)


def _rendered(text: str, **variables: object) -> str:
    env = jinja2.Environment(extensions=["jinja2.ext.loopcontrols"])
    return env.from_string(text).render(**variables)


@pytest.mark.parametrize("text", ["{% if p %}Be kind.{% endif %}", "# A\n# B", "", "a b a b a b"])
def test_prompts_without_repeats_need_no_parser(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("promptc.analysis.sentences._parser", lambda: pytest.fail("parsed"))
    assert not list(DedupeSentences().run(parse(Source(text)), PassContext(Bytes())))

"""What holds for every rule and every template."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptc.analysis.paragraphs import paragraphs
from promptc.analysis.statements import statements
from promptc.config.sidecar import Sample
from promptc.errors import TemplateError
from promptc.inspection import Item, Judges, Paragraph, Project, Reads, Record, Subject
from promptc.ir import Template
from promptc.parse import parse
from promptc.rules import made
from promptc.rules.shared_paragraph import SharedParagraph
from promptc.source import Source
from promptc.tokens import get_tokenizer

TOKENIZER = get_tokenizer("gpt-4o")
PIECES = st.sampled_from(
    ["Use at most 3 words. ", "Use at most 5 words. ", "Always be kind to users.\n", "- ", "\n\n"]
    + ["Never be kind to users.\n", "Answer in one sentence.", "Answer in at least 2 paragraphs."]
    + ['{"a": "{{ x }}", ', '"b": "c"}', "<doc>", "</doc>", "word ", "# Head\n", "{{ y }}", "“a”"]
    + [
        "{% if a %}",
        "{% else %}",
        "{% endif %}",
        "{% for i in s %}",
        "{% endfor %}",
        "\t",
        "\ue000",
    ]
    + ["<example>Input: a\nOutput: b</example>\n", "{# promptc: ignore PC502 #}", "{% set q = 1 %}"]
)
TEXTS = st.lists(PIECES, max_size=14).map("".join)


def parsed(text: str) -> Template | None:
    try:
        return parse(Source(text, "a.j2"))
    except TemplateError:
        return None


@given(TEXTS)
def test_every_rule_reads_every_template_and_points_into_it(text: str) -> None:
    template = parsed(text)
    if template is None:
        return
    subject = Subject(template, TOKENIZER, samples=(Sample("one", {"z": 1}),))
    for rule in made({"PC4": {"least": 1}}):
        if isinstance(rule, Reads):
            hits = list(rule.read(subject))
            for hit in hits:
                for span in (hit.span, *hit.others):
                    assert 0 <= span.start <= span.stop <= len(text)
                assert hit.message
            assert hits == list(rule.read(subject))


@given(TEXTS)
def test_statements_have_a_place_and_a_range(text: str) -> None:
    template = parsed(text)
    for each in statements(template) if template else ():
        assert each.low <= each.high
        assert 0 <= each.span.start < each.span.stop <= len(text)


@given(TEXTS, st.sampled_from([" ", "  ", "\t"]))
def test_paragraphs_are_the_same_however_they_are_spaced(text: str, space: str) -> None:
    one, two = parsed(text), parsed(text.replace("word ", f"word{space}"))
    if one is not None and two is not None:
        assert [each.key for each in paragraphs(one)] == [each.key for each in paragraphs(two)]


def record(keys: list[str]) -> Record:
    found = tuple(Paragraph(key, 50, line, 1, line, 9) for line, key in enumerate(keys, 1))
    return Record(0, 0, 0, sampled=False, exact=True, paragraphs=found)


@given(st.lists(st.lists(st.sampled_from("abcdef"), max_size=5), max_size=4))
def test_shared_paragraphs_are_those_that_a_slow_look_finds(files: list[list[str]]) -> None:
    items = tuple(Item(f"{n}.j2", f"{n}.j2", record(keys)) for n, keys in enumerate(files))
    told = list(SharedParagraph(least=1).judge(Project(items)))
    named = {(v.item.path, v.at[0]) for v in told if v.at} | {
        (place.path, place.line) for verdict in told for place in verdict.others
    }
    slow = {
        (item.path, item.record.paragraphs[at].line)
        for item, keys in zip(items, files, strict=True)
        for at, key in enumerate(keys)
        if keys.index(key) == at and sum(key in other for other in files) > 1
    }
    assert named == slow


@pytest.mark.parametrize("rule", made({}), ids=lambda rule: rule.code)
def test_a_project_without_templates_has_no_findings(rule: object) -> None:
    if isinstance(rule, Judges):
        assert list(rule.judge(Project(()))) == []


def test_every_rule_reads_or_judges_or_is_found_by_the_check_itself() -> None:
    idle = [r.code for r in made({}) if not isinstance(r, Reads) and not isinstance(r, Judges)]
    assert idle == ["PC001", "PC002"]

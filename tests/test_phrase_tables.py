"""Every rule of the tables, run on its own example."""

from __future__ import annotations

import pytest

from promptc.analysis.phrases import Rule, table
from promptc.analysis.rewording import rewordings
from promptc.checks.facts import Facts
from promptc.parse import parse
from promptc.rewrite import rewrite
from promptc.source import Source
from promptc.syntax import Syntax
from promptc.tokens import get_tokenizer
from tests.analysis.test_phrases import TABLES
from tests.analysis.test_rewording import Characters

RULES = [(name, rule) for name in TABLES for rule in table(name).rules]
IDS = [f"{name}: {rule.name} ({rule.before})" for name, rule in RULES]

#: What is said to a model makes a paragraph a prompt; no example needs to do so itself.
SAID = "Answer the user. "


def run(name: str, rule: Rule, text: str) -> str:
    """*text* after the edits of *rule* alone."""
    tree = parse(Source(SAID + text), Syntax())
    edits = rewordings(tree, table(name), Characters())
    return rewrite(tree, [e for e in edits if e.rule == rule.name]).text.removeprefix(SAID)


@pytest.mark.parametrize(("name", "rule"), RULES, ids=IDS)
def test_a_rule_does_what_its_example_shows(name: str, rule: Rule) -> None:
    assert rule.before != rule.after
    assert run(name, rule, rule.before) == rule.after
    assert run(name, rule, rule.after) == rule.after


@pytest.mark.parametrize(("name", "rule"), RULES, ids=IDS)
def test_no_example_loses_or_invents_a_fact(name: str, rule: Rule) -> None:
    result = Facts().check(rule.before, rule.after)
    assert result.passed, result.detail


@pytest.mark.parametrize("name", TABLES)
def test_no_rule_stands_twice_in_a_table(name: str) -> None:
    lines = [(rule.name, rule.conditions) for rule in table(name).rules]
    assert len({*lines}) == len(lines)


def test_there_are_several_hundred_rules() -> None:
    assert len(RULES) > 400


def test_most_examples_take_fewer_tokens() -> None:
    count = get_tokenizer("gpt-4o").count
    saved = [count(rule.before) - count(rule.after) for _, rule in RULES]
    assert min(saved) >= 0
    assert sum(each > 0 for each in saved) > 0.98 * len(saved)

from __future__ import annotations

import io
import json
from dataclasses import replace

from rich.console import Console

from promptc.report import as_json, markdown, terminal
from promptc.results import Built
from tests.report.samples import CACHED, GOOD, HOLE, HOSTILE, RULE, cached

SECTION = """\
prompt cache, OpenAI: 1,024 static tokens or more, kept 5 minutes
template          prefix  cached  1,000 cold  1,000 warm  pays from
rag/answer.j2      2,100   2,048       $5.28       $2.72    2 calls
support/agent.j2   1,290   1,280       $3.25       $1.65    2 calls
calls: cold ones write the prefix, warm ones read it; rules of 2026-11-20
2 templates start with fewer than 1,024 static tokens, so none is kept
"""


def test_the_terminal_shows_what_calls_cost_that_find_the_prefix() -> None:
    assert SECTION in _printed(CACHED)


def test_why_names_what_ends_the_prefix_of_the_others() -> None:
    shown = _printed(CACHED, why=True)
    assert "  whole.j2: 40; all of it is static" in shown
    assert "  rag/short.j2: 890;" in shown
    assert "\x1b[31m" not in shown
    assert "::error" not in shown


def test_why_names_a_template_once_and_shortens_it() -> None:
    name = f"prompts/{'very-' * 20}long.j2"
    file = cached(name, 900, 890, HOLE._replace(source=name))
    shown = _printed(replace(CACHED, files=(file,)), why=True)
    line = next(each for each in shown.splitlines() if "filled anew" in each)
    assert "long.j2: 890; 7:3: {{ day }}" in line
    assert len(line) <= 80


def test_a_build_without_a_rule_says_nothing_of_a_cache() -> None:
    assert "prompt cache" not in _printed(GOOD)
    assert "prompt cache" not in _printed(replace(GOOD, cache_rule=RULE))


def test_a_cache_that_must_be_asked_for_says_so() -> None:
    marked = replace(CACHED, cache_rule=RULE._replace(automatic=False))
    assert "kept 5 minutes if marked" in _printed(marked)


def test_many_cached_templates_are_cut() -> None:
    files = (cached(f"{number:02}.j2", 2000, 2000) for number in range(14))
    many = replace(CACHED, files=tuple(files))
    assert "… and 4 more templates; --why lists all" in _printed(many)
    assert "13.j2" in _printed(many, why=True)


def test_markdown_folds_it_away() -> None:
    text = markdown(CACHED)
    assert "<summary>prompt cache, OpenAI: 1,024 static tokens or more" in text
    assert "| `rag/answer.j2` | 2,100 | 2,048 | $5.28 | $2.72 | 2 calls |" in text
    assert "whole.j2" not in text.split("<summary>prompt cache")[1]


def test_json_has_the_numbers_and_the_rule() -> None:
    report = json.loads(as_json(CACHED))
    file = report["files"][0]
    assert file["prefix"]["end"]["line"] == 7
    assert (file["prefix"]["before"], file["prefix"]["after"]) == (2300, 2100)
    assert file["cache"]["after"]["per_1000_calls"] == {
        "uncached": 5.275, "cold": 5.275, "warm": 2.715,
    }  # fmt: skip
    assert (file["cache"]["dearer"], file["cache"]["dearer_from"]) == (False, None)
    assert report["cache_rule"]["kept"] == [{"seconds": 300, "write": 1.0}]
    assert report["files"][1]["prefix"]["end"]["source"] == HOSTILE


def _printed(build: Built, *, why: bool = False) -> str:
    out = io.StringIO()
    terminal(build, Console(file=out), why=why, quiet=False)
    return out.getvalue()

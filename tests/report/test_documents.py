"""What reports tell of documents, in words, in Markdown and in JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import jsonschema

from promptc.economics.caching import warm_share
from promptc.outlining.paying import paying
from promptc.prices import Price
from promptc.report.as_json import as_json
from promptc.report.documents import documents
from promptc.report.markdown import markdown
from promptc.results import Compiled, Outline, PrefixCost, Trial
from tests.report.samples import HOSTILE, built, compiled, sampled

SCHEMA = json.loads(
    (Path(__file__).parents[2] / "promptc" / "schemas" / "report.schema.json").read_text()
)
MOVED = Outline(
    "handbook",
    before=4_000,
    k=4,
    tokens=600,
    mean=500.4,
    asked=21,
    answered=20,
    recall=0.95,
    by_k=(Trial(1, 600, 0.8, 90), Trial(2, 600, 0.95, 200), Trial(4, 600, 0.95, 500)),
    by_tokens=(Trial(100, 300, 0.9, 290), Trial(100, 400, 0.95, 390), Trial(100, 600, 0.95, 500)),
    embedder="embedded",
    moved=True,
    place="3:1",
)
PRICE = Price("gpt-4o", "openai", Decimal("2.5"), Decimal("1.25"), Decimal(10), "2026-11-20", "")
CLAUDE = replace(PRICE, model="claude-sonnet-4-5", input=Decimal(3), cached_input=Decimal("0.3"))


def made(*outlines: Outline, after: float = 1_000, prefix: int = 4_100) -> Compiled:
    each = compiled("ask.j2", sampled(after + 3_500, after, 1_100))
    return replace(each, outlines=outlines, prefix=PrefixCost(prefix, 40))


def told(each: Compiled, price: Price = PRICE, warm: float | None = None) -> str:
    priced = replace(each, paying=paying(each, price, warm))
    return "\n".join(line for head, lines in documents([priced]) for line in (head, *lines))


def test_the_words_say_what_is_answered_and_what_it_costs() -> None:
    assert told(made(MOVED)).split("\n") == [
        "ask.j2: handbook, 4,000 tokens, is retrieved: 500 on average, k=4 tokens=600",
        "answered with the document: 20 of 21 questions; of these retrieved: 19 (recall 0.95)",
        "by tokens: 300 0.90, 400-600 0.95",
        "by k at 600 tokens: 1 0.80, 2-4 0.95",
        "1,000 calls: $11.25 with the document, $2.50 with retrieval",
        "with a warm prompt cache: $6.13 with the document, $2.50 with retrieval",
        "retrieval costs less, however many calls find the cache warm",
    ]


def test_a_warm_document_at_a_tenth_of_its_price_can_be_cheaper() -> None:
    each = made(MOVED, after=1_600, prefix=5_000)
    assert "the swap does not pay with 90.0% of the calls warm: the document" in told(each, CLAUDE)
    rare = told(each, CLAUDE, 0.01)
    assert "it pays with 1.0% of the calls warm; the document is cheaper from" in rare
    assert "calls a month" in rare


def test_the_tipping_point_is_where_both_cost_the_same() -> None:
    each = made(MOVED, after=1_600, prefix=5_000)
    worth = paying(each, CLAUDE)
    assert worth and worth.tipping and worth.busy
    at = [paying(each, CLAUDE, worth.tipping + step) for step in (-0.01, 0.01)]
    assert [one and one.loses for one in at] == [False, True]
    assert warm_share(worth.busy, 300) >= worth.tipping > warm_share(worth.busy - 1, 300)


def test_what_no_cache_keeps_and_what_no_rule_is_known_of() -> None:
    assert "too short for one" in told(made(MOVED, prefix=500))
    assert "nothing is known of a prompt cache" in told(made(MOVED), replace(PRICE, model="own"))
    assert paying(made(), PRICE) is None


def test_weak_and_thin_evidence_is_called_so() -> None:
    weak = told(made(replace(MOVED, weak=True)))
    assert "19 of 20 of its own headings and questions bring what they name" in weak
    assert "weak evidence: add [[questions]]" in weak
    assert "4 questions tell little; ask 10 or more" in told(made(replace(MOVED, answered=4)))


def test_a_refusal_is_told_and_a_document_without_evidence_is_for_the_notes() -> None:
    stays = replace(MOVED, moved=False, recall=0.8, why="k=8 tokens=900 would do")
    text = told(made(stays))
    assert "handbook, 4,000 tokens, stays" in text
    assert "it stays: k=8 tokens=900 would do" in text
    assert told(made(Outline("other", 50, why="it is locked"))) == ""


def test_the_json_is_what_the_schema_says_and_the_markdown_escapes() -> None:
    hostile = replace(MOVED, name=HOSTILE, why=HOSTILE)
    each = made(hostile, replace(MOVED, moved=False))
    build = built(replace(each, paying=paying(each, CLAUDE, 0.5)))
    report = json.loads(as_json(build))
    jsonschema.validate(report, SCHEMA)
    assert report["files"][0]["documents"][1]["recall"] == 0.95
    assert report["files"][0]["retrieval"]["per_1000_calls"]["retrieval"] == 3.0
    shown = markdown(build)
    assert "Documents behind retrieval" in shown
    assert "<img" not in shown and "\x1b" not in shown

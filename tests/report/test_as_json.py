from __future__ import annotations

import json
import re
from dataclasses import replace
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from promptc.report import as_json
from promptc.results import SampleCost
from tests.report.samples import ALL, GOOD, HOSTILE, MIXED, PRICE, built, compiled, sampled

SCHEMA = json.loads(files("promptc").joinpath("schemas/report.schema.json").read_text())
DOCS = Path(__file__).parents[2] / "docs" / "report.md"


def validate(report: Any) -> None:
    jsonschema.Draft202012Validator(SCHEMA).validate(report)


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", ALL)
def test_every_report_fits_the_schema(name: str) -> None:
    validate(json.loads(as_json(ALL[name])))


def test_the_schema_refuses_what_it_does_not_name() -> None:
    report = json.loads(as_json(GOOD))
    for broken in (report | {"extra": 1}, report | {"version": 2}, report | {"level": "2"}):
        with pytest.raises(jsonschema.ValidationError):
            validate(broken)


def test_totals_and_files_carry_the_numbers() -> None:
    report = json.loads(as_json(GOOD))
    assert report["totals"]["tokens"]["saved"] == 246
    assert report["totals"]["per_month"]["saved"] == 67.2
    agent = report["files"][2]
    assert agent["tokens"]["share"] == pytest.approx(224 / 1204, abs=1e-6)
    assert agent["steps"][2]["pass"] == "collapse-blank-lines"
    assert agent["steps"][2]["renderings"] == 4
    assert agent["steps"][4]["checks"] == ["facts"]
    assert agent["undone"][0]["line"] == 14
    assert report["files"][0]["money"]["per_month"] is None


def test_passes_are_added_up_over_the_build_with_all_their_rules() -> None:
    totals = json.loads(as_json(GOOD))["totals"]
    counts = {"templates": 1, "edits": 5, "undone": 0, "skipped": 1, "saved": 20}
    assert totals["by_guarantee"][-1] == {"guarantee": "MEANING", **counts}
    assert totals["by_pass"][-1] == {
        "pass": "trim-filler",
        "guarantee": "MEANING",
        **counts,
        "rules": {"it should be noted that": 2, "as such": 1, "kindly": 1, "please": 1},
    }


def test_money_is_the_decimal_it_was() -> None:
    report = json.loads(as_json(GOOD), parse_float=Decimal)
    assert report["files"][2]["money"]["per_1000_calls"]["before"] == PRICE * 1204 * 1000


def test_a_sample_that_failed_has_no_numbers() -> None:
    samples = (SampleCost("typical", 9, 8), SampleCost("broken", 0, 0, "took longer than 2 s"))
    build = built(compiled("a.j2", replace(sampled(9, 8, 8), samples=samples)))
    report = json.loads(as_json(build))
    validate(report)
    assert report["files"][0]["tokens"]["samples"][1] == {
        "name": "broken",
        "before": None,
        "after": None,
        "error": "took longer than 2 s",
    }


def test_hostile_text_is_escaped_and_comes_back_whole() -> None:
    text = as_json(ALL["hostile"])
    assert text.isascii()
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]|::|##", text)
    assert json.loads(text)["files"][0]["name"] == HOSTILE


def test_the_order_of_names_is_kept() -> None:
    assert [each["name"] for each in json.loads(as_json(MIXED))["failures"]] == [
        "ask.j2",
        "extract/invoice.j2",
    ]


def test_the_example_in_the_docs_fits_the_schema() -> None:
    example = re.search(r"```json\n(.*?)```", DOCS.read_text(), re.DOTALL)
    assert example is not None
    validate(json.loads(example[1]))

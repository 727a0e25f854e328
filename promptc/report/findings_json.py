"""Findings as JSON; `promptc/schemas/check.schema.json` describes it."""

from __future__ import annotations

import json
from typing import Any

from promptc.findings import Checked, Finding

VERSION = 1


def as_json(checked: Checked) -> str:
    """Write *checked* as JSON, in ASCII: no terminal and no log is moved by what templates hold."""
    value = {
        "version": VERSION,
        "model": checked.model,
        "level": checked.level,
        "against": checked.against,
        "templates": checked.templates,
        "cached": checked.cached,
        "errors": checked.errors,
        "warnings": len(checked.findings) - checked.errors,
        "findings": [_finding(each) for each in checked.findings],
        "failures": [each._asdict() for each in checked.failures],
        "fixed": list(checked.fixed),
        "notes": list(checked.notes),
    }
    return in_ascii(value)


def in_ascii(value: object) -> str:
    """Write *value* as JSON in which no log finds a command: some obey ``##[error]`` anywhere."""
    return json.dumps(value, indent=2).replace("##", "#\\u0023")


def _finding(each: Finding) -> dict[str, Any]:
    return {
        "code": each.code,
        "rule": each.rule,
        "severity": "error" if each.error else "warning",
        "path": each.path,
        "line": each.line,
        "column": each.column,
        "end_line": each.end_line,
        "end_column": each.end_column,
        "message": each.message,
        "whole": each.whole,
        "fixed_by": each.fixed_by,
        "others": [place._asdict() for place in each.others],
    }

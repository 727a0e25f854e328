"""Findings as workflow commands, which GitHub shows beside the lines of a pull request."""

from __future__ import annotations

from promptc.findings import Checked, Finding
from promptc.report.findings_text import as_text
from promptc.report.plain import plain


def as_github(checked: Checked) -> str:
    """Write one command per finding and per file that could not be read, then the sums."""
    lines = [_finding(each) for each in checked.findings]
    lines += [f"::error title=promptc::{_data(each.message)}" for each in checked.failures]
    return "\n".join([*lines, as_text(checked).rpartition("\n")[2]])


def _finding(each: Finding) -> str:
    kind = "error" if each.error else "warning"
    told = {
        "file": each.path,
        "line": each.line,
        "endLine": each.end_line,
        "col": each.column,
        "endColumn": each.end_column,
        "title": f"{each.code} {each.rule}",
    }
    if each.end_line != each.line:
        # GitHub takes columns only where a finding stands in one line.
        del told["col"], told["endColumn"]
    properties = ",".join(f"{name}={_property(str(value))}" for name, value in told.items())
    return f"::{kind} {properties}::{_data(each.message)}"


def _data(text: str) -> str:
    """*text* as the message of a command, which ends with its line."""
    return plain(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")

"""What a check found, in the form that was asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from promptc.report.findings_github import as_github
from promptc.report.findings_json import as_json
from promptc.report.findings_text import as_text

if TYPE_CHECKING:
    from promptc.findings import Checked


def findings(checked: Checked, form: str, *, quiet: bool = False) -> str:
    """Write *checked* as ``text``, ``json``, ``github``, ``sarif`` or ``junit``.

    *quiet* leaves the warnings out.
    """
    if quiet:
        errors = tuple(each for each in checked.findings if each.error)
        checked = replace(checked, findings=errors)
    match form:
        case "json":
            return as_json(checked)
        case "github":
            return as_github(checked)
        case "sarif":
            from promptc.report.findings_sarif import as_sarif

            return as_sarif(checked)
        case "junit":
            from promptc.report.findings_junit import as_junit

            return as_junit(checked)
    return as_text(checked)

"""What a check found, in the form that was asked for."""

from __future__ import annotations

from dataclasses import replace

from promptc.findings import Checked
from promptc.report.as_text import findings_text


def findings(checked: Checked, form: str, *, quiet: bool = False) -> str:
    """Write *checked* as ``text``, ``json``, ``github``, ``sarif`` or ``junit``.

    *quiet* leaves the warnings out.
    """
    if quiet:
        errors = tuple(each for each in checked.findings if each.error)
        checked = replace(checked, findings=errors)
    return findings_text(checked)

"""Numbers to text: what a build or a check found, for a terminal, a program, a pull request.

What explains passes and rules loads all of them, and what lists scorers all of those, so it is
loaded when it is first used: a hook that prints a few lines loads little.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from promptc.report.as_json import as_json
from promptc.report.compared import as_json as diff_json
from promptc.report.compared import markdown as diff_markdown
from promptc.report.compared import text as diff_text
from promptc.report.diff import colored_diff, diff
from promptc.report.findings import findings
from promptc.report.line import changed_lines, explain_line
from promptc.report.markdown import markdown
from promptc.report.plain import plain, printable, writable
from promptc.report.screen import print_diffs, print_report, progress
from promptc.report.terminal import terminal

if TYPE_CHECKING:
    from promptc.report.explain import explain_pass, explain_rule, list_passes, list_rules
    from promptc.report.scorers import list_scorers, scorers_as_json
    from promptc.report.verification import verified, verified_json

_HOME = {
    **dict.fromkeys(("explain_pass", "explain_rule", "list_passes", "list_rules"), "explain"),
    **dict.fromkeys(("list_scorers", "scorers_as_json"), "scorers"),
    **dict.fromkeys(("verified", "verified_json"), "verification"),
}

__all__ = [
    "as_json", "changed_lines", "colored_diff", "diff", "diff_json", "diff_markdown", "diff_text",
    "explain_line", "explain_pass", "explain_rule", "findings", "list_passes", "list_rules",
    "list_scorers", "markdown", "plain", "print_diffs", "print_report", "printable", "progress",
    "scorers_as_json", "terminal", "verified", "verified_json", "writable",
]  # fmt: skip


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'promptc.report' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"promptc.report.{_HOME[name]}"), name)

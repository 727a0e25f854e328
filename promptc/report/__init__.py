"""Numbers to text: what a build did, for a terminal, for a program, for a pull request."""

from __future__ import annotations

from promptc.report.as_json import as_json
from promptc.report.diff import colored_diff, diff
from promptc.report.explain import explain_pass, list_passes
from promptc.report.line import changed_lines, explain_line
from promptc.report.markdown import markdown
from promptc.report.plain import plain, printable, writable
from promptc.report.scorers import list_scorers, scorers_as_json
from promptc.report.screen import print_diffs, print_report, progress
from promptc.report.terminal import terminal

__all__ = [
    "as_json", "changed_lines", "colored_diff", "diff", "explain_line", "explain_pass",
    "list_passes", "list_scorers", "markdown", "plain", "print_diffs", "print_report", "printable",
    "progress", "scorers_as_json", "terminal", "writable",
]  # fmt: skip

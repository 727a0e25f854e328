"""Numbers to text: what a build did, for a terminal, for a program, for a pull request."""

from __future__ import annotations

from promptc.report.as_json import as_json
from promptc.report.diff import colored_diff, diff
from promptc.report.explain import explain_drops, explain_pass
from promptc.report.markdown import markdown
from promptc.report.plain import plain
from promptc.report.screen import print_diffs, print_report, progress
from promptc.report.terminal import terminal

__all__ = [
    "as_json", "colored_diff", "diff", "explain_drops", "explain_pass", "markdown", "plain",
    "print_diffs", "print_report", "progress", "terminal",
]  # fmt: skip

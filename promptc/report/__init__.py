"""Numbers to text: what a build did, for a terminal, for a program, for a pull request."""

from __future__ import annotations

from promptc.report.as_json import as_json
from promptc.report.compared import as_json as diff_json
from promptc.report.compared import markdown as diff_markdown
from promptc.report.compared import text as diff_text
from promptc.report.diff import colored_diff, diff
from promptc.report.explain import explain_pass, explain_rule, list_passes, list_rules
from promptc.report.findings import findings
from promptc.report.line import changed_lines, explain_line
from promptc.report.markdown import markdown
from promptc.report.plain import plain, printable, writable
from promptc.report.screen import print_diffs, print_report, progress
from promptc.report.terminal import terminal

__all__ = [
    "as_json", "changed_lines", "colored_diff", "diff", "diff_json", "diff_markdown", "diff_text",
    "explain_line", "explain_pass", "explain_rule", "findings", "list_passes", "list_rules",
    "markdown", "plain", "print_diffs",
    "print_report", "printable", "progress", "terminal", "writable",
]  # fmt: skip

"""Numbers to text: what a build or a check found, for a terminal, a program, a pull request.

Names are loaded when they are first used: a hook that prints a few lines loads little.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from promptc.report import compared
    from promptc.report.as_json import as_json as as_json
    from promptc.report.diff import colored_diff as colored_diff
    from promptc.report.diff import diff as diff
    from promptc.report.explain import explain_pass as explain_pass
    from promptc.report.explain import explain_rule as explain_rule
    from promptc.report.explain import list_passes as list_passes
    from promptc.report.explain import list_rules as list_rules
    from promptc.report.findings import findings as findings
    from promptc.report.line import changed_lines as changed_lines
    from promptc.report.line import explain_line as explain_line
    from promptc.report.markdown import markdown as markdown
    from promptc.report.plain import plain as plain
    from promptc.report.plain import printable as printable
    from promptc.report.plain import writable as writable
    from promptc.report.screen import print_diffs as print_diffs
    from promptc.report.screen import print_report as print_report
    from promptc.report.screen import progress as progress
    from promptc.report.terminal import terminal as terminal

    diff_json, diff_markdown, diff_text = compared.as_json, compared.markdown, compared.text

#: For each name the module that it is in, and what it is called there.
_HOME = {
    "as_json": ("as_json", "as_json"),
    "changed_lines": ("line", "changed_lines"),
    "colored_diff": ("diff", "colored_diff"),
    "diff": ("diff", "diff"),
    "diff_json": ("compared", "as_json"),
    "diff_markdown": ("compared", "markdown"),
    "diff_text": ("compared", "text"),
    "explain_line": ("line", "explain_line"),
    "explain_pass": ("explain", "explain_pass"),
    "explain_rule": ("explain", "explain_rule"),
    "findings": ("findings", "findings"),
    "list_passes": ("explain", "list_passes"),
    "list_rules": ("explain", "list_rules"),
    "markdown": ("markdown", "markdown"),
    "plain": ("plain", "plain"),
    "print_diffs": ("screen", "print_diffs"),
    "print_report": ("screen", "print_report"),
    "printable": ("plain", "printable"),
    "progress": ("screen", "progress"),
    "terminal": ("terminal", "terminal"),
    "writable": ("plain", "writable"),
}

__all__ = list(_HOME)


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'promptc.report' has no attribute {name!r}")
    from importlib import import_module

    module, known = _HOME[name]
    return getattr(import_module(f"promptc.report.{module}"), known)

"""Findings as lines that an editor and a terminal can jump to: ``file:line:col CODE message``."""

from __future__ import annotations

from collections.abc import Iterator

from promptc.findings import Checked, Finding
from promptc.report.plain import plain


def as_text(checked: Checked) -> str:
    """Write every finding on a line of its own, then what they come to."""
    return "\n".join([*map(finding_line, checked.findings), *_sums(checked)])


def finding_line(finding: Finding) -> str:
    """Write one finding.

    >>> finding_line(Finding("PC101", "over-tokens", "a.j2", 1, 1, 1, 1, "too long", error=False))
    'a.j2:1:1 PC101 warning: too long'
    """
    place = f"{plain(finding.path)}:{finding.line}:{finding.column}"
    kind = "" if finding.error else "warning: "
    fix = f" [{finding.fixed_by}]" if finding.fixed_by else ""
    return f"{place} {finding.code} {kind}{plain(finding.message)}{fix}"


def _sums(checked: Checked) -> Iterator[str]:
    templates = _count(checked.templates, "template")
    warnings = len(checked.findings) - checked.errors
    found = [_count(checked.errors, "error"), _count(warnings, "warning")]
    said = ", ".join(each for each in found if not each.startswith("0 ")) or "nothing found"
    against = f", growth against {plain(checked.against)}" if checked.against else ""
    yield f"{said} in {templates}{against}"
    if checked.fixed:
        yield f"{_count(len(checked.fixed), 'file')} rewritten"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"

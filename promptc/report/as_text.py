"""Findings as lines that an editor and a terminal can jump to: ``file:line:col CODE message``."""

from __future__ import annotations

from collections.abc import Iterator

from promptc.findings import Checked, Finding
from promptc.report.plain import plain


def findings_text(checked: Checked) -> str:
    """Write every finding on a line of its own, then what they come to."""
    lines = [*map(finding_line, checked.findings), *_sums(checked)]
    return "\n".join(lines)


def finding_line(finding: Finding) -> str:
    """Write one finding.

    >>> finding_line(Finding("PC101", "over-tokens", "a.j2", 1, 1, 1, 1, "too long", error=False))
    'a.j2:1:1 PC101 warning: too long'
    """
    place = f"{plain(finding.path)}:{finding.line}:{finding.column}"
    kind = "" if finding.error else "warning: "
    fix = " [--fix]" if finding.fixed_by == "--fix" else ""
    return f"{place} {finding.code} {kind}{plain(finding.message)}{fix}"


def _sums(checked: Checked) -> Iterator[str]:
    counted = f"{checked.templates:,} template{'' if checked.templates == 1 else 's'} checked"
    errors, warnings = checked.errors, len(checked.findings) - checked.errors
    found = [_count(errors, "error"), _count(warnings, "warning")]
    said = ", ".join(each for each in found if each) or "nothing found"
    against = f", growth against {plain(checked.against)}" if checked.against else ""
    yield f"{said} in {counted}{against}" if checked.findings else f"{counted}: {said}{against}"
    if checked.fixed:
        yield f"{_count(len(checked.fixed), 'file')} rewritten"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}" if number else ""

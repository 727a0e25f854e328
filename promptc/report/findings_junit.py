"""Findings as a JUnit report, which most CI servers show."""

from __future__ import annotations

import re
from collections import defaultdict

from promptc.findings import Checked, Finding
from promptc.report.findings_text import finding_line
from promptc.report.plain import plain

# What no XML 1.0 document may hold, however it is written.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_junit(checked: Checked) -> str:
    """Write a test case per template: each error is a failure, warnings are its output."""
    from xml.etree import ElementTree

    by_path: dict[str, list[Finding]] = defaultdict(list)
    for each in checked.findings:
        by_path[each.path].append(each)
    suite = ElementTree.Element("testsuite", name="promptc check")
    failed = 0
    for path in sorted({*checked.paths, *by_path}):
        errors = [each for each in by_path[path] if each.error]
        warnings = [each for each in by_path[path] if not each.error]
        case = ElementTree.SubElement(suite, "testcase", name=_safe(path), classname="promptc")
        failed += bool(errors)
        for each in errors:
            told = {"type": each.code, "message": _safe(each.message)}
            ElementTree.SubElement(case, "failure", told).text = _safe(finding_line(each))
        if warnings:
            lines = "\n".join(map(finding_line, warnings))
            ElementTree.SubElement(case, "system-out").text = _safe(lines)
    for failure in checked.failures:
        case = ElementTree.SubElement(
            suite, "testcase", name=_safe(failure.name), classname="promptc"
        )
        ElementTree.SubElement(case, "error", message=_safe(failure.message))
    counts = {"tests": len(suite), "failures": failed, "errors": len(checked.failures)}
    suite.attrib |= {name: str(number) for name, number in counts.items()}
    whole = ElementTree.Element("testsuites", suite.attrib)
    whole.append(suite)
    ElementTree.indent(whole)
    text = ElementTree.tostring(whole, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}'


def _safe(text: str) -> str:
    """*text* without control characters and what XML can't hold; line ends stay."""
    lines = "\n".join(map(plain, text.split("\n")))
    return _FORBIDDEN.sub(lambda match: f"\\u{ord(match[0]):04x}", lines)

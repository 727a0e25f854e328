"""Findings as a JUnit report, which most CI servers show."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from promptc.findings import Checked, Finding
from promptc.report.findings_text import finding_line
from promptc.report.plain import plain

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

# What no XML 1.0 document may hold, however it is written.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_junit(checked: Checked) -> str:
    """Write a test case per template: each error is a failure, warnings are its output."""
    from xml.etree import ElementTree

    by_path: dict[str, list[Finding]] = defaultdict(list)
    for each in checked.findings:
        by_path[each.path].append(each)
    suite = ElementTree.Element("testsuite", name="promptc check")
    for path in sorted({*checked.paths, *by_path}):
        _case(suite, path, by_path[path])
    for failure in checked.failures:
        case = _named(suite, failure.name)
        ElementTree.SubElement(case, "error", message=_safe(failure.message))
    failed = sum(case.find("failure") is not None for case in suite)
    counts = {"tests": len(suite), "failures": failed, "errors": len(checked.failures)}
    suite.attrib |= {name: str(number) for name, number in counts.items()}
    whole = ElementTree.Element("testsuites", suite.attrib)
    whole.append(suite)
    ElementTree.indent(whole)
    text = ElementTree.tostring(whole, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}'


def _case(suite: Element, path: str, findings: list[Finding]) -> None:
    from xml.etree import ElementTree

    case = _named(suite, path)
    for each in findings:
        if each.error:
            told = {"type": each.code, "message": _safe(each.message)}
            ElementTree.SubElement(case, "failure", told).text = _safe(finding_line(each))
    warnings = [finding_line(each) for each in findings if not each.error]
    if warnings:
        ElementTree.SubElement(case, "system-out").text = _safe("\n".join(warnings))


def _named(suite: Element, name: str) -> Element:
    from xml.etree import ElementTree

    return ElementTree.SubElement(suite, "testcase", name=_safe(name), classname="promptc")


def _safe(text: str) -> str:
    """*text* without control characters and what XML can't hold; line ends stay."""
    lines = "\n".join(map(plain, text.split("\n")))
    return _FORBIDDEN.sub(lambda match: f"\\u{ord(match[0]):04x}", lines)

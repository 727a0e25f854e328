"""What stands within lines: code spans, tags, addresses, verbatim HTML, marks of messages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from promptc.analysis.kinds import Kind, Region
from promptc.analysis.mask import HOLE, TAG
from promptc.source import Span

_TICKS = re.compile(r"`+|\n[ \t]*(?=\n)")
_URL = re.compile(
    r"(?:\b[A-Za-z][A-Za-z0-9+.-]{1,20}://|\bwww\.|\bmailto:)[^\s<>\"'`]*[^\s<>\"'`.,;:!?)\]}*]"
)
_ELEMENT = re.compile(
    rf"</?[A-Za-z][\w.:-]*(?:[\s{HOLE}{TAG}][^<>\n]*(?:\n[^<>\n]*){{0,3}})?/?>"
    rf"|</?(?:{HOLE}|{TAG})+[\w.:-]*>|<![A-Za-z][^<>\n]*>|<\?[^<>\n]*\?>"
)
_VERBATIM = re.compile(
    r"<!--|<(?P<name>pre|script|style|code|textarea|svg|samp|kbd|listing|xmp)(?=[\s>])[^<>]*>",
    re.IGNORECASE,
)
_ALWAYS_VERBATIM = frozenset({"pre", "script", "style", "textarea"})
_QUOTE = re.compile(r"\"[^\"\n]*\"|“[^”\n]*”|(?<!\w)'[^'\n]*'(?!\w)")
_TOKEN = re.compile(
    r"<\|[^|<>\n]{1,40}\|>(?:[ \t]*(?:system|user|assistant|tool|developer)\b)?"
    r"|<｜[^｜<>\n]{1,40}｜>|<</?SYS>>|\[/?(?:INST|SYS|RESP|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS"
    r"|TOOL_RESULTS)\]|</?(?:s|bos|eos|start_of_turn|end_of_turn)>(?:user|model)?"
)
_ROLE = re.compile(
    rf"^[ \t{TAG}]*(?:\#{{1,6}}[ \t]*)?(?:system|user|assistant|developer|function|tool|human|ai"
    rf"|model|bot)[ \t]*:(?:[ \t{TAG}]*$)?"
    rf"|^[ \t{TAG}]*\#{{2,6}}[ \t]*(?:system|user|assistant|human|instruction|instructions|input"
    rf"|response|output)[ \t]*:[ \t{TAG}]*$",
    re.IGNORECASE | re.MULTILINE,
)
_FRONT = re.compile(r"---[ \t]*\n.*?^---[ \t]*$", re.DOTALL | re.MULTILINE)


def inline(text: str, fenced: Sequence[Span]) -> Iterator[Region]:
    """Regions within the lines of masked *text*; backticks that are *fenced* don't pair."""
    if text.startswith("---") and (match := _FRONT.match(text)):
        yield Region(Kind.FRONT_MATTER, Span(*match.span()))
    if "<" in text:
        yield from _html(text)
    if "`" in text:
        for span in code_spans(_blanked(text, fenced)):
            yield Region(Kind.CODE, span)
    if "  " in text or "\t" in text:
        yield from _quotes(text)
    if ":" in text or "www." in text:
        yield from _each(Kind.URL, _URL, text)
        yield from _each(Kind.ROLE, _ROLE, text)
    if "<" in text or "[" in text:
        yield from _each(Kind.ROLE, _TOKEN, text)


def role_marks(text: str) -> Iterator[Span]:
    """Where *text* says who speaks: labels at the start of a line, and tokens of chat formats."""
    for pattern in (_ROLE, _TOKEN):
        yield from (Span(*match.span()) for match in pattern.finditer(text))


def _each(kind: Kind, pattern: re.Pattern[str], text: str) -> Iterator[Region]:
    for match in pattern.finditer(text):
        blank = len(match.group()) - len(match.group().lstrip(f" \t{TAG}"))
        yield Region(kind, Span(match.start() + blank, match.end()))


def _quotes(text: str) -> Iterator[Region]:
    """Quotations with spaces in a row: they may be of use to code, as strings are."""
    for match in _QUOTE.finditer(text):
        if "  " in match.group() or "\t" in match.group():
            yield Region(Kind.QUOTE, Span(*match.span()))


def _html(text: str) -> Iterator[Region]:
    yield from _each(Kind.TAG, _ELEMENT, text)
    at = 0
    while match := _VERBATIM.search(text, at):
        stop = _close(text, match)
        at = max(stop, match.end())
        if stop:
            yield Region(Kind.HTML, Span(match.start(), stop))


def _close(text: str, match: re.Match[str]) -> int:
    """Where the comment or element that *match* opens ends; 0 where it is only mentioned."""
    name = match["name"]
    if not name:
        stop = text.find("-->", match.end())
        return stop + 3 if stop >= 0 else len(text)
    close = re.compile(rf"</{name}\s*>", re.IGNORECASE).search(text, match.end())
    if close:
        return close.end()
    return len(text) if name.lower() in _ALWAYS_VERBATIM else 0


def _blanked(text: str, fenced: Sequence[Span]) -> str:
    """*text* with the ticks of fenced blocks taken away."""
    parts = []
    at = 0
    for span in sorted(fenced):
        start = max(at, span.start)
        parts.append(text[at:start])
        parts.append(text[start : max(start, span.stop)].replace("`", " "))
        at = max(start, span.stop)
    return "".join(parts) + text[at:]


def code_spans(text: str) -> Iterator[Span]:
    """Code between runs of backticks of one length, within a paragraph.

    Where a run is left without its match, all from the first run of the paragraph to the last
    may be code.
    """
    runs: list[Span] = []
    for match in _TICKS.finditer(text):
        if match.group()[0] == "`":
            runs.append(Span(*match.span()))
        elif runs:
            yield from _paired(runs)
            runs = []
    yield from _paired(runs)


def _paired(runs: list[Span]) -> Iterator[Span]:
    at = 0
    single = False
    ahead: dict[int, list[int]] = {}
    for i in range(len(runs) - 1, -1, -1):
        ahead.setdefault(runs[i].stop - runs[i].start, []).append(i)
    while at < len(runs):
        same = ahead[runs[at].stop - runs[at].start]
        while same and same[-1] <= at:
            same.pop()
        if same:
            yield Span(runs[at].start, runs[same[-1]].stop)
            at = same[-1] + 1
        else:
            single = True
            at += 1
    if single and len(runs) > 1:
        yield Span(runs[0].start, runs[-1].stop)

"""Text whose very words count: what is quoted, and what a prompt says that someone is to say."""

from __future__ import annotations

import re
from collections.abc import Iterator

from promptc.analysis.regions import Spans
from promptc.source import Span

_PARAGRAPH = re.compile(r"\n[ \t\ue001]*(?=\n)")
_PAIRED = re.compile(
    r"“[^”]*(?:”|\Z)|«[^»]*(?:»|\Z)|‹[^›]*(?:›|\Z)|「[^」]*(?:」|\Z)|„[^“”]*(?:[“”]|\Z)"
    r"|(?<!\w)‘(?:[^’]|’(?=\w))*(?:’|\Z)|(?<![\w'])'(?=\S)(?:[^'\n]|(?<=\w)'(?=\w))+'(?!\w)"
)
_SAID = (
    r"say|says|saying|said|phrases?|wordings?|words|e\.g\.|for example|such as|like|messages?"
    r"|scripts?|greetings?|greet|sentences?|titles?|headings?|prefix(?:ed)?|string|text"
    r"|(?:respond|reply|answer|start|begin|end|open|close|finish)(?:s|ing)? (?:it )?(?:with|by)"
    r"|(?:output|print|write|return|ask|state|tell|emit|append|prepend|display)\b[^.:\n]*"
    r"|examples?|templates?|(?:output|response|answer|following|this|exact|reply) (?:format|form)"
)
#: A colon after words like these: what follows on the line may be meant to the letter.
_COLON = re.compile(rf"\b(?:{_SAID})\b[^.:!?\n]*:(?=[ \t*])(?P<rest>[^\n]+)", re.IGNORECASE)
#: A line that ends so: the lines under it may be.
_INTRODUCED = re.compile(rf"\b(?:{_SAID})\b[^.:!?\n]*:[ \t*_]*\n(?P<rest>\n*[^\n]*)", re.IGNORECASE)
_LABEL = re.compile(
    r"^[ \t\ue001]*(?:[-*+>•]+[ \t]+|\d+[.)][ \t]+)?[*_\[(]{0,3}(?:user|human|assistant|ai|bot"
    r"|agent|model|customer|student|teacher|doctor|patient|speaker|interviewer|person|output|response"
    r"|reply|answer|input|query|example|email|message|subject|title|q|a|[A-Z]|wrong|right|good|bad"
    r"|incorrect|correct|before|after|do|don't)(?:[ \t]+\#?(?:\w|\d+|example|output|response))?"
    r"[*_\])]{0,3}:(?P<rest>[^\n]*)",
    re.IGNORECASE | re.MULTILINE,
)
_TARGET = "|||"
#: Elements that hold something to read, not something to do.
_DOCUMENT = re.compile(
    r"<(?P<name>(?:\w+[-_])?(?:documents?|docs?|passages?|articles?|excerpts?|transcripts?|e?mails?"
    r"|letters?|essays?|reports?|stor(?:y|ies)|papers?|pages?|sources?|reviews?|conversations?"
    r"|quot(?:e|ation)s?|contracts?|polic(?:y|ies)|abstracts?|speech|text|content))\b[^<>\n]*>",
    re.IGNORECASE,
)


def literal(text: str, fixed: Spans) -> Spans:
    """Where the words of masked *text* may be meant to the letter; quotes in *fixed* don't pair.

    Quotations, what stands after ``Say:`` or ``Answer:``, the lines under ``Use these phrases:``,
    inlined documents between tags, and what follows the bars that part a data set's prompt from
    its answer.
    """
    return Spans(_literal(text, fixed))


def _literal(text: str, fixed: Spans) -> Iterator[Span]:
    if _TARGET in text:
        yield Span(text.index(_TARGET), len(text))
    if "</" in text:
        yield from inlined(text)
    if ":" in text:
        for pattern in (_COLON, _LABEL):
            yield from (Span(*match.span("rest")) for match in pattern.finditer(text))
        for match in _INTRODUCED.finditer(text):
            yield Span(match.start("rest"), _end(text, match.start("rest")))
    yield from (span for each in _paragraphs(text) for span in _quoted(text, each, fixed))


def inlined(text: str) -> Iterator[Span]:
    """``<document> … </document>`` and the like, the longest of those that nest."""
    at = 0
    while match := _DOCUMENT.search(text, at):
        close = text.find(f"</{match['name']}", match.end())
        at = match.end() if close < 0 else close
        if close >= 0:
            yield Span(match.end(), close)


def _end(text: str, start: int) -> int:
    """Where the block that starts at *start* ends, the blank lines before it left out."""
    while text[start : start + 1] == "\n":
        start += 1
    match = _PARAGRAPH.search(text, start)
    return match.start() if match else len(text)


def _paragraphs(text: str) -> Iterator[Span]:
    at = 0
    for match in _PARAGRAPH.finditer(text):
        yield Span(at, match.start())
        at = match.end()
    yield Span(at, len(text))


def _quoted(text: str, within: Span, fixed: Spans) -> Iterator[Span]:
    """The quotations of one paragraph; one that is never closed goes on to its end."""
    for match in _PAIRED.finditer(text, *within):
        yield Span(*match.span())
    marks = (
        [at for at in range(*within) if text[at] == '"' and not fixed.overlaps(Span(at, at + 1))]
        if text.find('"', *within) >= 0
        else []
    )
    if len(marks) % 2:
        marks.append(within.stop)
    yield from (Span(one, two) for one, two in zip(marks[::2], marks[1::2], strict=True))

"""The lines of a plain text, each told for what it is: heading, item, table row, log line, prose.

One regular expression reads each line once; JSON is handed to Python's own parser. Lines of prose
are not judged here: whether they are wrapped, code or a poem is seen a paragraph at a time.
"""

from __future__ import annotations

import enum
import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from promptc.analysis.shortforms import NO_SPEAKER
from promptc.analysis.textjson import documents


class UnitKind(enum.StrEnum):
    """What a unit of text is.

    ``RULE`` is what the units around it need to be read: the header and the ``|---|`` line of a
    table, the brackets of a JSON document.
    """

    HEADING = "heading"
    SENTENCE = "sentence"
    ITEM = "item"
    ROW = "row"
    RULE = "rule"
    RECORD = "record"
    CODE = "code"
    FENCE = "fence"
    LOG = "log"
    TURN = "turn"
    LINE = "line"
    TAG = "tag"
    BLANK = "blank"


class Line(NamedTuple):
    """One line of a text, or one record of JSON.

    *end* is where its text ends and *stop* where the next line starts, blank lines and separators
    included. *level* is the depth of a heading, *gap* whether a blank line stands before it.
    """

    kind: UnitKind
    start: int
    end: int
    stop: int
    level: int
    gap: bool


_EOL = r"[^\S\n]*(?=\n|\Z)"
_LINE = re.compile(
    rf"""(?P<indent>[^\S\n]*+)(?:
      (?P<blank>(?=\n|\Z))
    | (?P<fence>`{{3,}}|~{{3,}})
    | (?P<heading>\#{{1,6}})[ \t]+(?=[^\s])
    | (?P<separator>(?:={{3,}}|-{{3,}}|\*{{3,}}|_{{3,}}|(?:\*[ ]){{2,}}\*){_EOL})
    | (?P<rule>(?=[ \t:|]*+--)(?=[-: \t]*+\|)[-:| \t]++{_EOL})
    | (?P<row>\|[^\n]*\|{_EOL})
    | (?P<tag></?[A-Za-z][\w:.-]*(?:\s[^<>\n]*)?/?>{_EOL})
    | (?P<log>(?:\[?\d{{4}}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d|\[?\d\d:\d\d:\d\d[\].,\s]
        |[A-Z][a-z][a-z][ ]{{1,2}}\d{{1,2}}[ ]\d\d:\d\d:\d\d|\d+\.\d+\.\d+\.\d+[ ]-
        |\[?(?:DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|FATAL|CRITICAL|TRACE)\b[\]:\s]))
    | (?P<json>[\[{{])
    | (?P<section>\d{{1,2}}(?:\.\d{{1,2}})+)\.?[ \t]+[A-Z][^\n.;]{{0,80}}{_EOL}
    | (?P<title>(?:Title:[ ]|(?:Passage|Document|Chapter|Section|Article|Part|Appendix|Figure|Table)
        [ ](?:\d[\d.]*|[IVXLC]+|[A-Z])(?![^\s:.])[:.]?)[^\n]{{0,90}}(?<![,;]){_EOL})
    | (?P<document>(?:Document|Passage|Doc)[ ]\[\d+\]
        (?:\((?:[^()\n]|\([^()\n]*\))*\)|:)[ ](?=\S))
    | (?P<bold>(?:\*\*[^*\n]{{1,80}}\*\*|__[^_\n]{{1,80}}__):?{_EOL})
    | (?P<caps>(?:\d[\d.]*[ ]+)?[A-Z](?:[A-Z0-9][A-Z0-9 ,&'’/:()–—-]*+){_EOL})
    | (?P<item>(?:[-*+•‣◦▪▫●○■□–—→✓✔✅❌✗☐☑]
        |\(?(?:\d{{1,3}}|[A-Z](?!\.[ ][A-Z]\.)|[a-z]|[ivx]{{1,4}})[.)])[ \t]+(?=\S))
    | (?P<turn>[A-Z\#\[*][\w .'’\#*()\]-]{{0,40}}):(?=\s)
    | )[^\n]*+\n?""",
    re.VERBOSE,
)
_KINDS = {
    "rule": UnitKind.RULE,
    "row": UnitKind.ROW,
    "tag": UnitKind.TAG,
    "log": UnitKind.LOG,
    "item": UnitKind.ITEM,
    "turn": UnitKind.TURN,
}
_HEADS = {"title": 1, "document": 1, "caps": 2, "bold": 3}
_SPEAKER = re.compile(
    r"(?:q|a|user|human|assistant|system|ai|bot|agent|customer|client|caller|operator|interviewer"
    r"|interviewee|moderator|host|guest|doctor|patient|teacher|student|me|you|speaker \w+"
    r"|#?person ?\d#?)\Z"
)
_TITLE, _PARAGRAPH = 60, 160
_TITLE_TEXT = re.compile(r"[^\W\d_a-z].*[^\W_](?:[)\]\"”’?])?\Z")
_CODE_NEAR = re.compile(r"[^\n]*(?:[;{}\\]|\)|\):|[=(\[,]|:)[^\S\n]*(?=\n|\Z)|\w+[ ]?[-+]?=[ ]?\S")


def lines(text: str) -> list[Line]:
    """The lines of *text*, adjacent; white space and separators belong to the line before."""
    found: list[Line] = []
    for kind, start, end, stop, level in _read(text):
        if kind is UnitKind.BLANK and found:
            found[-1] = _underlined(found[-1], stop, -level)
            continue
        gap = not found or text.count("\n", found[-1].end, start) > 1
        found.append(Line(kind, start, end, stop, max(level, 0), gap))
    return _titled(text, _spoken(text, found))


_Read = tuple[UnitKind, int, int, int, int]


def _read(text: str) -> Iterator[_Read]:
    """What each line is by itself; the level of a line that underlines another is below 0."""
    at = 0
    size = len(text)
    json_from = 0
    blank_before = True
    while at < size:
        match = _LINE.match(text, at)
        assert match is not None
        kind = match.lastgroup or ""
        stop = match.end()
        if kind == "json" and at >= json_from:
            records, json_from = documents(text, at)
            if records:
                for is_frame, start, after in records:
                    yield (UnitKind.RULE if is_frame else UnitKind.RECORD), start, after, after, 0
                at = json_from
                blank_before = False
                continue
        if kind == "fence":
            fenced = list(_fenced(text, match))
            yield from fenced
            at = fenced[-1][3]
        else:
            yield from _plain(text, match, blank_before)
            at = stop
        blank_before = kind == "blank"


def _plain(text: str, match: re.Match[str], alone: bool) -> Iterator[_Read]:
    """The line of *match*; *alone* says that a blank line stands before it."""
    name = match.lastgroup or ""
    start, stop = match.span()
    end = stop - 1 if text[stop - 1] == "\n" else stop
    if name == "blank":
        yield UnitKind.BLANK, start, end, stop, 0
    elif name == "separator":
        mark = text[match.start(name)]
        yield UnitKind.BLANK, start, end, stop, {"=": -1, "-": -2}.get(mark, -9)
    elif name == "heading" and not _in_code(text, start, stop):
        yield UnitKind.HEADING, start, end, stop, match.end(name) - match.start(name)
    elif name == "section":
        yield UnitKind.HEADING, start, end, stop, match[name].count(".") + 1
    elif name == "document":
        cut = match.end(name)
        yield UnitKind.HEADING, start, cut, cut, 1
        yield UnitKind.SENTENCE, cut, end, stop, 0
    elif name in _HEADS and (name == "title" or (alone and end - start < 90)):
        yield UnitKind.HEADING, start, end, stop, _HEADS[name]
    else:
        yield _KINDS.get(name, UnitKind.SENTENCE), start, end, stop, 0


def _fenced(text: str, match: re.Match[str]) -> Iterator[_Read]:
    """The lines of the fence that *match* opens; one that is never closed runs to the end."""
    mark = match["fence"]
    at = match.end()
    yield UnitKind.FENCE, match.start(), at, at, 0
    close = re.compile(rf"[^\S\n]*{mark[0]}{{{len(mark)},}}[^\S\n]*(?:\n|\Z)")
    while at < len(text):
        closing = close.match(text, at)
        stop = closing.end() if closing else text.find("\n", at) + 1 or len(text)
        blank = not closing and text[at:stop].isspace()
        kind = UnitKind.FENCE if closing else UnitKind.BLANK if blank else UnitKind.CODE
        yield kind, at, stop, stop, 0
        at = stop
        if closing:
            return


def _in_code(text: str, start: int, stop: int) -> bool:
    """Whether a line that starts with # is a comment: the line above or below it reads as code."""
    above = text[text.rfind("\n", 0, max(0, start - 1)) + 1 : max(0, start - 1)]
    below = text[stop : text.find("\n", stop) + 1 or len(text)]
    return any(
        _CODE_NEAR.match(line) is not None and line[0] != "#" and ". " not in line
        for line in (above, below)
    )


def _underlined(last: Line, stop: int, level: int) -> Line:
    """*last* with a blank line or a separator, which makes it a heading where it underlines it."""
    short = last.kind is UnitKind.SENTENCE and last.end - last.start < 90
    if level in (1, 2) and short and last.gap and last.stop == last.end + 1:
        last = last._replace(kind=UnitKind.HEADING, level=level)
    return last._replace(stop=stop)


def _spoken(text: str, found: list[Line]) -> list[Line]:
    """*found*, with turns only where a speaker speaks.

    A speaker is a known label, one that recurs, or one right after another speaker's line.
    """
    labels = {
        line.start: text[line.start : text.index(":", line.start)].strip(" \t*[]").lower()
        for line in found
        if line.kind is UnitKind.TURN
    }
    if not labels:
        return found
    often = Counter(labels.values())
    read: list[Line] = []
    before = ""
    for line in found:
        label = labels.get(line.start, "")
        if label and not _speaks(label, often[label], before):
            line = line._replace(kind=UnitKind.SENTENCE)
            label = ""
        before = label
        read.append(line)
    return read


def _speaks(label: str, times: int, before: str) -> bool:
    if _SPEAKER.match(label):
        return True
    return (times > 1 or before != "") and label not in NO_SPEAKER and len(label.split()) < 5


def _titled(text: str, found: list[Line]) -> list[Line]:
    """*found*, with a heading where a few words stand on a line over a long paragraph."""
    for at, (line, below) in enumerate(pairwise(found)):
        over = line.end - line.start < _TITLE and below.end - below.start > _PARAGRAPH
        if over and line.kind is below.kind is UnitKind.SENTENCE:
            shown = text[line.start : line.end].strip()
            if _TITLE_TEXT.match(shown) and len(shown.split()) < 9:
                found[at] = line._replace(kind=UnitKind.HEADING, level=_HEADS["bold"])
    return found

"""The parts of a plain text that stay whole: shortening may drop them, but never cut into them.

Numbers with sign and unit, dates, links, paths, identifiers, code, placeholders, short quotations,
hyphenated and contracted words; and two kinds of pairs whose halves mean the opposite alone: a
negation with its next word, a limit with its number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from promptc.analysis.vocabulary import vocabulary
from promptc.source import Span

LONGEST = 2000
"""Nothing longer than this many characters is an atom."""

# Each alternative starts with a mark that is rare in prose, so that the search skips the rest.
_ENCLOSED = re.compile(
    r"""`[^`\n]{1,160}`
    | \{\{[^{}\n]*\}\} | \{%[^%\n]*%\} | \$?\{[^{}\n]{0,60}\} | %\(\w+\)[sdif] | %[sd]\b
    | </?[A-Za-z][^<>\n]{0,80}>
    | "(?<!\w")(?=\S)[^"\n]{1,60}(?<=\S)"(?!\w)
    | '(?<!\w')(?=\S)[^'\n]{1,60}(?<=\S)'(?!\w)
    | “[^“”\n]{1,60}” | ‘[^‘’\n]{1,60}’(?!\w) | «[^«»\n]{1,60}» | „[^“”\n]{1,60}[“”]
    | 「[^「」\n]{1,60}」 | 『[^『』\n]{1,60}』
    | \[[^\[\]\n]{1,40}\](?:\([^()\s]*\))?""",
    re.VERBOSE,
)
_ASIDE = re.compile(r"\([^()\n]{1,120}\)|（[^（）\n]{1,120}）")
_OPENS = r"[\"'“‘(\[*]*+"
_CLOSES = r"[.,;:!?…)\"'”’\]*]*+"
# Scripts that set no spaces: a run of their letters is a clause and no word.
_UNSPACED = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
#: Words with nothing to hold together are skipped; what is left is looked at one by one.
_WORDS = re.compile(
    rf"\s*+(?:{_OPENS}[A-Z]*+[^\W\d_A-Z]*+{_CLOSES}\s++|[{_UNSPACED}\u3000-\u303f\uff01-\uff0f，。：；？！“”]+)*+"
    rf"([^\s{_UNSPACED}]+[{_UNSPACED}]{{0,2}})?\s*"
)
_W = rf"[^\W{_UNSPACED}]"
_ATOM = re.compile(
    r"(?:https?|ftp|file)://[^\s<>\"“”]*[\w/=#&-]|www\.[^\s<>\"“”]*[\w/]"
    rf"|{_W}(?:{_W}|[.+-]){{0,64}}+@(?:{_W}|-)+(?:\.{_W}+)*"
    rf"|(?:(?:\.{{0,2}}|~|[A-Za-z]:)[/\\])(?:(?:{_W}|[.@%+-]){{1,255}}[/\\])*(?:{_W}|[.-]){{0,255}}{_W}[/\\]?"
    r"|(?:[A-Za-z]\.){2,}|\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?"
    r"|[-+−±]?[$€£¥₹#]?\d(?:[.,:/–-]?\d)*(?:[A-Za-z]\w*|[%°‰+][A-Z]?\b|[%°‰]"
    rf"|[万亿億千百]?[年月日号號時时分秒元円人名個个岁歳]|(?:[-–/_.’']{_W}+)+)?"
    rf"|(?:--?|[@#$\\/%.](?={_W}))?{_W}+(?:(?:[-‐‑–_./\\:@&+=~#]|::|->|['’]){_W}+|\(\w*\))*[+#]*"
)
_PLAIN = re.compile(r"(?:[A-Z]*[^\W\d_A-Z]*)\Z")
_DENIES = re.compile(r"n['’]t\Z", re.IGNORECASE)
_TO_NEXT = r"(?:[ \t]+|[ \t]*\n[ \t]*(?=[a-z]))(?:(?:a|an|the|any|be|been|to|have|yet)[ ])?\w+"
_NEXT = re.compile(_TO_NEXT)
_NEGATION = re.compile(
    rf"(?:[nN](?:ot|ever|o|or|either)|[wW]ithout|N(?:OT|EVER|O)|WITHOUT|[cC]annot)(?=({_TO_NEXT}))"
)
#: Searched by the space before a number, since the words that limit it start with every letter.
_COUNT = re.compile(
    r" (?:[$€£¥₹+-]?\d[\d,.]*(?<=\d)|(?:one|two|three|four|five|six|seven|eight|nine|ten|half)\b)"
)
_LIMIT = re.compile(
    r"\b(?:at (?:the )?(?:most|least|minimum|maximum)|(?:no )?(?:more|less|fewer|later) than"
    r"|up to|within|over|under|above|below|exactly|only|until|before|after|by|nearly|almost|about"
    r"|(?:maximum|minimum) of)\Z",
    re.IGNORECASE,
)
_LIMIT_SIZE = 18
_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?"
    r"|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)"
)
_DATE = re.compile(rf"{_MONTH}\.? (?:\d{{4}}\b|\d\d?(?:st|nd|rd|th)?(?!\w)(?:,? \d{{4}}\b)?)")
_DAY = re.compile(rf"(?:st|nd|rd|th)?(?: of)? {_MONTH}\b\.?(?:,? \d{{4}}\b)?")
_UNIT = re.compile(
    r"[ \u00a0]((?:hundred|thousand|million|billion|trillion)\b(?: ([^\W\d_]+))?"
    r"|[ap]\.m\.|[%°]\w?|[^\W\d_]+)"
)


def atoms(text: str) -> tuple[Span, ...]:
    """The spans of *text* that shortening may not cut into, in order, none touching a part of it.

    None crosses a line end, but a negation whose word stands on the next line. What is longer than
    `LONGEST` characters is left out.
    """
    found = [match.span() for match in _ENCLOSED.finditer(text)]
    found += _words(text)
    found += _pairs(text)
    found += [match.span() for match in _DATE.finditer(text) if _whole(text, match.start())]
    return tuple(_merged(found))


def enclosed(text: str) -> list[Span]:
    """What is set off by marks: atoms of code, quotation and the like, and asides, in order."""
    found = [match.span() for match in _ENCLOSED.finditer(text)]
    found += [match.span() for match in _ASIDE.finditer(text)]
    return list(_merged(found))


def _words(text: str) -> Iterator[tuple[int, int]]:
    """Words that hold more than letters, numbers with what belongs to them."""
    for chunk in _WORDS.finditer(text):
        if chunk.start(1) < 0:
            continue
        for match in _ATOM.finditer(text, *chunk.span(1)):
            word = match.group()
            if _PLAIN.match(word):
                continue
            start, stop = match.span()
            if word[-1].isdigit() or (len(word) > 2 and word[-2:] in ("st", "nd", "rd", "th")):
                stop = _measured(text, stop)
            elif _DENIES.search(word) and (after := _NEXT.match(text, stop)):
                stop = after.end()
            yield start, stop


def _measured(text: str, at: int) -> int:
    """Where the number that stops at *at* ends with its month or unit."""
    if (day := _DAY.match(text, at)) is not None:
        return day.end()
    match = _UNIT.match(text, at)
    if match is None:
        return at
    known = vocabulary().units
    first, second = match[1], match[2]
    if second is not None:
        return match.end() if second.lower() in known else match.start(2) - 1
    if first.lower() in known or first in ("a.m.", "p.m.") or first[0] in "%°":
        return match.end()
    return match.end() if first in _SCALES else at


_SCALES = frozenset(("hundred", "thousand", "million", "billion", "trillion"))


def _pairs(text: str) -> Iterator[tuple[int, int]]:
    """Negations with the next word, limits with their number."""
    for match in _NEGATION.finditer(text):
        if _whole(text, match.start()):
            yield match.start(), match.end(1)
    for match in _COUNT.finditer(text):
        start = max(0, match.start() - _LIMIT_SIZE)
        limit = _LIMIT.search(text[start : match.start()])
        if limit is not None:
            yield start + limit.start(), match.end()


def _whole(text: str, at: int) -> bool:
    """Whether a word starts at *at*, rather than going on."""
    return at == 0 or not (text[at - 1].isalnum() or text[at - 1] == "_")


def _merged(found: Iterable[tuple[int, int]]) -> Iterator[Span]:
    """Spans in order, those that share a character made one."""
    start = stop = -1
    for one, two in sorted(found):
        if one < stop:
            stop = max(stop, two)
            continue
        if 0 <= start < stop <= start + LONGEST:
            yield Span(start, stop)
        start, stop = one, two
    if 0 <= start < stop <= start + LONGEST:
        yield Span(start, stop)

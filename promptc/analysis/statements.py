"""Instructions that can be compared: what they are about, and what they say of it.

Only what is certain is read: a limit on something, an instruction with or without a negation, the
length or the language of the whole answer. Two statements can clash only when they are about the
same thing in the same words.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from promptc.analysis.dominance import scope
from promptc.analysis.kinds import Spans
from promptc.analysis.mask import HOLE, masked
from promptc.analysis.sentences import units
from promptc.analysis.speech import literal
from promptc.analysis.vocabulary import vocabulary
from promptc.ir import Template
from promptc.source import Span


class Statement(NamedTuple):
    """One instruction. Only two with the same *about* can clash.

    *low* and *high* bound an amount of *unit*. *sign* is 1 for what is to be done, -1 for what is
    not; *sure* says that a word such as "always" states it. *headings* are those it stands under.
    """

    span: Span
    about: str
    said: str
    low: float = 0
    high: float = math.inf
    unit: str = ""
    sign: int = 0
    sure: bool = True
    headings: tuple[int, ...] = ()


_SENTENCE = re.compile(r"[^.!?;\n]+(?:\.(?=\S)[^.!?;\n]+)*[.!?;]?")
_WORD = re.compile(rf"[^\W_]+(?:['’-][^\W_]+)*|{HOLE}+")
_N = r"(?P<n>\d+)"
#: What an amount is bounded by, as (low, high) of the number.
_BOUNDS = (
    (r"(?:at most|(?:no|not) more than|(?:a )?maximum of|max|up to|no longer than)", "high"),
    (r"(?:fewer than|less than)", "below"),
    (r"(?:at least|no (?:fewer|less) than|(?:a )?minimum of)", "low"),
    (r"exactly", "both"),
)
_LIMIT = re.compile("|".join(rf"\b{words} (?P<{name}>\d+)\b" for words, name in _BOUNDS))
_ANSWER = re.compile(
    r"(?:always )?(?:answer|reply|respond)(?: the (?:question|user|query))?(?: briefly| concisely)?"
    r" (?:in|with|using)"
    r" (?:(?P<bound>at most|no more than|up to|fewer than|less than|at least|no fewer than"
    rf"|exactly) )?{_N}(?: (?:to|-) (?P<m>\d+))?"
    r" (?:short |brief |full |complete |detailed )?(?P<unit>word|sentence|paragraph|line)s?"
    r"(?: only)?"
)
_IN_LANGUAGE = re.compile(
    r"(?:always |only )?(?:answer|reply|respond|write)(?: only)?(?: to the user)? (?:only )?in "
    r"(?P<language>english|french|german|spanish|italian|portuguese|dutch|polish|russian|chinese"
    r"|japanese|korean|arabic|turkish|hindi|swedish)(?: only)?"
)
_POLAR = (
    (re.compile(r"(?:you )?(?:must |should |shall )?(?:never|not ever) (?P<rest>.+)"), -1, True),
    (re.compile(r"(?:you )?(?:do|must|should|shall|may|can) not (?:ever )?(?P<rest>.+)"), -1, True),
    (re.compile(r"(?:you )?(?:must |should |shall )?always (?P<rest>.+)"), 1, True),
    (re.compile(r"(?:you )?(?:must|shall) (?P<rest>.+)"), 1, True),
    (re.compile(r"(?P<rest>.+)"), 1, False),
)
_SHORT = {
    "don't": "do not", "doesn't": "does not", "mustn't": "must not", "shouldn't": "should not",
    "can't": "can not", "cannot": "can not", "won't": "will not",
}  # fmt: skip
_POLITE = frozenset({"please", "kindly", "also", "the", "a", "an", "just", "simply"})
#: What is not said of itself: another sentence or another answer may be meant.
_LEANS = re.compile(
    r"\b(?:it|its|this|that|these|those|they|them|their|he|she|his|her|otherwise|then|such|each"
    r"|above|below|following|previous|example|first|second|third|last|next|step|other|another"
    r"|one|former|latter|here)\b"
)
_MARKER = re.compile(r"\b(?:not|never|always|no|without|unless|except|only)\b")
_LEAST_WORDS = 2
_LONGEST = 25


@lru_cache(maxsize=16)
def statements(template: Template) -> tuple[Statement, ...]:
    """Every instruction of prose and list items that can be compared, in order.

    None is read in examples, code, quotations, or text that a model is to say.
    """
    text = masked(template)
    if not _MAY_CLASH.search(text):
        return ()
    found = [each for unit in units(template) for each in _read(text, unit)]
    counts: dict[str, int] = {}
    for each in found:
        counts[each.about] = counts.get(each.about, 0) + 1
    kept = [each for each in found if counts[each.about] > 1]
    if not kept:
        return ()
    quoted = literal(text, Spans(()))
    return tuple(
        each._replace(headings=scope(template, each.span.start).headings)
        for each in kept
        if not quoted.overlaps(each.span)
    )


#: A template without any of these words can't contradict itself here.
_MAY_CLASH = re.compile(
    r"\b(?:never|not|don['’]t|cannot|mustn['’]t|at most|at least|(?:more|fewer|less|longer) than"
    r"|maximum|minimum|max|up to|exactly|(?:answer|reply|respond|write)\b.{0,40}\bin)\b",
    re.IGNORECASE,
)


def clash(one: Statement, two: Statement) -> str:
    """Say how two statements about the same thing exclude each other; empty where they don't."""
    if one.sign and two.sign:
        if one.sign == two.sign or not (one.sure or two.sure):
            return ""
        if not (one.sure and two.sure) and one.headings != two.headings:
            return ""
        return f"this contradicts {one.said!r}"
    if one.about == "language":
        return "" if one.unit == two.unit else f"this contradicts {one.said!r}"
    return f"this contradicts {one.said!r}" if _exclude(one, two) else ""


def _exclude(one: Statement, two: Statement) -> bool:
    if one.unit != two.unit:
        pair = {one.unit: one, two.unit: two}
        if pair.keys() != {"sentence", "paragraph"}:
            return False
        # Each paragraph has a sentence at least.
        return pair["paragraph"].low > pair["sentence"].high
    if one.low > two.high or two.low > one.high:
        return True
    capped = one.high < math.inf and two.high < math.inf and not (one.low or two.low)
    floored = one.high == two.high == math.inf
    return (capped and one.high != two.high) or (floored and one.low != two.low)


def _read(text: str, unit: Span) -> Iterator[Statement]:
    for match in _SENTENCE.finditer(text, *unit):
        span = Span(*match.span()).stripped(text)
        shown = text[slice(*span)]
        if not shown or shown.endswith("?"):
            continue
        words = _words(shown)
        if not words or len(words) > _LONGEST:
            continue
        yield from _statement(span, shown, words)


def _statement(span: Span, shown: str, words: tuple[str, ...]) -> Iterator[Statement]:
    said = " ".join(words)
    quote = " ".join(shown.split()).strip("*_- ")
    if match := _ANSWER.fullmatch(said):
        low, high = _interval(match["bound"] or "exactly", int(match["n"]))
        if match["m"]:
            high = float(match["m"])
        yield Statement(span, "answer", quote, low, high, match["unit"])
        return
    if match := _IN_LANGUAGE.fullmatch(said):
        yield Statement(span, "language", quote, unit=match["language"])
        return
    if _LEANS.search(said):
        return
    limits = list(_LIMIT.finditer(said))
    if len(limits) == 1 and not _MARKER.search(said[: limits[0].start()]):
        yield from _limit(span, said, quote, limits[0])
        return
    yield from _polar(span, said, quote, ends=shown[-1] in ".!")


def _limit(span: Span, said: str, quote: str, match: re.Match[str]) -> Iterator[Statement]:
    name = match.lastgroup or ""
    number = float(match[name])
    low = number if name in ("low", "both") else 0
    high = {"high": number, "below": number - 1, "both": number}.get(name, math.inf)
    about = f"{said[: match.start()]}#{said[match.end() :]}"
    if len(about.split()) >= _LEAST_WORDS + 1:
        yield Statement(span, about, quote, low, high)


def _polar(span: Span, said: str, quote: str, *, ends: bool) -> Iterator[Statement]:
    for pattern, sign, sure in _POLAR:
        if match := pattern.fullmatch(said):
            rest = match["rest"]
            stated = sure or (ends and not _MARKER.search(rest))
            if stated and len(rest.split()) >= _LEAST_WORDS:
                yield Statement(span, f"do {rest}", quote, sign=sign, sure=sure)
            return


def _interval(bound: str, number: int) -> tuple[float, float]:
    match bound:
        case "at most" | "no more than" | "up to":
            return 0, number
        case "fewer than" | "less than":
            return 0, number - 1
        case "at least" | "no fewer than":
            return number, math.inf
    return number, number


@lru_cache(maxsize=4096)
def _words(shown: str) -> tuple[str, ...]:
    """The words in lower case, contractions and numbers written out one way, politeness gone."""
    numbers = vocabulary().numbers
    found: list[str] = []
    for word in _WORD.findall(shown.lower().replace("’", "'")):
        if word[0] == HOLE:
            return ()
        found += (_SHORT.get(word) or numbers.get(word, word)).split()
    return tuple(word for word in found if word not in _POLITE)

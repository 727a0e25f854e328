"""Edits by a second hand: written without a look at the tables that the checks read with.

The kinds of `benchmarks.editing.harms` come from the hand that wrote those tables too. These here
have other words and other ways. `written` reads pairs that were composed one by one, and `MADE`
edits the prompts of a data set.
"""

from __future__ import annotations

import random
import re
import textwrap
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from benchmarks.editing.prose import Sentence, lists, sentences

HERE = Path(__file__).parent
_Change = Callable[[str, random.Random], str | None]
Edit = Callable[[str, random.Random], str | None]


class Written(NamedTuple):
    """A pair that was composed by hand."""

    kind: str
    harm: bool
    before: str
    after: str


def written() -> Iterator[Written]:
    """The pairs of ``second_hand.tsv``."""
    for harm, kind, before, after in _table("second_hand.tsv"):
        yield Written(kind, harm == "harmful", _lined(before), _lined(after))


def _lined(text: str) -> str:
    return text.replace("\\n", "\n")


def _table(name: str) -> list[list[str]]:
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("#")]


def _swaps(pairs: str, *, back: bool = True) -> Mapping[str, str]:
    """``a>b`` pairs; with *back* they are read both ways."""
    found = {}
    for pair in pairs.split(","):
        one, two = (each.strip() for each in pair.split(">"))
        found[one] = two
        if back:
            found.setdefault(two, one)
    return found


_NEGATED = _swaps(
    "do not>,don't>,never>,not>,without>with,cannot>can,can't>can,isn't>is,aren't>are"
    ",doesn't>,shouldn't>should,won't>will,no longer>still,nothing>everything,no one>everyone"
    ",nobody>everybody,neither>either,nor>or,none of>all of",
    back=False,
)
_DENIED = _swaps(
    "must>must not,should>should not,can>cannot,will>will not,always>never,with>without"
    ",are>are not,is>is not,may>may not",
    back=False,
)
_OBLIGED = _swaps(
    "must>can,must>might,should>could,required>optional,mandatory>voluntary,always>often"
    ",need to>might,have to>can,will>may,needs to>may,required to>free to,ensure>try",
    back=False,
)
_AMOUNTS = _swaps(
    "all>some,every>some,each>some,both>one,only>mainly,at least>at most,more than>less than"
    ",exactly>about,any>every,entire>first,many>few,most>few,up to>over,minimum>maximum"
    ",single>second,several>two,within>beyond,always>rarely"
)
OPPOSED = _swaps(
    "include>exclude,including>excluding,true>false,short>long,formal>informal,increase>decrease"
    ",above>below,start>end,positive>negative,uppercase>lowercase,first>last,old>new,correct>wrong"
    ",before>after,add>remove,accept>reject,allow>forbid,public>private,simple>complex,high>low"
    ",specific>vague,relevant>irrelevant,valid>invalid,best>worst,good>bad,brief>detailed,keep>drop"
    ",concise>verbose,clear>obscure,possible>impossible,similar>different,same>different,open>close"
    ",early>late,more>less,input>output,question>answer,success>failure,pass>fail,yes>no,safe>unsafe"
    ",polite>rude,strong>weak,internal>external,original>modified,follow>ignore,use>avoid"
    ",important>trivial,known>unknown,necessary>needless,successfully>unsuccessfully"
)
_FORMATS = _swaps(
    "JSON>YAML,Markdown>HTML,XML>CSV,English>Spanish,French>German,Python>Java,list>table"
    ",bullet>numbered,paragraph>list,sentence>paragraph,string>number,words>characters"
    ",SQL>Cypher,array>object,comma>semicolon,integer>float"
)
_JOINS = _swaps("and>or,if>unless,because>although,when>until,but>and")
_DIGITS = "zero one two three four five six seven eight nine ten eleven twelve".split()  # noqa: SIM905
_NARROWER = ("Only on weekdays, ", "For paying customers, ", "In the first paragraph, ")
_INVENTED = (
    "Close with a proverb.", "Mention the weather.", "Name yourself Robin.", "Answer in rhyme.",
    "Ask the user for a phone number.", "Quote a poem.", "Keep it under 40 words.",
    "Translate it into Latin.", "Delete what you read afterwards.",
)  # fmt: skip
_CONDITION = re.compile(
    r"(?i)\s*,?\s\b(?:if|unless|when|whenever|provided that|as long as|except|in case|until|once)\b"
    r"[^,;.!?]{8,}(?=[.!?]$)"
)
_LEADING = re.compile(r"^(?:If|When|Unless|Once|Whenever|In case|For|Before|After)\b[^,.;]{8,},\s+")
_AMOUNT = re.compile(r"(?<![\w.])\d{1,3}(?![\w.:/]|\.\d)")
_COUNT = re.compile(r"(?<= )(?:[2-9]|1[0-2])(?= [a-z]{3,})(?! to | and | or )")
_FILLER = re.compile(
    r"(?i)\b(?:please|kindly|basically|really|very|quite|actually|just|simply)\b,? (?=\w)"
)
_SHORT = {
    "do not": "don't", "does not": "doesn't", "is not": "isn't", "are not": "aren't",
    "you are": "you're", "it is": "it's", "should not": "shouldn't", "cannot": "can't",
    "will not": "won't", "you will": "you'll", "did not": "didn't",
}  # fmt: skip


def put(
    found: re.Pattern[str], text: str, rng: random.Random, new: Callable[[re.Match[str]], str]
) -> str | None:
    """Put *new* in for one of what *found* finds in *text*; ``None`` where that is nothing."""
    places = list(found.finditer(text))
    if not places:
        return None
    match = rng.choice(places)
    return text[: match.start()] + new(match) + text[match.end() :]


def replaced(table: Mapping[str, str]) -> _Change:
    """Put one of the words of *table* in for another."""
    words = "|".join(sorted(map(re.escape, table), key=len, reverse=True))
    found = re.compile(rf"\b(?:{words})\b(?! ?-)", re.I)

    def change(text: str, rng: random.Random) -> str | None:
        places = list(found.finditer(text))
        if not places:
            return None
        match = rng.choice(places)
        new = table.get(match[0], table.get(match[0].lower(), ""))
        if not new:
            rest = text[match.end() :].lstrip()
            made = text[: match.start()] + (rest if match.start() else rest[:1].upper() + rest[1:])
            return made
        if match[0][0].isupper():
            new = new[0].upper() + new[1:]
        return text[: match.start()] + new + text[match.end() :]

    return change


def _number(text: str, rng: random.Random) -> str | None:
    return put(_AMOUNT, text, rng, lambda match: str(int(match[0]) + rng.randint(1, 5)))


def _unconditioned(text: str, rng: random.Random) -> str | None:
    found = _CONDITION.search(text)
    if found and found.start() > 12:
        return text[: found.start()] + text[found.end() :]
    rest = _LEADING.sub("", text)
    return rest[0].upper() + rest[1:] if rest != text and len(rest) > 12 else None


def _narrowed(text: str, rng: random.Random) -> str | None:
    return rng.choice(_NARROWER) + text[0].lower() + text[1:]


def _invented(text: str, rng: random.Random) -> str | None:
    return f"{text} {rng.choice(_INVENTED)}"


def _lost(text: str, rng: random.Random) -> str | None:
    return ""


def _spelled(text: str, rng: random.Random) -> str | None:
    return put(_COUNT, text, rng, lambda match: _DIGITS[int(match[0])])


def _unfilled(text: str, rng: random.Random) -> str | None:
    made = _FILLER.sub("", text)
    return made[0].upper() + made[1:] if made != text else None


def _trimmed(text: str, rng: random.Random) -> str | None:
    made = re.sub(r"\*\*(\S[^*]*)\*\*", r"\1", text).replace("!", ".").replace("—", "-")
    return made if made != text else None


@lru_cache(maxsize=1)
def _phrases() -> Mapping[str, str]:
    return {long: short for long, short in _table("second_phrases.tsv")}


def _phrased(text: str, rng: random.Random) -> str | None:
    return replaced(_phrases())(text, rng)


def _in_sentence(change: _Change) -> Edit:
    """*change* at one sentence of a prompt, the first of a draw that it can change."""

    def edit(text: str, rng: random.Random) -> str | None:
        found = sentences(text)
        for each in rng.sample(found, len(found)):
            made = change(each.text, rng)
            if made is not None and made != each.text:
                return _put(text, each, made)
        return None

    return edit


def _put(text: str, place: Sentence, new: str) -> str:
    if new:
        return text[: place.start] + new + text[place.stop :]
    start = text.rfind("\n", 0, place.start) + 1 if place.item else place.start
    return text[:start] + text[place.stop :].lstrip(" \n" if place.item else " ")


def _wrapped(text: str, rng: random.Random) -> str | None:
    """Break the lines of prose at another width."""
    found = sentences(text)
    lines, at = [], 0
    for line in text.split("\n"):
        told = sum(at <= each.start < at + len(line) for each in found)
        at += len(line) + 1
        prose = told > 1 and line[:1].isupper() and not re.search(r"[|`{}<>=]|://|^\w+:", line)
        lines += textwrap.wrap(line, 72, break_on_hyphens=False) if prose else [line]
    return "\n".join(lines)


def _marked(text: str, rng: random.Random) -> str | None:
    """Write the bullets of a list another way."""
    runs = [run for run in lists(text) if run[0].mark.strip() in ("-", "*")]
    if not runs:
        return None
    for item in reversed(rng.choice(runs)):
        mark = item.mark.replace("-", "*") if "-" in item.mark else item.mark.replace("*", "-")
        text = text[: item.start] + mark + text[item.start + len(item.mark) :]
    return text


HARMS: Mapping[str, Edit] = {
    "negation dropped": _in_sentence(replaced(_NEGATED)),
    "negation added": _in_sentence(replaced(_DENIED)),
    "modality changed": _in_sentence(replaced(_OBLIGED)),
    "quantity changed": _in_sentence(replaced(_AMOUNTS)),
    "opposite said": _in_sentence(replaced(OPPOSED)),
    "format changed": _in_sentence(replaced(_FORMATS)),
    "joining changed": _in_sentence(replaced(_JOINS)),
    "number changed": _in_sentence(_number),
    "condition lost": _in_sentence(_unconditioned),
    "scope narrowed": _in_sentence(_narrowed),
    "rule invented": _in_sentence(_invented),
    "rule lost": _in_sentence(_lost),
}
HARMLESS: Mapping[str, Edit] = {
    "phrase of another table": _in_sentence(_phrased),
    "contracted": _in_sentence(replaced(_SHORT)),
    "number in words": _in_sentence(_spelled),
    "filler dropped": _in_sentence(_unfilled),
    "markup only": _in_sentence(_trimmed),
    "lines wrapped": _wrapped,
    "bullets changed": _marked,
}

"""The sentences and list items of a prompt that an edit may change."""

from __future__ import annotations

import re
from typing import NamedTuple

_FENCE = re.compile(r"^[ \t]*(```|~~~).*?(?:^[ \t]*\1|\Z)", re.DOTALL | re.MULTILINE)
_LINE = re.compile(
    r"^(?P<mark>[ \t]*(?:[-*+•][ \t]+|(?P<number>\d{1,2})[.)][ \t]+)?)(?P<body>\S.*?)[ \t]*$", re.M
)
_SENTENCE = re.compile(r"(?:[^.!?]|[.!?](?=\S))+[.!?]+(?=\s|$)")
_CODE = re.compile(r"[{}<>|=\\`#$]|://|\w\(|\w_\w|\[\w*\]\(|^\W*\w+:\s*$")
_QUOTED_CODE = re.compile(r"\{%|^[{\[(\"']|[\"'],?$|\{\{-? ?[\"']|\w ?= ?[\"'(]|[\"']: ?[\"']")
_ENGLISH = frozenset(
    "the a an of to and in is are you your be for with that this it or not as if".split()  # noqa: SIM905
)


_SHORT = re.compile(r"\b(?:e\.?g|i\.?e|etc|vs|no|approx|cf)\.$", re.IGNORECASE)


class Sentence(NamedTuple):
    """A sentence of a prompt, by its place in it; *item*: it is all of a list item."""

    start: int
    stop: int
    text: str
    item: bool


class Item(NamedTuple):
    """A list item of one line: its whole line, what it says, and its number, if it has one."""

    start: int
    stop: int
    body: str
    mark: str
    number: int | None


def sentences(text: str) -> list[Sentence]:
    """Full sentences of English prose, outside of code, without template code in them."""
    found = []
    for match in _lines(text):
        for each in _SENTENCE.finditer(match["body"]):
            shown = each[0].strip()
            start = match.start("body") + each.start() + len(each[0]) - len(each[0].lstrip())
            if _plain(shown):
                item = bool(match["mark"].strip()) and shown == match["body"].strip()
                found.append(Sentence(start, start + len(shown), shown, item))
    return found


def lists(text: str) -> list[list[Item]]:
    """Runs of at least three neighboring items of one line each, all at one indent."""
    runs: list[list[Item]] = [[]]
    for match in _lines(text):
        mark = match["mark"]
        if not mark.strip() or _CODE.search(match["body"]):
            runs.append([])
            continue
        number = int(match["number"]) if match["number"] else None
        item = Item(match.start(), match.end(), match["body"], mark, number)
        last = runs[-1][-1] if runs[-1] else None
        joined = last is not None and text[last.stop : item.start] == "\n"
        same = last is not None and len(last.mark) - len(last.mark.lstrip()) == len(mark) - len(
            mark.lstrip()
        )
        kind = last is not None and (last.number is None) == (number is None)
        if not (joined and same and kind):
            runs.append([])
        runs[-1].append(item)
    return [run for run in runs if len(run) >= 3]


def _lines(text: str) -> list[re.Match[str]]:
    fences = [match.span() for match in _FENCE.finditer(text)]
    return [
        match
        for match in _LINE.finditer(text)
        if not any(start <= match.start() < stop for start, stop in fences)
        and not _QUOTED_CODE.search(match["body"])
    ]


def _plain(text: str) -> bool:
    words = re.findall(r"[A-Za-z']+", text.lower())
    if _SHORT.search(text) or text.count("(") != text.count(")"):
        return False
    if not 4 <= len(words) <= 45 or _CODE.search(text) or '"' in text or "“" in text:
        return False
    return text[0].isupper() and sum(word in _ENGLISH for word in words) * 6 >= len(words)

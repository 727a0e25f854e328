"""Question sets: JSON lines to documents, questions, answers and the passages that hold them.

A row has `id`, `question`, `answers` and `context`, or a `context_id` that names a row of
`NAME.contexts.jsonl` beside it. Gold evidence is `gold_sentence`, `gold_sentences` or, as ranges
of lines, `gold_turns`.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from promptc.source import Span


@dataclass(frozen=True)
class Doc:
    """One document that a method may shorten; it never shortens the title."""

    title: str
    text: str


class Gold(NamedTuple):
    """A passage that a question rests on."""

    document: int
    span: Span


@dataclass(frozen=True)
class Question:
    """What is asked of some documents. *answers* are strings, any of which will do."""

    id: str
    text: str
    answers: tuple[str, ...]
    documents: tuple[Doc, ...]
    gold: tuple[Gold, ...] = ()


#: The sets, the one with the bars first.
SETS = (
    "nq_multidoc10",
    "xquad_en",
    "xquad_de",
    "xquad_zh",
    "qed_dev",
    "nq_oracle",
    "covidqa",
    "hotpot_distractor_100",
    "ircot_hotpotqa",
    "ircot_musique",
    "rgb_en",
    "rgb_en_fact",
    "leval_natural_question",
    "leval_legal_contract_qa",
    "leval_scientific_qa",
    "leval_multidoc_qa",
    "kv_retrieval_75",
    "kv_retrieval_140",
    "qmsum",
)

_NUMBERED = re.compile(r"^Document \[\d+\]\(Title: ((?:[^()\n]|\([^()\n]*\))*)\) ", re.M)
_TITLED = re.compile(r"^(?:Wikipedia )?Title: (.*)\n", re.M)
_BLANK = re.compile(r"\n[ \t]*\n")


def read(folder: Path, name: str) -> list[Question]:
    """Read the set *name*; exit with a plain message where one of its files is missing."""
    contexts: dict[str, str] = {}
    rows = list(_rows(folder / f"{name}.jsonl"))
    if any(row.get("context_id") for row in rows):
        beside = _rows(folder / f"{name}.contexts.jsonl")
        contexts = {row["context_id"]: row["text"] for row in beside}
    return [_question(row, contexts, name) for row in rows]


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    if not path.is_file():
        sys.exit(f"{path} is missing: --data names the folder of the question sets")
    with path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def _question(row: dict[str, Any], contexts: dict[str, str], name: str) -> Question:
    context = row.get("context") or contexts[row["context_id"]]
    documents = split(context, name, row.get("title", "").replace("_", " "))
    answers = tuple(answer for answer in row["answers"] if answer.strip())
    return Question(row["id"], row["question"], answers, documents, gold(row, documents))


def split(context: str, name: str, title: str = "") -> tuple[Doc, ...]:
    """Split a *context* into documents as the set *name* writes them.

    >>> split("Title: A\\nOne.\\n\\nTitle: B\\nTwo.", "hotpot_distractor_100")
    (Doc(title='A', text='One.'), Doc(title='B', text='Two.'))
    """
    how = _SPLITS.get(name)
    found = how(context) if how else ()
    return tuple(found) or (Doc(title, context),)


def _headed(pattern: re.Pattern[str], context: str) -> list[Doc]:
    heads = list(pattern.finditer(context))
    stops = [*(head.start() for head in heads), len(context)][1:]
    return [
        Doc(head[1], context[head.end() : stop].strip())
        for head, stop in zip(heads, stops, strict=True)
    ]


def _paragraphs(context: str) -> list[Doc]:
    return [Doc("", part.strip()) for part in _BLANK.split(context) if part.strip()]


_SPLITS: dict[str, Callable[[str], list[Doc]]] = {
    "nq_multidoc10": lambda context: _headed(_NUMBERED, context),
    "hotpot_distractor_100": lambda context: _headed(_TITLED, context),
    "ircot_hotpotqa": lambda context: _headed(_TITLED, context),
    "ircot_musique": lambda context: _headed(_TITLED, context),
    "rgb_en_fact": _paragraphs,
}


def gold(row: dict[str, Any], documents: Sequence[Doc]) -> tuple[Gold, ...]:
    """Find the gold evidence of *row* in its documents; what is not there verbatim is left out."""
    if "gold_turns" in row:
        return tuple(_turns(row["gold_turns"], documents[0].text))
    sentences = row.get("gold_sentences") or [row.get("gold_sentence") or ""]
    places = (_place(sentence.strip(), documents) for sentence in sentences)
    return tuple(place for place in places if place)


def _place(sentence: str, documents: Sequence[Doc]) -> Gold | None:
    for number, document in enumerate(documents):
        start = document.text.find(sentence) if sentence else -1
        if start >= 0:
            return Gold(number, Span(start, start + len(sentence)))
    return None


def _turns(ranges: Sequence[Sequence[int]], text: str) -> Iterator[Gold]:
    starts = [0] + [match.end() for match in re.finditer("\n", text)] + [len(text) + 1]
    for first, last in ranges:
        if first < len(starts) - 1:
            stop = starts[min(last + 1, len(starts) - 1)] - 1
            yield Gold(0, Span(starts[first], stop))

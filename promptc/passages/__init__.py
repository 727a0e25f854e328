"""Documents and the passages that they are cut into: what retrieval finds and hands out."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import NamedTuple

from promptc.source import Span


class Kind(enum.StrEnum):
    """What the most of a passage is."""

    PROSE = "prose"
    LIST = "list"
    TABLE = "table"
    CODE = "code"
    QUESTION = "question and answer"
    RECORD = "record"


@dataclass(frozen=True)
class Document:
    """A text by its *name*, which is what its passages are cited by.

    *text* has ``\\n`` line ends. Of a file that is not plain text it is the text read from it.
    """

    name: str
    text: str


class Passage(NamedTuple):
    """A part of a document, cut along its structure.

    It is ``text[span]`` of the document *source*; where that is the middle of a table, or of an
    answer, *head* is where its header or its question stands. *path* are the headings that it
    stands under, the outermost first. *line* is where it starts, counted from 1.
    """

    source: str
    span: Span
    text: str
    path: tuple[str, ...] = ()
    head: Span | None = None
    kind: Kind = Kind.PROSE
    line: int = 1

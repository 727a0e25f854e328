"""What the web page shows, as values; numbers are already written, and text is not yet escaped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Figure(NamedTuple):
    """One number of a summary: what it is, how it reads, and a word on it."""

    label: str
    value: str
    note: str = ""


class Column(NamedTuple):
    """A column of the table that can be sorted by; *wide*: a phone leaves it out."""

    label: str
    wide: bool = False


class Cell(NamedTuple):
    """A number of a row: how it reads, what it is sorted by, and its share of 1 for a bar."""

    text: str
    value: float
    bar: float | None = None


@dataclass(frozen=True)
class Row:
    """A line of the table: *name* leads to the part of the page called *anchor*, if there is one.

    *remark* stands under the name. *tone* is ``"good"``, ``"bad"`` or empty.
    """

    name: str
    cells: tuple[Cell, ...]
    anchor: str = ""
    remark: str = ""
    tone: str = ""


class Mark(NamedTuple):
    """A stretch of a template: what stood there and what stands there now.

    *kind* is ``"kept"``, ``"dropped"``, ``"changed"``, ``"added"``, ``"found"`` or ``"left"``: a
    stretch that the page leaves out. *changes* are the numbers of the changes that made it.
    """

    kind: str
    before: str
    after: str = ""
    changes: tuple[int, ...] = ()


@dataclass(frozen=True)
class Change:
    """Something that was done, undone or found at one place, and what holds it.

    *title* is the pass or the code, *label* what was done. *told* are pairs of a word and a text.
    """

    number: int
    title: str
    label: str
    place: str
    told: tuple[tuple[str, str], ...] = ()
    before: str = ""
    after: str = ""


class Bar(NamedTuple):
    """What one pass did: *share* of the longest bar, in [-1, 1]."""

    name: str
    about: str
    share: float
    saved: str
    kept: str
    undone: str
    skipped: str


@dataclass(frozen=True)
class Grid:
    """A small table: *head* names the columns after the first, each row starts with its name."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()


class Point(NamedTuple):
    """*kept*, the share of answers, at *tokens*."""

    tokens: float
    kept: float


@dataclass(frozen=True)
class Curve:
    """The share of answers that are kept by tokens; *chosen* is what the build took."""

    title: str
    points: tuple[Point, ...]
    chosen: Point | None = None


class Listed(NamedTuple):
    """A list of messages under a heading; *more* of them are not on the page."""

    title: str
    items: tuple[str, ...]
    more: int = 0
    tone: str = ""


@dataclass(frozen=True)
class Detail:
    """All that the page shows of one template or text; *what* and *lead* stand over its text."""

    anchor: str
    name: str
    what: str
    lead: str
    figures: tuple[Figure, ...] = ()
    marks: tuple[Mark, ...] = ()
    changes: tuple[Change, ...] = ()
    more_changes: int = 0
    bars: tuple[Bar, ...] = ()
    grids: tuple[Grid, ...] = ()
    curves: tuple[Curve, ...] = ()
    lists: tuple[Listed, ...] = ()


@dataclass(frozen=True)
class Page:
    """The whole report. *kind* is ``"build"``, ``"check"`` or ``"compress"``.

    *sorted_by* is the column that the rows come sorted by, the most first. *left_out* says what is
    not on the page, *footnotes* how things were counted.
    """

    kind: str
    title: str
    headline: str
    things: str
    figures: tuple[Figure, ...]
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    sorted_by: int
    sums: Row | None = None
    bars: tuple[Bar, ...] = ()
    details: tuple[Detail, ...] = ()
    lists: tuple[Listed, ...] = ()
    left_out: tuple[str, ...] = ()
    footnotes: tuple[str, ...] = ()

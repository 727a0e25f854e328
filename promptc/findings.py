"""What `promptc check` hands back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from promptc.results import Failure


class Place(NamedTuple):
    """A place in a file as an editor counts it, line and column from 1."""

    path: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


@dataclass(frozen=True)
class Finding:
    """One thing that a rule reports.

    *path* is the file as it can be opened from here. The text meant goes up to *end_line* and
    *end_column*, which is not part of it. *error* says that the check fails because of it. *whole*:
    it is about the template and not about that place. *fixed_by* is the option that takes it away,
    if there is one. *others* are further places that it names.
    """

    code: str
    rule: str
    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    message: str
    error: bool
    whole: bool = False
    fixed_by: str = ""
    others: tuple[Place, ...] = ()


@dataclass(frozen=True)
class Checked:
    """What a check found: *findings* by path and place.

    *failures* are files that could not be read. *templates* counts those that were checked,
    *cached* those of them that were taken from the cache; *paths* are their files. *fixed* are the
    files that were rewritten.
    *against* says what growth was measured against, empty where it was not.
    """

    findings: tuple[Finding, ...]
    failures: tuple[Failure, ...] = ()
    notes: tuple[str, ...] = ()
    templates: int = 0
    cached: int = 0
    fixed: tuple[str, ...] = ()
    model: str = ""
    level: int = 1
    against: str = ""
    paths: tuple[str, ...] = ()

    @property
    def errors(self) -> int:
        """How many findings fail the check."""
        return sum(each.error for each in self.findings)

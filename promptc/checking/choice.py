"""Which rules count for which file, and which of their findings fail the check."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from promptc.config.gate import Gate, Limits
from promptc.config.sidecar import Sidecar
from promptc.errors import ConfigError, nearest
from promptc.globs import Globs
from promptc.inspection import Rule
from promptc.rules import BY_CODE, starts

CATCH_ALL = "PC"


@dataclass(frozen=True)
class Choice:
    """What *gate*, whose globs are relative to *root*, says of codes and files.

    *budget* is the limit that holds where no other does, on the largest sample.
    """

    gate: Gate
    root: Path
    budget: int | None = None

    def __post_init__(self) -> None:
        gate = self.gate
        per_file = (codes for _, codes in gate.per_file_ignores)
        for codes in (gate.select, gate.ignore, gate.error, gate.warn, *per_file):
            refuse_unknown(codes)

    def selects(self, code: str) -> bool:
        """Whether the rule with *code* runs at all."""
        return _length(self.gate.select, code) > _length(self.gate.ignore, code)

    def reports(self, code: str, path: Path) -> bool:
        """Whether findings of *code* count in the file *path*."""
        return self.selects(code) and not any(
            globs.match(path) and _length(codes, code) >= 0 for globs, codes in self._per_file
        )

    def fails(self, rule: Rule | type[Rule], error: bool | None = None) -> bool:
        """Whether a finding of *rule* fails the check; *error* is what it says of itself."""
        fails = _length(self.gate.error, rule.code)
        warns = _length(self.gate.warn, rule.code)
        if fails == warns:
            return rule.error if error is None else error
        return fails > warns

    def limits(self, path: Path, sidecar: Sidecar) -> Limits:
        """What the template *path* may cost: for each limit, who states it last."""
        stated: dict[str, object] = {"worst": self.budget} if self.budget else {}
        for globs, limits in self._budgets:
            if globs.match(path):
                stated |= {k: v for k, v in vars(limits).items() if v is not None}
        if sidecar.budget is not None:
            stated["worst"] = sidecar.budget
        return Limits(**stated)  # type: ignore[arg-type]

    @cached_property
    def _per_file(self) -> list[tuple[Globs, tuple[str, ...]]]:
        found = self.gate.per_file_ignores
        return [(Globs(self.root, (glob,)), codes) for glob, codes in found]

    @cached_property
    def _budgets(self) -> list[tuple[Globs, Limits]]:
        return [(Globs(self.root, each.paths), each.limits) for each in self.gate.budgets]


def refuse_unknown(codes: Iterable[str]) -> None:
    """Raise `ConfigError` for a code, or the beginning of one, that no rule has."""
    for code in codes:
        if code != CATCH_ALL and not starts(code):
            raise ConfigError(f"unknown code {code!r}; {nearest(code, BY_CODE)}")


def _length(beginnings: Iterable[str], code: str) -> int:
    """How long the longest of *beginnings* is that *code* starts with; -1 where none is."""
    return max((len(each) for each in beginnings if code.startswith(each)), default=-1)

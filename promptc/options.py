"""How a text is compressed, besides how much of it may stay."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from promptc.protocols import Scorer

#: What is done about an edit that a quality check fails: nothing is checked, it is kept and listed,
#: or it is undone and listed.
Quality: TypeAlias = Literal["off", "warn", "gate"]


@dataclass(frozen=True, kw_only=True)
class Options:
    """What a caller may choose about a compression.

    *scorer* names the model that rates tokens, as ``"causal:gpt2"``, or is one. *fine* shortens
    units from the inside; ``None``: below a rate of 0.6 where there is no question or the scorer is
    a model, and where no whole unit fits. *keep* are texts that stay wherever they stand.
    *deadline* is in seconds from the call; after it, *on_deadline* raises `DeadlineError` or passes
    the input through. *cache* is a folder that remembers results across processes.
    *device* and *dtype* are for scorers that are models: ``None`` chooses. *mark* is written at
    every cut, and counted. *check* compares the facts before and after.
    """

    scorer: str | Scorer = "embedded"
    fine: bool | None = None
    keep: tuple[str, ...] = ()
    deadline: float | None = None
    on_deadline: Literal["raise", "pass"] = "raise"
    cache: Path | str | None = None
    device: str | None = None
    dtype: str | None = None
    mark: str = ""
    check: bool = False

    def __post_init__(self) -> None:
        seconds = self.deadline
        if seconds is not None and (not isinstance(seconds, (int, float)) or not seconds > 0):
            raise ValueError(f"deadline must be above 0 seconds, got {seconds!r}")
        if self.on_deadline not in ("raise", "pass"):
            raise ValueError(f"on_deadline must be 'raise' or 'pass', got {self.on_deadline!r}")
        if not _texts(self.keep):
            raise ValueError(f"keep must be texts that are not empty, got {self.keep!r}")
        if self.fine not in (None, True, False):
            raise ValueError(f"fine must be True, False or None, got {self.fine!r}")
        if not isinstance(self.mark, str):
            raise ValueError(f"mark must be a text, got {self.mark!r}")
        if not isinstance(self.scorer, str) and not hasattr(self.scorer, "score"):
            raise ValueError(f"scorer must be a name or a scorer, got {self.scorer!r}")
        for name in ("device", "dtype"):
            if not isinstance(getattr(self, name), str | None):
                raise ValueError(f"{name} must be a text or None, got {getattr(self, name)!r}")
        if self.cache is not None and not isinstance(self.cache, (str, Path)):
            raise ValueError(f"cache must be the path of a folder, got {self.cache!r}")


def _texts(value: object) -> bool:
    """Whether *value* is a list of texts, none empty."""
    if not isinstance(value, (tuple, list)):
        return False
    return all(isinstance(each, str) and each for each in value)

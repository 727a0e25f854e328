from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class UnusedIgnore:
    """A comment that ignores what is not there.

    `{# promptc: ignore PC502 #}` is for findings of its own line, or of the next one where it has
    a line to itself; `{# promptc: ignore-file PC101 #}` is for the whole file. A code counts as
    unused when its rule ran and found nothing there, and when there is no such code. Codes of rules
    that this run does not select are left alone.

    Why: An ignore that outlives its finding hides the next one, which nobody has looked at.

    Fix: Remove the code, or the whole comment where no code is left.

    Leave it: While the line comes and goes with the branch you are on.
    """

    code: ClassVar[str] = "PC002"
    name: ClassVar[str] = "unused-ignore"
    error: ClassVar[bool] = False
    fixed_by: ClassVar[str] = ""

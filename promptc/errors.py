"""What promptc raises.

* PromptcError
  + TemplateError     a template can't be read or parsed: file, line, column, what to do
  + ConfigError       a configuration file, an option or a name is wrong
  + BudgetError       what must be kept is larger than what may be kept
  + DeadlineError     the time that a caller gave is over
  + InputError        what is to be compressed, or a document, can't be read
  + IndexFileError    an index can't be read, or was made by something else
  + RenderError       a template could not be rendered within its limits
  + JudgeError        the endpoint that judges quality can't be asked, or never answers
  + ServerError       a server refuses what it is asked, or never answers
  + LockError         the lock does not describe what stands here
  + ModelError        a model can't be loaded, or what it said makes no sense
  + HistoryError      git can't tell what stood here before
  + MissingExtra      an optional package is not installed
  + PassError         a pass broke its promise: a bug in the pass, never in the template
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class PromptcError(Exception):
    """Base class: catching it catches everything promptc raises on purpose."""


class TemplateError(PromptcError):
    """A template can't be read or parsed."""


class ConfigError(PromptcError):
    """A configuration file, an option or a name is wrong."""


class BudgetError(PromptcError):
    """What must be kept is larger than what may be kept."""


class DeadlineError(PromptcError):
    """The time that a caller gave is over."""


class InputError(PromptcError):
    """What is to be compressed, or a document, can't be read."""


class IndexFileError(PromptcError):
    """An index can't be read, or was made by another model or version."""


class RenderError(PromptcError):
    """A template could not be rendered within its limits."""


class JudgeError(PromptcError):
    """The endpoint that judges quality can't be asked, or never answers."""


class ServerError(PromptcError):
    """A server refuses what it is asked, by *status*, or never answers: then that is 0."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class LockError(PromptcError):
    """The lock does not describe what stands here."""


class ModelError(PromptcError):
    """A model can't be loaded, can't be reached, or what it said makes no sense."""


class HistoryError(PromptcError):
    """Git can't tell what stood here before."""


class MissingExtra(PromptcError, ImportError):  # noqa: N818 - says what is missing
    """An optional package is not installed."""


class PassError(PromptcError):
    """A pass broke its promise. This is a bug in the pass, not in the template."""

    def __init__(self, pass_name: str, message: str) -> None:
        super().__init__(f"{pass_name} {message}")
        self.pass_name = pass_name


def exceeded(takes: int, allowed: int, where: str = "") -> BudgetError:
    """Say by how many tokens what must be kept is too large; *where* counts what else does."""
    return BudgetError(
        f"what must be kept takes {takes:,} tokens{where}, and the budget allows {allowed:,}; "
        "raise the budget or keep less"
    )


def nearest(name: str, known: Iterable[str], most: int = 3) -> str:
    """List the *known* names, those like *name* first, as the end of a message.

    >>> nearest("gtp-4o", ["claude", "gpt-4o", "gpt-4o-mini"])
    "did you mean 'gpt-4o'?"
    >>> nearest("zzz", ["b", "a"])
    "choose from 'a', 'b'"
    """
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=most, cutoff=0.6)
    if close:
        return f"did you mean {', '.join(map(repr, close))}?"
    rest = f", … ({len(names)} in all)" if len(names) > 12 else ""
    return f"choose from {', '.join(map(repr, names[:12]))}{rest}"

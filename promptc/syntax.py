"""How a file is written: its engine, and the settings of the Jinja environment that reads it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from promptc.errors import ConfigError, nearest

if TYPE_CHECKING:
    from jinja2 import Environment

Engine: TypeAlias = Literal["jinja", "format", "plain"]

EXTENSIONS = {
    "do": "jinja2.ext.do",
    "loopcontrols": "jinja2.ext.loopcontrols",
    "i18n": "jinja2.ext.i18n",
    "debug": "jinja2.ext.debug",
}


@dataclass(frozen=True)
class Syntax:
    """What a file's text means to whoever renders it. The defaults are Jinja's own.

    `stated` says that the user named the whitespace settings: only then may a pass edit the line
    end after a block tag and the indent before one, which these settings decide about.
    `front_matter` says that a leading ``---`` block is read by the loader, not by the model.
    """

    engine: Engine = "jinja"
    trim_blocks: bool = False
    lstrip_blocks: bool = False
    keep_trailing_newline: bool = False
    line_statement_prefix: str | None = None
    line_comment_prefix: str | None = None
    extensions: tuple[str, ...] = ("do", "loopcontrols", "i18n")
    stated: bool = False
    front_matter: bool = False

    def __post_init__(self) -> None:
        for name in self.extensions:
            if name not in EXTENSIONS:
                raise ConfigError(f"unknown Jinja extension {name!r}; {nearest(name, EXTENSIONS)}")


@lru_cache(maxsize=32)
def environment(syntax: Syntax) -> Environment:
    """The Jinja environment that lexes and parses files of *syntax*, final line end kept."""
    import jinja2

    return jinja2.Environment(**options(syntax) | {"keep_trailing_newline": True})


def options(syntax: Syntax) -> dict[str, Any]:
    """Keyword arguments for a `jinja2.Environment` that reads *syntax*."""
    return {
        "trim_blocks": syntax.trim_blocks,
        "lstrip_blocks": syntax.lstrip_blocks,
        "keep_trailing_newline": syntax.keep_trailing_newline,
        "line_statement_prefix": syntax.line_statement_prefix,
        "line_comment_prefix": syntax.line_comment_prefix,
        "extensions": [EXTENSIONS[name] for name in syntax.extensions],
    }

"""The report as a web page: one HTML file, which needs no network and runs no text of others."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from promptc.errors import ConfigError

if TYPE_CHECKING:
    from promptc.checking.state import State
    from promptc.findings import Checked
    from promptc.report.page.shortened import Result
    from promptc.results import Built

GENERATOR = "promptc"
_HEAD = 2000


def build_page(found: Built) -> str:
    """Write the report of a build as HTML."""
    from promptc.report.page import built, drawing

    return drawing.draw(built.page(found))


def check_page(found: Checked, state: State) -> str:
    """Write the report of a check as HTML."""
    from promptc.report.page import checked, drawing

    return drawing.draw(checked.page(found, state))


def compress_page(found: Sequence[Result], asked: str, failures: Sequence[str] = ()) -> str:
    """Write what was kept of some texts as HTML."""
    from promptc.report.page import drawing, shortened

    return drawing.draw(shortened.page(found, asked, failures))


def free(path: Path) -> None:
    """Raise `ConfigError` where *path* is a file that is no such page, which nobody wants gone."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except FileNotFoundError:
        return
    except OSError as error:
        raise ConfigError(f"{path}: can't be written ({error.strerror})") from error
    if head.strip() and f'name="generator" content="{GENERATOR} '.encode() not in head:
        raise ConfigError(f"{path}: not a report of promptc; name another file, or remove it")


def write(path: Path, text: str) -> None:
    """Replace *path* by the page *text*."""
    from promptc import atomic

    atomic.write(path, text.encode())


__all__ = ["GENERATOR", "build_page", "check_page", "compress_page", "free", "write"]

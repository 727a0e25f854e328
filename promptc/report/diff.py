"""What a build changed in one template, as a unified diff."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from promptc.report.plain import plain, printable
from promptc.results import Compiled

if TYPE_CHECKING:
    from rich.text import Text

_HEADINGS = 2
_NO_END = "\\ No newline at end of file"
_STYLES = {"-": "red", "+": "green", "@": "cyan"}
_TRAILING = re.compile(r"[ \t]+$")


def diff(compiled: Compiled) -> str:
    """Write the way from the source to the compiled text; empty where nothing changed.

    Control characters are shown, tabs excepted, so that printing it is safe.
    """
    return "".join(f"{line}\n" for line in _lines(compiled))


def colored_diff(compiled: Compiled) -> Text:
    """Write the same diff in color; white space removed from line ends is marked."""
    from rich.text import Text

    text = Text()
    for number, line in enumerate(_lines(compiled)):
        shown = Text(line, "bold" if number < _HEADINGS else _STYLES.get(line[:1], ""))
        trailing = _TRAILING.search(line, 1)
        if trailing and number >= _HEADINGS and line[0] in "-+":
            shown.stylize("reverse", *trailing.span())
        text.append_text(shown).append("\n")
    return text


def _lines(compiled: Compiled) -> Iterator[str]:
    before, after = _ended(compiled.source), _ended(compiled.text)
    name = plain(compiled.name)
    lines = difflib.unified_diff(before, after, f"a/{name}", f"b/{name}", lineterm="")
    for number, line in enumerate(lines):
        text, end, _ = line.partition("\n")
        yield printable(text)
        if number >= _HEADINGS and line[0] != "@" and not end:
            yield _NO_END


def _ended(text: str) -> list[str]:
    """Split *text* into lines at ``\\n`` alone, each with its end."""
    lines = [f"{line}\n" for line in text.split("\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]

"""Lines that look like code or like prose, and blocks of code told by them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from promptc.analysis.lines import Line
from promptc.analysis.mask import HOLE

_NAME = r"[A-Za-z_$][\w$]*"
_CODE = re.compile(
    "|".join(
        (
            # definitions and imports
            r"(?:async\s+)?def\s+\w+\s*\(",
            r"(?:export\s+|public\s+|private\s+|abstract\s+)*(?:class|struct|enum|interface|trait)"
            r"\s+\w+.*[:{(]\s*$",
            r"(?:export\s+|async\s+|default\s+)*function\b\s*\w*\s*\(",
            r"(?:fn|func)\s+\w+\s*[(<]",
            r"(?:from\s+[\w.]+\s+)?import\s+[\w.{*][\w.,{}* ]*(?:\s+from\s+\S+|\s+as\s+\w+)?;?$",
            r"import\s+[\w{*].*\bfrom\s+['\"]",
            r"import\s*\(?['\"]",
            r"package\s+[\w.]+;?$",
            r"#\s*include\b|#!/|using\s+[\w.]+;$",
            r"@\w[\w.]*(?:[(\[].*)?$",
            # statements
            r"(?:const|let|var|val|type|export)\s+\w.*[={(]",
            r"(?:if|elif|while|for|with|switch)\b\s*\(.*[{:;)]\s*$",
            r"(?:if|elif|while)\b.*[=<>()_.\[\]].*:\s*$",
            r"for\s+\w+(?:\s*,\s*\w+)*\s+in\s+\S+.*:\s*$",
            r"with\s+.*\bas\s+\w+\s*:\s*$",
            r"(?:else|try|finally|except\b[^:]*)\s*:\s*$",
            r"return\s*(?:[\w.]*[(\[{\"'].*|None|True|False|null|true|false|\w+\s*[-+*/]\s*\w+"
            r"|[a-z_]\w*);?$",
            r"(?:raise|throw|yield|await|assert|del|new)\s+[\w.]+\s*\(.*",
            rf"{_NAME}(?:\.\w+|\[[^\]]*\])*(?:\s*:\s*[\w\[\], .|]++)?\s*"
            r"(?:[-+*/%|&^]|:|\*\*|//|<<|>>)?=(?![=>])\s*\S",
            r"[a-z_][\w]*(?:\.\w+)*\(.*\)\s*[;{:]?$",
            r"[\w.]+\.\w+\(.*\)\s*;?$",
            # brackets and marks
            r".*[\w=(,>\])]\s*\{+\s*$",
            r"[{\[(]+\s*$",
            r"[}\])]+[;,)\]}]*\s*$",
            r".*(?:\w\(.*\)|[=\]]|\w\[).*;\s*$",
            r".*(?:\)\s*=>|\)\s*->|&&|\S::\S).*",
            r",?\s*[\"'][^\"']+[\"']\s*:\s*\S",
            r"//\s|/\*|\*/|<\?\w|>>> |\.\.\. \S",
            r"</?\w+[^>]*>\s*\{",
            # patches and listings
            r"@@\s|diff --git\s|(?:---|\+\+\+)\s[ab]/|\d{1,5}(?:\s[+-]|\s?\|)",
            # queries and shells
            r"SELECT\b.*(?:,|\*|\bFROM\b)",
            r"(?:INSERT\s+INTO|DELETE\s+FROM|CREATE\s+(?:TABLE|VIEW|INDEX)|ALTER\s+TABLE"
            r"|DROP\s+TABLE|UPDATE\s+\w+\s+SET|GROUP\s+BY|ORDER\s+BY|(?:LEFT|INNER|OUTER)\s+JOIN)\b",
            r"(?:FROM|WHERE|JOIN)\s+[\w.]+(?:\s|$)",
            r"[$%]\s+[a-z]\S*",
            r"(?:pip3?|npm|yarn|pnpm|brew|apt|apt-get|cargo|go|uv|poetry)\s+"
            r"(?:install|run|add|get|build|init|i)\b",
            r"(?:git|docker|kubectl|curl|sudo|chmod|mkdir|python3?|node|bash|export)\s+"
            r"(?:-\S|\S*[/.=]\S|clone|run|build|apply|commit)",
        )
    )
)
_WORD = re.compile(rf"[^\W\d_]{{2,}}|{HOLE}+")
_ITEM = re.compile(r"(?:[-*+•–]|\d{1,3}[.)]|\(?[A-Za-z0-9][.)])\s+")
_KEY = re.compile(r"[a-z_][\w.-]*:(?:\s|$)")
_ODD = re.compile(r"[={}\[\]\\<>$^~|`;]|\w_\w|\w\(\)|::|->|--\w")
_START = re.compile(rf"[\w{HOLE}\"'“‘(*…¿¡\[]")
_WIDE = re.compile(r"(?<![.!?:])\s{2,}")
#: Lines within which an opening bracket's closing one is looked for.
_FAR = 100
_MARKED = re.compile(r"#|[-*=_]{3,}$")


def is_code(content: str) -> bool:
    """Whether a line, its ends stripped, could hardly be anything but code.

    >>> is_code("for item in items:"), is_code("For each item, name the price.")
    (True, False)
    """
    return _CODE.match(content) is not None


def is_prose(content: str) -> bool:
    """Whether a line, its ends stripped, reads as a sentence or a part of one.

    >>> is_prose("Answer in the language of the question."), is_prose("name: answer")
    (True, False)
    """
    item = _ITEM.match(content)
    if item:
        content = content[item.end() :]
    if _MARKED.match(content):
        return content[0] == "#" and content.lstrip("#").startswith(" ")
    if is_code(content) or _KEY.match(content) or not _START.match(content):
        return False
    if _WIDE.search(content):
        return False
    words = _WORD.findall(content)
    odd = len(_ODD.findall(content.replace(HOLE, "")))
    if odd * 4 > len(words):
        return False
    enough = 1 if item else 2 if content[-1:] in ".!?:,;" else 4
    return len(words) >= enough


def code(rows: Sequence[Line], skipped: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Blocks of lines that look like code, each with what is indented under it.

    Two blocks with at most one other line between them are one.
    """
    first = stop = -1
    row = 0
    while row < len(rows):
        line = rows[row]
        if skipped[row] or not line.content or not is_code(line.content):
            row += 1
            continue
        end = _closing(rows, row, under(rows, row))
        if stop >= 0 and _near(rows, stop, row):
            stop = end
        else:
            if stop >= 0:
                yield first, stop
            first, stop = row, end
        row = end
    if stop >= 0:
        yield first, stop


def under(rows: Sequence[Line], row: int) -> int:
    """The end of what stands indented deeper under line *row*, blank lines between included."""
    stop = at = row + 1
    while at < len(rows):
        if rows[at].content:
            if rows[at].indent <= rows[row].indent:
                break
            stop = at + 1
        at += 1
    return stop


def _closing(rows: Sequence[Line], row: int, stop: int) -> int:
    """The end of the block that line *row* opens with a bracket, if not *stop*."""
    if rows[row].content[-1] not in "{[(":
        return stop
    for at in range(stop, min(stop + _FAR, len(rows))):
        content = rows[at].content
        if not content or rows[at].indent < rows[row].indent:
            break
        if content[0] in "}])":
            return at + 1
    return stop


def outlines(rows: Sequence[Line], skipped: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Lines that stand deeper than the one above them and don't read as prose."""
    above = -1
    row = 0
    while row < len(rows):
        line = rows[row]
        if skipped[row]:
            above = -1
        elif line.content:
            if above >= 0 and line.indent >= rows[above].indent + 2:
                stop = under(rows, above)
                if not _ITEM.match(rows[above].content) and not all_prose(rows, row, stop):
                    yield row, stop
                    row = stop
                    continue
            above = row
        row += 1


def all_prose(rows: Sequence[Line], first: int, stop: int) -> bool:
    """Whether every line of the block that is not blank reads as prose."""
    return all(is_prose(line.content) for line in rows[first:stop] if line.content)


def _near(rows: Sequence[Line], stop: int, row: int) -> bool:
    """Whether the lines from *stop* to *row* are blank, or one that is not a sentence."""
    between = [line for line in rows[stop:row] if line.content]
    return not between or (
        len(between) <= 2 and row - stop <= 2 and not any(is_prose(b.content) for b in between)
    )

"""A text with the layout that says nothing taken out, and the layout that says something frozen.

Taken out: white space between the tokens of JSON, padding of table cells. Frozen: code in fences,
inline code, indented code, preformatted HTML, the inside of JSON strings.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks.auditing.jsons import jsons
from benchmarks.auditing.marks import CONTROL, MARK, freeze

_TICKS = re.compile(r"`{3,}|^[ \t>]*~{3,}")
# A line of ticks, or one that ends with them and at most the name of a language.
_OPENS = re.compile(r"^(?:> ?)*(?:`{3}|~{3})|(?:`{3,}|~{3,})[ \t]*[^\s`.,;]*$")
_LANGUAGE = re.compile(r"(?:`{3,}|~{3,})[ \t]*([^\s`]*)")
_JSON_NAMES = {"", "json", "jsonc", "json5", "jsonl", "javascript", "js"}
_INLINE = re.compile(r"(?<!`)(`+)(?!`)([^\n]+?)(?<!`)\1(?!`)")
_PREFORMATTED = re.compile(r"<(pre|code|textarea|script|style)\b[^>]*>.*?</\1>", re.S | re.I)
_RULER = re.compile(r"\s*(?:>\s*)*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*")
_LIST_ITEM = re.compile(r"\s*(?:[-*+]|\d+[.)])(?:\s|$)")


@dataclass
class Layout:
    """A canonical text, and what was seen in it."""

    text: str = ""
    fences: list[str] = field(default_factory=list)
    inline: list[str] = field(default_factory=list)
    jsons: list[str] = field(default_factory=list)
    rows: list[str] = field(default_factory=list)


def layout(text: str) -> Layout:
    """The canonical form of a marked *text*."""
    found = Layout()
    pieces = [
        _fence(piece, found) if fenced else _prose(piece, found) for piece, fenced in _fences(text)
    ]
    found.text = "".join(pieces)
    return found


def _fences(text: str) -> list[tuple[str, bool]]:
    """Runs of lines, in a fence or not; the lines of its ticks belong to a fence.

    Prompts open fences behind words too (``Input: ```python``), so any odd row of ticks opens one.
    """
    pieces: list[tuple[str, bool]] = []
    lines: list[str] = []
    ticks = ""
    for line in re.findall(r"[^\n]*\n|[^\n]+", text):
        bare = _bare(line)
        runs = [run.strip("> \t") for run in _TICKS.findall(bare) if _OPENS.search(bare)]
        closes = _closed(line, ticks) if ticks else 0
        if closes:
            pieces.append(("".join([*lines, line[:closes]]), True))
            lines, ticks = [line[closes:]] if line[closes:] else [], ""
        elif not ticks and len(runs) % 2:
            pieces.append(("".join(lines), False))
            lines, ticks = [line], runs[-1]
        else:
            lines.append(line)
    pieces.append(("".join(lines), bool(ticks)))
    return [(piece, fenced) for piece, fenced in pieces if piece]


def _closed(line: str, ticks: str) -> int:
    """Where in *line* a fence of *ticks* ends: with the line, or with a tag that stands there."""
    for tag in CONTROL.finditer(line):
        if _bare(line[: tag.start()]).endswith(ticks):
            return tag.end() if line[tag.end() :].strip() else len(line)
    return len(line) if _bare(line).endswith(ticks) else 0


def _bare(text: str) -> str:
    return MARK.sub("", text).strip()


def _fence(text: str, found: Layout) -> str:
    """A fence as it is, or, if it holds JSON and nothing else, that JSON without its layout."""
    lines = text.rstrip("\n").split("\n")
    head = _LANGUAGE.search(_bare(lines[0]))
    name = head[1].lower() if head else ""
    inside = "\n".join(lines[1:-1])
    values = list(jsons(inside)) if name in _JSON_NAMES else []
    if values and not _bare(_replaced(inside, values, lambda _: "")):
        shown = _replaced(inside, values, lambda plain: plain)
        found.jsons += [value.plain for value in values]
        body = [freeze(lines[0]), shown.strip(), freeze(lines[-1])]
        text = "\n".join(body) + text[len(text.rstrip("\n")) :]
    else:
        end = len(text.rstrip("\n"))
        text = freeze(text[:end]) + text[end:]
    found.fences.append(text.strip())
    return text


def _replaced(text: str, values: list, by: Callable[[str], str]) -> str:  # type: ignore[type-arg]
    found, at = [], 0
    for value in values:
        found += [text[at : value.start], by(value.plain)]
        at = value.stop
    return "".join([*found, text[at:]])


def _prose(text: str, found: Layout) -> str:
    text = _PREFORMATTED.sub(lambda match: freeze(match[0]), text)
    text = _INLINE.sub(lambda match: _kept(match[0], found.inline), text)
    values = list(jsons(text))
    found.jsons += [value.plain for value in values]
    text = _replaced(text, values, lambda plain: plain)
    return "\n".join(_rows(_indented(text.split("\n")), found))


def _kept(text: str, into: list[str]) -> str:
    into.append(text)
    return freeze(text)


def _indented(lines: list[str]) -> list[str]:
    """Freeze code that is marked by its indent: after a blank line, and not under a list item."""
    shown, before, above = [], "", ""
    code = False
    for line in lines:
        deep = line.startswith(("    ", "\t")) and bool(line.strip())
        code = deep and (code or (not before.strip() and not _LIST_ITEM.match(above)))
        shown.append(freeze(line.rstrip()) if code else line)
        before = line
        if line.strip() and not deep:
            above = line
    return shown


def _rows(lines: list[str], found: Layout) -> list[str]:
    """Tables without the padding of their cells."""
    bare = [CONTROL.sub("", line) for line in lines]
    rulers = [at for at, line in enumerate(lines) if any(map(_is_ruler, CONTROL.split(line)))]
    rulers = [at for at in rulers if at and "|" in bare[at - 1]]
    if not rulers:
        return lines
    table = {at for at, line in enumerate(bare) if re.fullmatch(r"\s*\|.*\|\s*", line)}
    for ruler in rulers:
        table |= {ruler - 1, ruler}
        at = ruler + 1
        while at < len(bare) and "|" in bare[at]:
            table.add(at)
            at += 1
    return [_row(line, found) if at in table else line for at, line in enumerate(lines)]


def _is_ruler(text: str) -> bool:
    return "|" in text and "-" in text and _RULER.fullmatch(text) is not None


def _row(line: str, found: Layout) -> str:
    """One line of a table; a tag in it may stand where a line ends, so it parts the line."""
    indent = line[: len(line) - len(line.lstrip())]
    pieces = re.split(f"({CONTROL.pattern})", line.strip())
    text = "".join(piece if CONTROL.fullmatch(piece) else _cells(piece) for piece in pieces)
    found.rows.append(text)
    return indent + text


def _cells(text: str) -> str:
    """Cells without the white space beside their pipes; other white space at the ends stays."""
    if _is_ruler(text):
        text = re.sub("-+", "-", text)
    return re.sub(r"\s*(?<!\\)\|\s*", "|", text)


__all__ = ["Layout", "layout"]

"""What seven regular expressions save: the yardstick that a compiler has to beat.

Blank lines, trailing space, bold, rules, the padding of tables, twelve filler phrases, and
sentences that repeat an earlier one outside examples. They know nothing of code, of holes or of
what a text is about; that is the point.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_FILLER = (
    "please", "kindly", "note that", "it is important to note that", "make sure to", "be sure to",
    "remember to", "keep in mind that", "in order", "very", "really", "basically",
)  # fmt: skip
_EXAMPLE = re.compile(r"<example.*?</example\w*>|^(?:example|input|output|q|a)\b.*?(?:\n\n|\Z)",
                      re.S | re.I | re.M)  # fmt: skip
_FRONT = re.compile(r"\ufeff?---[ \t]*\r?\n.*?\n---[ \t]*(?:\r?\n|$)", re.S)
_TABLE_ROW = re.compile(r"^[ \t]*\|.*\|[ \t]*$", re.M)
_SENTENCE = re.compile(r"[^.!?\n]{20,}[.!?]+(?=\s|$)[ \t]*")

STEPS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("trailing space", lambda text: re.sub(r"[ \t]+$", "", text, flags=re.M)),
    ("rules", lambda text: re.sub(r"^[ \t]*([-*_=])\1{2,}[ \t]*\n", "", text, flags=re.M)),
    ("blank lines", lambda text: re.sub(r"\n{3,}", "\n\n", text)),
    ("bold", lambda text: re.sub(r"\*\*(.+?)\*\*", r"\1", text)),
    ("table padding", lambda text: _TABLE_ROW.sub(_unpadded, text)),
    ("filler", lambda text: re.sub(rf"\b(?:{'|'.join(_FILLER)})[ ,]+", "", text, flags=re.I)),
    ("repeated sentences", lambda text: _without_repeats(text)),
)


def shorten(text: str) -> str:
    """*text* after all seven; its front matter is left out of it, or the rules would unmake it."""
    front = _FRONT.match(text)
    head, text = (front[0], text[front.end() :]) if front else ("", text)
    for _, step in STEPS:
        text = step(text)
    return head + text


def _unpadded(row: re.Match[str]) -> str:
    return re.sub(r"[ \t]*\|[ \t]*", "|", row[0])


def _without_repeats(text: str) -> str:
    examples = [match.span() for match in _EXAMPLE.finditer(text)]
    seen: set[str] = set()

    def once(match: re.Match[str]) -> str:
        if any(start <= match.start() < stop for start, stop in examples):
            return match[0]
        said = match[0].strip()
        if said in seen:
            return ""
        seen.add(said)
        return match[0]

    return _SENTENCE.sub(once, text)

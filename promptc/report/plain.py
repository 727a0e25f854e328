"""Text from templates made harmless: for a terminal, for a log that reads commands, for a column.

Templates, their names and the messages that quote them are other people's text. Nothing of it may
move a cursor, turn the reading order around, or speak to the machine that keeps the log.
"""

from __future__ import annotations

import re

# C0, DEL and C1 controls; marks and overrides of direction; characters of no width (the joiners
# of emoji and of Indic and Arabic script stay); line separators; lone surrogates; tag characters.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}

# GitHub's runner obeys "::error::" at the start of a line, and "##[error]" anywhere in it; other
# runners know "##vso[" and "##teamcity[". A line may start anywhere, since messages are wrapped.
_COMMAND = re.compile(r":(?=:[A-Za-z][A-Za-z-]*(?:\s.*?)?::)|#(?=#\w*\[)", re.DOTALL)


def plain(text: str) -> str:
    r"""Show the control characters of *text*, and break up what a CI log would obey.

    >>> plain("a\tb\x1b[31m\u202e")
    'a\\tb\\x1b[31m\\u202e'
    >>> plain("::error::oh no")
    '\\x3a:error::oh no'
    """
    return inert(_UNSAFE.sub(lambda match: _escape(match[0]), text))


def inert(text: str) -> str:
    """Break up the workflow commands in *text*, which is otherwise left alone."""
    return _COMMAND.sub(lambda match: f"\\x{ord(match[0]):02x}", text)


def printable(text: str) -> str:
    r"""Make *text* harmless as `plain` does, but leave its tabs and line ends.

    >>> printable("a\tb\x1b\n")
    'a\tb\\x1b\n'
    """
    lines = ("\t".join(map(plain, line.split("\t"))) for line in text.split("\n"))
    return "\n".join(lines)


def visible(text: str) -> str:
    r"""Show the control characters of *text* but its tabs and line ends, for a page.

    >>> visible("::a\tb\x1b\n")
    '::a\tb\\x1b\n'
    """
    return _UNSAFE.sub(lambda match: match[0] if match[0] in "\t\n" else _escape(match[0]), text)


def marked(text: str, most: int = 200) -> str:
    """Make the white space of *text* visible, at most *most* characters of it.

    >>> marked("one \\n two")
    'one·↵·two'
    """
    more = f" … ({len(text) - most:,} characters more)" if len(text) > most else ""
    shown = plain(text[:most].replace(" ", "·").replace("\n", "↵"))
    return shown.replace("\\t", "→") + more


def shorten(text: str, width: int) -> str:
    """Cut *text* in the middle to fit *width* columns; the end tells more, so it stays longer.

    >>> shorten("prompts/customers/support/agent.j2", 20)
    'prompts…ort/agent.j2'
    """
    from rich.cells import cell_len

    if cell_len(text) <= width:
        return text
    head = text[: max(width * 2 // 5 - 1, 0)]
    tail = text[len(head) + 1 :]
    while tail and cell_len(head) + 1 + cell_len(tail) > width:
        head, tail = (head, tail[1:]) if len(tail) > 1 else (head[:-1], tail[1:])
    return f"{head}…{tail}"


def writable(text: str, encoding: str) -> str:
    """Replace what *encoding* has no character for, so that printing never fails.

    >>> writable("a → é", "latin-1")
    'a \\\\u2192 é'
    """
    return text.encode(encoding, "backslashreplace").decode(encoding)


def _escape(char: str) -> str:
    if char in _SHORT:
        return _SHORT[char]
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"

"""Private-use characters that stand for code and for white space that must not change."""

from __future__ import annotations

import re

OPEN, CLOSE = "\ue000", "\ue001"
HOLE, TAG = "h", "t"
MARK = re.compile(f"{OPEN}[^{CLOSE}]*{CLOSE}")
CONTROL = re.compile(f"{OPEN}{TAG}[^{CLOSE}]*{CLOSE}")

#: White space that is frozen.
FROZEN = "\ue010\ue011\ue012\ue013"
_FREEZE = str.maketrans(" \n\t\r", FROZEN)
_THAW = str.maketrans(FROZEN, " \n\t\r")
_OURS = re.compile("[\ue000-\ue01f]")


def mark(kind: str, name: object = "") -> str:
    """A mark that stands in a text for a hole or a tag."""
    return f"{OPEN}{kind}{name}{CLOSE}"


def plain(text: str) -> str:
    """*text* without characters of its own that would read as a mark."""
    return _OURS.sub("\ufffd", text)


def freeze(text: str) -> str:
    """*text* with its white space spelled so that any change of it is a change of words."""
    return text.translate(_FREEZE)


def thaw(text: str) -> str:
    """A marked and frozen text as a person can read it."""
    return MARK.sub(
        lambda found: "{{…}}" if found[0][1:2] == HOLE else "{%…%}", text.translate(_THAW)
    )

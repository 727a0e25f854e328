"""SPACING: equal words, and white space that says the same thing.

Held gap by gap, a gap being the literal text between two tags or holes: the words are equal; the
class of every run of white space (none, space, line, blank line) is equal, save that a blank line
between two words may become a line end; the indent of every line is equal; nothing protected is
touched. So no rendering, whatever the holes hold, gains or loses a word boundary or an indent.

White space is spaces, tabs and line ends. Every other blank that Unicode has is part of a word:
it was chosen.

Two rewrites are proved on the whole template instead. Every line loses the indent that all lines
share, so that no line moves against another. Line ends that Markdown reads as spaces, within
sentences of filled paragraphs, become spaces.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from promptc.analysis.reflow import reflow
from promptc.analysis.regions import protected
from promptc.analysis.structure import Gap, changed_code, gaps
from promptc.ir import Comment, Edit, Leaf, Tag, Template

_BLANKS = " \t\n"
_RUN = re.compile(r"[ \t\n]+")
_BLANK_LINE = re.compile(r"\n[ \t]*\n")


def violation(before: Template, after: Template, edits: Sequence[Edit]) -> str | None:
    """Say what breaks the guarantee; ``None`` where it is proved."""
    if reflow(before, edits):
        return changed_code(before, after)
    fixed = protected(before)
    for edit in edits:
        for patch in edit.patches:
            if fixed.overlaps(patch.span):
                return f"edits text whose layout is its meaning: {_shown(before, patch.span)}"
    code = changed_code(before, after)
    if code:
        return code
    for old, new in zip(gaps(before), gaps(after), strict=True):
        if old.text != new.text:
            why = _respaced(old, new) or _trimmed(old, new, stated=before.syntax.stated)
            if why:
                return f"{why}: {old.text!r} became {new.text!r}"
    return None


def _shown(template: Template, span: tuple[int, int]) -> str:
    return repr(template.text[max(span[0] - 20, 0) : span[1] + 20])


def _respaced(old: Gap, new: Gap) -> str | None:
    """Compare word by word and run by run; runs and words alternate, a run at each end."""
    if _words(old.text) != _words(new.text):
        return "changes the words"
    before, after = _runs(old.text), _runs(new.text)
    for at, (was, now) in enumerate(zip(before, after, strict=True)):
        edge = at in (0, len(before) - 1)
        if _class(was) != _class(now):
            loosened = _class(was) == "blank line" and _class(now) == "line"
            if edge or not loosened:
                return f"turns {_class(was)} into {_class(now)}"
        if _indent(was, first=at == 0) != _indent(now, first=at == 0):
            return "changes an indent"
    return None


def _words(text: str) -> list[str]:
    return [word for word in _RUN.split(text) if word]


def _runs(text: str) -> list[str]:
    """The white space before, between and after the words; empty at an end without any."""
    inner = text.strip(_BLANKS)
    if not inner:
        return [text]
    lead, tail = text[: len(text) - len(text.lstrip(_BLANKS))], text[len(text.rstrip(_BLANKS)) :]
    return [lead, *_RUN.findall(inner), tail]


def _class(run: str) -> str:
    if not run:
        return "no space"
    if "\n" not in run:
        return "space"
    return "blank line" if _BLANK_LINE.search(run) else "line"


def _indent(run: str, *, first: bool) -> str:
    """What stands before the first word of a line.

    After a tag or a hole any space may be an indent: a hole can print nothing, or end in a line.
    """
    if "\n" in run:
        return run[run.rfind("\n") + 1 :]
    return run if first else ""


def _trimmed(old: Gap, new: Gap, *, stated: bool) -> str | None:
    """Hold what trim_blocks and lstrip_blocks would eat, where nobody said whether they are on."""
    if stated:
        return None
    if _eats(old.left):
        if old.text.startswith("\n") != new.text.startswith("\n"):
            return "moves the line end after a tag"
        if old.text.startswith("\n") and _class(_runs(old.text)[0][1:]) != _class(
            _runs(new.text)[0][1:]
        ):
            return "changes what trim_blocks leaves after a tag"
    if _eats(old.right) and _last_line(old.text).isspace() != _last_line(new.text).isspace():
        return "changes what lstrip_blocks eats before a tag"
    return None


def _eats(leaf: Leaf | None) -> bool:
    return isinstance(leaf, Tag | Comment)


def _last_line(text: str) -> str:
    return text[text.rfind("\n") + 1 :]

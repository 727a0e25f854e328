"""Whether a statement may stand elsewhere: steps, and what leans on its neighbor, may not."""

from __future__ import annotations

import re
from collections.abc import Sequence

from promptc.analysis.pairing import Pair
from promptc.analysis.utterances import Statement

FAR = 300
"""Statements above another that are looked through for its heading."""
_LEAD = r"(?:[-*+•>#\s]|\(?\d{1,3}[.)]|[*_\"'“(]|\w[.)]\s)*"
_SEQUENCE = re.compile(
    _LEAD
    + r"(?:(?:first|second|third|fourth|last|final)(?:ly)?\b(?:,| of all| step|\s+(?!name|item))"
    r"|then\b|next\b|finally\b|lastly\b|after(?:wards?| that| this|\s+\w+ing\b)?\b"
    r"|once\b|before\b|now\b|later\b|subsequently\b|to (?:start|begin)\b|start by\b|begin by\b"
    r"|meanwhile\b|step \w+\b|when (?:done|finished|ready)\b|at the (?:end|beginning)\b"
    r"|in the end\b|begin\b|end\b)",
    re.IGNORECASE,
)
_ANAPHORA = re.compile(
    _LEAD + r"(?:it|its|this|that|these|those|they|them|their|such|he|she|his|her|otherwise|instead"
    r"|however|therefore|thus|hence|so|but|and|or|also|likewise|similarly"
    r"|in (?:this|that|these|such)\b|if (?:so|not)|for (?:this|that|example|instance)|e\.g|i\.e"
    r"|again|except|unless|else|as a result|in addition|furthermore|moreover|additionally|doing so"
    r"|both|neither|each of|one of|the (?:former|latter|same|above|following|other)|here)\b",
    re.IGNORECASE,
)
_ORDERED = re.compile(
    r"\b(?:steps?|order|sequence|procedure|process|workflow|phases?|stages?|in turn|algorithm"
    r"|recipe|how to|instructions? in)\b",
    re.IGNORECASE,
)


class Order:
    """The statements of a text before and after, and which of them stand in whose place."""

    def __init__(self, old: Sequence[Statement], new: Sequence[Statement]) -> None:
        self.old, self.new = old, new
        self._old = {each.span: at for at, each in enumerate(old)}
        self._new = {each.span: at for at, each in enumerate(new)}

    def broken(self, pair: Pair) -> str:
        """Why the statement of *pair* may not stand where it went; empty where it may."""
        at, to = self._old.get(pair.old.span), self._new.get(pair.new.span)
        if at is None or to is None:
            return ""
        if pair.old.numbered or pair.new.numbered:
            return "a numbered step stands elsewhere"
        if _SEQUENCE.match(pair.old.text):
            return "a step stands elsewhere"
        if pair.old.heading:
            return "a heading stands elsewhere"
        if pair.old.item != pair.new.item or pair.old.indent != pair.new.indent:
            return "it stands at another level"
        intros = _intro(self.old, at), _intro(self.new, to)
        if intros[0] != intros[1]:
            return "it stands under another heading"
        if any(_ORDERED.search(intro) for intro in intros[0]) and pair.old.item:
            return "a step stands elsewhere"
        return self._leans(at, to)

    def _leans(self, at: int, to: int) -> str:
        """Whether it, or what follows it here or there, speaks of what stands before."""
        old, new = self.old, self.new
        before, ahead = _keys(old, at - 1), _keys(new, to - 1)
        if (_ANAPHORA.match(old[at].text) or old[at].text.endswith(":")) and before != ahead:
            return "it speaks of what stood before it"
        for texts, here in ((old, at), (new, to)):
            after = texts[here + 1] if here + 1 < len(texts) else None
            if after is None or not (_ANAPHORA.match(after.text) or _SEQUENCE.match(after.text)):
                continue
            if after.item and not texts[here].item:
                continue
            return "what follows speaks of what stands before it"
        return ""


def _keys(statements: Sequence[Statement], at: int) -> tuple[str, ...]:
    return statements[at].keys if 0 <= at < len(statements) else ()


def _intro(statements: Sequence[Statement], at: int) -> tuple[str, ...]:
    """The heading above a statement and the line with a colon that its list follows."""
    found: list[str] = []
    indent = statements[at].indent
    for each in reversed(statements[max(0, at - FAR) : at]):
        if each.heading:
            found.append(each.text)
            break
        led = each.text.endswith(":") and each.indent <= indent
        if not found and (led or (each.item and each.indent < indent)):
            found.append(each.text)
    return tuple(found)

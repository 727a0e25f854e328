"""Compare two marked texts by what they say, where a rewrite was free to say it in fewer words.

A shorter wording may lose and gain light words, endings, bold, rules and typographic characters,
and the line ends at which a paragraph was wrapped. It may lose a sentence whose like is still
there. Facts, content words, code, JSON, tables and all that gives the text its shape must survive.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from benchmarks.auditing import words
from benchmarks.auditing.alignment import Piece, Step, align, gone, is_sentence
from benchmarks.auditing.facts import facts, names
from benchmarks.auditing.facts import words as written
from benchmarks.auditing.layout import layout
from benchmarks.auditing.light import is_light
from benchmarks.auditing.marks import CLOSE, HOLE, MARK, OPEN, TAG, thaw

_PLAIN = str.maketrans(
    {"“": '"', "”": '"', "‘": "'", "’": "'", "…": "...", "\u00a0": " ", "\u202f": " ", "‑": "-"}
    | dict.fromkeys("\u200b\u2060\ufeff\u00ad")
    | {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
)
_BOLD = re.compile(r"\*\*(?=\S)((?:[^*\n]|\n(?![ \t]*\n))+?)(?<=\S)\*\*")
_RULE = re.compile(r"(?m)^[ \t]*([-*_])(?:[ \t]*\1){2,}[ \t]*$")
_RULE_BEFORE_HEADING = re.compile(_RULE.pattern + r"\n*(?=\n[ \t]*#{1,6} )")
_CLOSER = re.compile(r"(?m)^([ \t]*#{1,6}[ \t].*?)[ \t]+#+[ \t]*$")
_STRESS = re.compile(
    r"\b(?:(?i:not|never|no|must|only|always|cannot|\w+n't)|[A-Z]{5,})\b|(?<!\w)\d"
)
_LIGHT_SIGNS = frozenset(".,;'")
_SHAPE = re.compile(
    r"[ \t]*(?:[-*+•|>#<@]|\d+[.)]|[A-Za-z][.)]\s|```|~~~|[\w-]+(?: [\w-]+)?:(?:\s|$)|\Z)"
)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s|\n")
_WRAPPED_FROM = 60
_HIDDEN = "\ue002"
_FREE = frozenset({"the", "a", "an", "please", "kindly", "also", "just", "simply"})
_STRENGTH = ("none", "space", "tab", "start", "line", "blank line")


def compare(before: str, after: str, *, shape: bool = True) -> Iterator[tuple[str, str]]:
    """Yield the kind and an excerpt of every harm done to a marked text.

    Without *shape* only words and facts are judged, as in a rendering, whose layout depends on
    the values in it.
    """
    if before == after:
        return
    if shape:
        yield from _stress(before, after)
        before, after = words.flush(before), words.flush(after)
    one, two = layout(_plain(before)), layout(_plain(after))
    if shape:
        # No character of code may differ, plain or not.
        yield from words.parts(layout(before), layout(after))
    lost = ""
    for step in align(one.text, two.text):
        if step.touched:
            if _repeats(step, two.text):
                lost += "\n" + gone(step)
            else:
                yield from _wording(step)
        if shape:
            yield from _gap(step)
    yield from _facts(one.text, two.text, lost)


def _plain(text: str) -> str:
    """*text* without the marks and characters that decorate it."""
    text = _RULE_BEFORE_HEADING.sub("", text.translate(_PLAIN))
    return _CLOSER.sub(r"\1", _BOLD.sub(r"\1", text))


def _stress(before: str, after: str) -> Iterator[tuple[str, str]]:
    """Bold that is gone from a negation, an order or a number."""
    old, new = (Counter(filter(_STRESS.search, _BOLD.findall(text))) for text in (before, after))
    bare = " ".join(after.split())
    for said in old - new:
        # A sentence that went whole took its stress along.
        if " ".join(said.split()) in bare:
            yield "stress", f"**{thaw(said)}**"[:120]


def _repeats(step: Step, after: str) -> bool:
    """Whether *step* lost a whole sentence that *after* still has in like words."""
    if step.gained or not is_sentence(step):
        return False
    left = list(map(_told, _SENTENCE_END.split(after)))
    lost = filter(None, map(_told, _SENTENCE_END.split(gone(step))))
    return all(any(_like(each, other) for other in left) for each in lost)


def _told(text: str) -> Counter[str]:
    return Counter(
        word for word in re.findall(r"\w+(?:['-]\w+)*", text.lower()) if word not in _FREE
    )


def _like(one: Counter[str], two: Counter[str]) -> bool:
    apart = (one - two) + (two - one)
    firm = [word for word in apart if word.isdigit() or _STRESS.search(word)]
    return not firm and apart.total() <= one.total() // 5


def _wording(step: Step) -> Iterator[tuple[str, str]]:
    """Words, signs and marks that a shorter wording may neither lose nor gain."""
    where = f"{_shown(step.lost)!r} became {_shown(step.gained)!r} before {thaw(step.old.text)!r}"
    if is_sentence(step) and not step.gained:
        yield "lost sentence", where
    for kind, each, others in (
        ("lost", step.lost, step.gained),
        ("new", step.gained, step.lost),
    ):
        for piece in each:
            what = _weight(piece, others)
            if what:
                yield f"{kind} {what}", where


def _weight(piece: Piece, others: Iterable[Piece]) -> str:
    """What *piece* is, if it says something that none of *others* says; empty where it does not."""
    text = piece.text.lower()
    if text.startswith(OPEN):
        return "tag" if text.startswith(OPEN + TAG) else "hole"
    if not any(char.isalnum() for char in text):
        return "" if text in _LIGHT_SIGNS or any(o.text == text for o in others) else "sign"
    parts = [part for part in re.split(r"['-]", text) if len(part) > 2] or [text]
    if is_light(text) or all(map(is_light, parts)):
        return ""
    return "" if any(_alike(text, other.text.lower()) for other in others) else "word"


def _alike(one: str, two: str) -> bool:
    """Whether two words have a stem in common: *analysis*, *analyze*."""
    same = next(
        (at for at, pair in enumerate(zip(one, two, strict=False)) if pair[0] != pair[1]), 99
    )
    return (same >= min(4, len(one), len(two)) and same >= 3) or one == two


def _shown(pieces: Iterable[Piece]) -> str:
    return thaw(" ".join(piece.text for piece in pieces))[:100]


def _gap(step: Step) -> Iterator[tuple[str, str]]:
    """The white space before a piece that stayed, and its capital."""
    old, new = step.old, step.new
    if old.text != new.text and not step.touched:
        yield "words", f"{thaw(old.text)!r} became {thaw(new.text)!r}"
    if old.gap != new.gap and thaw(old.gap) != old.gap and not step.touched:
        yield "code", f"{thaw(old.gap)!r} became {thaw(new.gap)!r} before {thaw(new.text)!r}"
    was, now = (
        [words.gap_class(thaw(p.gap), step.left, first=False) for p in (*changed, kept)]
        for changed, kept in ((step.lost, old), (step.gained, new))
    )
    most = max(map(_strength, was))
    wanted = {each for each in was if _strength(each) == most}
    found = max(now, key=_strength)
    if found in wanted or (step.touched and _light_gap(wanted, found, new.text)):
        return
    where = f"{step.left[-12:]!r} {was} became {now} before {thaw(new.text)!r}"
    if found == "space" and most == _STRENGTH.index("line") and not step.touched:
        if not _wrapped(step):
            yield "line", where
    elif _strength(found) == most:
        yield "indentation", where
    elif OPEN + HOLE in (step.left[:2], new.text[:2]):
        yield "space beside a hole", where
    else:
        yield "spacing", where


def _strength(kind: str) -> int:
    return _STRENGTH.index(kind.partition(":")[0])


def _light_gap(wanted: set[str], found: str, text: str) -> bool:
    """Between words that changed, a space goes before a sign and comes before a word."""
    sign = text[:1] in _LIGHT_SIGNS | {")", "!", "?", ":", ""}
    if found == "none":
        return wanted == {"space"} and sign
    return wanted == {"none"} and found == "space"


def _wrapped(step: Step) -> bool:
    """Whether the line end before the piece wrapped a paragraph, and the line above was full."""
    above = step.block[: step.old.at].rstrip(" \t").rpartition("\n")[0]
    line = above.rpartition("\n")[2]
    own = step.block[step.old.at - len(step.old.gap.rpartition("\n")[2]) :].partition("\n")[0]
    if line.endswith(CLOSE) or own.lstrip().startswith(OPEN):
        return False
    if line.endswith(("  ", "\\", ":", "|")) or line.lstrip().startswith(("#", "|", ">")):
        return False
    if _SHAPE.match(own) or not line.strip():
        return False
    return len(line) + 1 + len(own.split()[0]) > _WRAPPED_FROM


def _facts(before: str, after: str, removed: str) -> Iterator[tuple[str, str]]:
    """Facts that *after* lacks or adds, those of the sentences *removed* left aside."""
    before, after, removed = (MARK.sub(_HIDDEN, text) for text in (before, after, removed))
    old, new = facts(before) - facts(removed), facts(after)
    for verb, apart in (("lost", old - new), ("new", new - old)):
        for (kind, text), count in apart.items():
            if (verb, kind) == ("new", "key"):
                # "Please fill:" may become "Fill:", which names nothing.
                continue
            yield f"{verb} {kind}", f"{thaw(text)!r}, {count} times"
    was, now = written(before) - written(removed), written(after)
    yield from (
        ("lost name", repr(name)) for name in sorted(names(before)) if was[name] > now[name]
    )
    # A word that now starts a sentence has a capital, and is no new name.
    was, now = (Counter(each.lower() for each in found.elements()) for found in (was, now))
    for name in sorted(names(after)):
        if now[name.lower()] > was[name.lower()]:
            yield "new name", repr(name)

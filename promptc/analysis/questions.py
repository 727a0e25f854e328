"""Whether two questions ask for the same, however each of them is put."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import product

from promptc.analysis.facts import facts
from promptc.analysis.mask import HOLE
from promptc.analysis.vocabulary import stem
from promptc.analysis.wording import Word, root, tables, words
from promptc.results import FactKind

SPECIFIC = frozenset({"who", "when", "where", "why", "amount"})
"""What a question may ask for, of which one is never another."""
NAMELIKE = 0.5
"""A word that texts write with a capital more rarely is no name, though a title gives it one."""
PLACE = 3
"""Words in a row that one place of a question may have at most."""
FEW = 2
"""Words that can't have changed their parts."""

_AUX = (
    "is|are|was|were|am|do|does|did|can|could|may|might|should|shall|will|would|must|has|have|had"
    "|isn't|aren't|don't|doesn't|didn't|can't|won't|shouldn't|wouldn't"
)
_OPENS = re.compile(
    rf"(?i)(?:what|which|who|whom|whose|when|where|why|how|in (?:what|which)|to (?:what|which|whom)"
    rf"|(?:{_AUX}))\b|(?i:what|who|how|where|when)['’]s\b"
)
_CLAUSE = re.compile(
    r"(?i)\A(?:if|when|once|after|before|while|for|in|on|as|given|during|with)\b"
    rf".*, *(?:what|which|who|how|why|where|when|{_AUX})\b"
)
_ENDS = re.compile(r"\?[\"'”’)\]*_]*\Z")
_JOINS = re.compile(r"(?i)\A(?:(?:and|but|so|or|also|then|now|please|well|if so),? +)")
_LEADS = re.compile(
    r"(?i)(?:(?:can|could|would|will) you (?:please )?(?:tell me|explain|say|let me know)"
    r"|(?:do|would) you (?:happen to )?know|may i ask"
    r"|i (?:would like|want|need) to know|i(?: am|'m) wondering|i wonder"
    r"|(?:please )?tell me),? +(?=(?:what|which|who|whom|whose|when|where|why|how|if|whether)\b)"
)
_REQUEST = re.compile(r"(?i)(?:can|could|would|will|won't|can't) (?:you|we)\b|shall (?:we|i)\b")
_ASKED = (
    ("amount", re.compile(r"(?i)(?:(?:in|for|at|by) )?how (?:many|much|long|often|far|old|big)\b")),
    ("who", re.compile(r"(?i)(?:to |by |with |from )?(?:who|whom|whose)\b")),
    ("when", re.compile(r"(?i)when\b|(?:at |on |in )?(?:what|which) (?:time|date|day|year)\b")),
    ("where", re.compile(r"(?i)where\b|(?:at |in )?(?:what|which) (?:place|country|city)\b")),
    ("why", re.compile(r"(?i)why\b|for what reason\b|what(?: is|'s|) the reason\b")),
    ("how", re.compile(r"(?i)how\b|(?:in )?(?:what|which) ways?\b")),
    ("whether", re.compile(rf"(?i)(?:{_AUX}|if|whether)\b")),
)  # fmt: skip
_FIRM = frozenset(
    {"!not", "!only", "!unless", "!rather than", "!limit", "!least", "!more", "!less", "!exactly"}
)
"""Words of scope that both sides must say equally often."""
_DUTY = frozenset({"!should", "!must"})
_HELD = frozenset(FactKind) - {FactKind.NAME, FactKind.MODAL}
"""Kinds of facts that both sides must state."""
_SURFACE = re.compile(r"\w+(?:[-'’.]\w+)*|[^\w\s]")
_PART = re.compile(r"\w+")
_PASSED = frozenset({"a", "an", "the", ",", ".", "?", "!", ":", ";", '"', "'"})


def question(text: str) -> str | None:
    """What *text* asks, without a polite lead; ``None`` where it is no question.

    "Could you list the risks?" asks for nothing that could be answered: it is an instruction.

    >>> question("Could you tell me who wrote it?"), question("Could you list the risks?")
    ('who wrote it?', None)
    """
    bare = _JOINS.sub("", text.strip().lstrip("\"'“‘(*_#>- "))
    lead = _LEADS.match(bare)
    asked = bare[lead.end() :] if lead else bare
    opens = lead or _OPENS.match(asked) or _CLAUSE.search(asked)
    return asked if opens and _ENDS.search(bare) and not _REQUEST.match(asked) else None


def edited(one: str, two: str) -> bool:
    """Whether one text is the other with one place changed, or words left out or put elsewhere.

    What was put anew from end to end is not.
    """
    ways, _, _ = _ways(one, two)
    kinds = {way for way, *_ in ways}
    places = [max(b - a, d - c) for _, a, b, c, d in ways]
    if kinds <= {"delete"} or kinds <= {"insert"} or (len(places) == 1 and places[0] <= PLACE):
        return True
    return _rearranged(one, two)


def replaced(one: str, two: str) -> list[tuple[str, str]]:
    """What stands for what, where one text is the other with words put for as many others."""
    ways, old, new = _ways(one, two)
    if not all(b - a == d - c <= PLACE for _, a, b, c, d in ways):
        return []
    return [(" ".join(old[a:b]), " ".join(new[c:d])) for _, a, b, c, d in ways]


def _ways(one: str, two: str) -> tuple[list[tuple[str, int, int, int, int]], list[str], list[str]]:
    """How the words of one text become those of the other, and what these words are."""
    old, new = _surface(one), _surface(two)
    ways = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return [way for way in ways if way[0] != "equal"], old, new


def _rearranged(one: str, two: str) -> bool:
    """Whether two sides say the same words, and who does what to whom may be another.

    Two words can change places where only one does something: "How is it done?", "What is done?".
    """
    sides = words(one), words(two)
    old, new = ([word.key for word in side if not word.scope] for side in sides)
    if Counter(old) != Counter(new):
        return False
    modes = [{word.key for word in side if word.scope} for side in sides]
    other = modes[0] ^ modes[1]
    alike = other <= {"!may"} or (other <= _DUTY and all(mode & _DUTY for mode in modes))
    return (old != new and _parts(one, sides[0]) > FEW) or not alike


def _parts(text: str, said: Sequence[Word]) -> int:
    """How many names and other words *text* holds."""
    named = names(text)
    within = {part for name in named for part in _PART.findall(name)}
    rest = [word for word in said if not word.scope and word.key not in within]
    return len(named) + len(rest)


def _surface(text: str) -> list[str]:
    found = [match[0].lower().replace("’", "'") for match in _SURFACE.finditer(text)]
    return [word for word in found if word not in _PASSED]


def conflict(one: str, two: str) -> bool:
    """Whether one side says what the other can't mean."""
    old, new = words(one), words(two)
    return (
        _held(one, old) != _held(two, new)
        or opposed({word.key for word in old}, {word.key for word in new})
        or _marked(old) != _marked(new)
        or _asks_otherwise(one, two, old, new)
        or _names_differ(one, two)
    )


def _held(text: str, said: Sequence[Word]) -> tuple[object, ...]:
    """What both sides must say: facts, how much of what, and what limits or denies."""
    stated = {(fact.kind, fact.key) for fact in facts(text).others if fact.kind in _HELD}
    firm = Counter(word.key for word in said if word.key in _FIRM or word.key[0] in ("#", HOLE))
    return stated, firm


def opposed(old: Collection[str], new: Collection[str]) -> bool:
    """Whether one side says the opposite of what the other says, and not that as well."""
    for pair in _opposites():
        for one, two in (pair, pair[::-1]):
            if one in old and two not in old and two in new and one not in new:
                return True
    return False


def _marked(said: Sequence[Word]) -> bool:
    """Whether a word is said that turns what is asked around."""
    return not _turning().isdisjoint(word.key for word in said)


@lru_cache(maxsize=1)
def _turning() -> frozenset[str]:
    return frozenset(map(key, tables()["opposite"]["turning"]))


@lru_cache(maxsize=1)
def _opposites() -> tuple[tuple[str, str], ...]:
    """Keys of words that say the opposite of each other."""
    pairs = (entry.split(" / ") for entry in tables()["opposite"]["pairs"])
    keys = ([[key(word) for word in side.split(", ")] for side in pair] for pair in pairs)
    return tuple(each for one, two in keys for each in product(one, two))


@lru_cache(maxsize=4096)
def key(word: str) -> str:
    """The key of one word, or its root where it says nothing alone."""
    said = words(word)
    return said[0].key if len(said) == 1 else root(word)


def _asks_otherwise(one: str, two: str, old: Sequence[Word], new: Sequence[Word]) -> bool:
    """Whether one asks who and the other when, or one what may and the other what must be done."""
    left, right = asked(one), asked(two)
    if left != right and SPECIFIC.issuperset((left, right)):
        return True
    if left != right or left != "whether":
        return False
    modes = [{word.key for word in side} & {"!may", *_DUTY} for side in (old, new)]
    return bool(modes[0] and modes[1] and bool(modes[0] & _DUTY) != bool(modes[1] & _DUTY))


def asked(text: str) -> str:
    """What kind of answer a question wants: "who", "when" and so on; empty where it is open."""
    return next((name for name, form in _ASKED if form.match(text)), "")


def _names_differ(one: str, two: str) -> bool:
    """Whether each side has a name of its own, or two names changed places."""
    mine, others = names(one), names(two)
    if alone(mine, two) and alone(others, one):
        return True
    both = [[name for name in side if name in mine and name in others] for side in (mine, others)]
    return both[0] != both[1]


def names(text: str) -> list[str]:
    """The names in *text*, in lower case, each once and in their order."""
    stated = facts(text)
    found = {**stated.names, **{k: v for k, v in stated.maybe.items() if not k.isalpha()}}
    placed = sorted((at, name) for name, places in found.items() for at in places)
    return list(dict.fromkeys(name.lower() for _, name in placed if _named(name)))


def _named(word: str) -> bool:
    from promptc.models import frequencies

    share = 1.0 if word.isupper() or not word.isalpha() else frequencies().capitals(word)
    return share is None or share >= NAMELIKE


def alone(names: Sequence[str], text: str) -> bool:
    """Whether one of *names* is not in *text*, in any case or form."""
    known = {stem(match[0]) for match in _SURFACE.finditer(text)}
    return any(stem(name) not in known for name in names)

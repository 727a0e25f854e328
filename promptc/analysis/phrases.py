"""Tables of rules that reword English, and one pattern that finds where any of them may apply.

A table is a file of lines, five fields parted by tabs: what to find, what to put there, where, and
a sentence before and after. A line that starts with ``#`` is a comment; ``@name`` and its words
make a set that conditions can name; ``~verb`` and five forms make a verb that isn't regular.

What to find is words in lower case. ``a/b`` is one or the other, ``(a)`` may be missing, ``make~``
is any form of the verb and ``give+`` one that can't be passive; a replacement with as many choices
takes the same one: ``is/are in need of`` becomes ``needs/need``, ``make~ use of`` ``use~``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

from promptc.analysis.language import english

if TYPE_CHECKING:
    from spacy.matcher import Matcher

_FORMS = ("", "s", "ing", "ed", "ed")
#: How many of a verb's forms a mark after it stands for: all, or those that can't be passive.
_KINDS = {"~": 5, "+": 3}
_TESTS = ("next", "then", "prev", "behind", "ends", "with", "without")


class Condition(NamedTuple):
    """One test of a rule: *what* it looks at is (or, *negated*, is not) one of *words*."""

    what: str
    words: frozenset[str]
    negated: bool


class Rule(NamedTuple):
    """One line of a table; *name* is what it finds, as written."""

    name: str
    put: str
    conditions: tuple[Condition, ...]
    start: bool
    inside: bool
    before: str
    after: str


class Phrase(NamedTuple):
    """One wording that a rule finds, and what to put there."""

    text: str
    put: str
    rule: Rule


@dataclass(frozen=True, eq=False)
class Table:
    """The rules of one file; *phrases* are keyed by their first word."""

    rules: tuple[Rule, ...]
    phrases: Mapping[str, tuple[Phrase, ...]]
    pattern: re.Pattern[str]
    _matchers: dict[str, Matcher] = field(default_factory=dict, repr=False)

    def matcher(self, head: str) -> Matcher:
        """Build spaCy's matcher for the phrases whose first word is *head*, once."""
        if head not in self._matchers:
            from spacy.matcher import Matcher

            matcher = Matcher(english().vocab)
            for number, phrase in enumerate(self.phrases[head]):
                words = [token.lower_ for token in english().make_doc(phrase.text)]
                matcher.add(str(number), [[{"LOWER": word} for word in words]])
            self._matchers[head] = matcher
        return self._matchers[head]


@lru_cache(maxsize=4)
def table(name: str) -> Table:
    """Load the table *name* that comes with the package."""
    return read(resources.files("promptc").joinpath("data", name).read_text("utf-8"))


def read(text: str) -> Table:
    """Make a table of *text*; raise `ValueError` for a line that can't be read."""
    sets: dict[str, frozenset[str]] = {}
    verbs: dict[str, tuple[str, ...]] = {}
    rules: list[Rule] = []
    found: list[Phrase] = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip() or line.startswith("#"):
            continue
        fields = line.split("\t")
        if line[0] == "@":
            sets[fields[0]] = frozenset(fields[1].split())
        elif line[0] == "~":
            verbs[fields[0][1:]] = tuple(fields[1].split())
        elif len(fields) == 5:
            rule = _rule(fields, sets)
            rules.append(rule)
            found += _phrases(rule, verbs)
        else:
            raise ValueError(f"line {number}: {len(fields)} fields, not 5: {line!r}")
    return Table(tuple(rules), _by_head(found), _pattern(phrase.text for phrase in found))


def head(text: str) -> str:
    """The first word of *text*, which its matcher is kept under."""
    return text.split(" ", 1)[0].rstrip(",") or ","


def _by_head(phrases: Iterable[Phrase]) -> dict[str, tuple[Phrase, ...]]:
    found: dict[str, tuple[Phrase, ...]] = {}
    for phrase in phrases:
        first = head(phrase.text)
        found[first] = (*found.get(first, ()), phrase)
    return found


def _rule(fields: list[str], sets: Mapping[str, frozenset[str]]) -> Rule:
    find, put, where, before, after = fields
    words = where.split()
    tests = tuple(_condition(word, sets) for word in words if word not in ("start", "inside"))
    return Rule(find, put, tests, "start" in words, "inside" in words, before, after)


def _condition(text: str, sets: Mapping[str, frozenset[str]]) -> Condition:
    what, _, listed = text.partition("=")
    negated = what.endswith("!")
    if what.rstrip("!") not in _TESTS or not listed:
        raise ValueError(f"unknown condition {text!r}; one of {', '.join(_TESTS)}, start, inside")
    words: set[str] = set()
    for word in listed.split("|"):
        words |= sets[word] if word.startswith("@") else {word}
    return Condition(what.rstrip("!"), frozenset(words), negated)


def _phrases(rule: Rule, verbs: Mapping[str, tuple[str, ...]]) -> Iterator[Phrase]:
    """Every wording of *rule*, its replacement in the same form."""
    items = [_choices(item, verbs) for item in rule.name.split(" ")]
    puts = [_choices(item, verbs) for item in rule.put.split(" ")] if rule.put else []
    for picks in product(*(range(len(item)) for item in items)):
        words = [item[pick] for item, pick in zip(items, picks, strict=True)]
        shown = [put[_same(put, items, picks)] for put in puts]
        yield Phrase(_joined(words), _joined(shown), rule)


def _same(put: tuple[str, ...], items: list[tuple[str, ...]], picks: tuple[int, ...]) -> int:
    """Which choice of *put* goes with *picks*: that of an equal item, else of one of its size."""
    if len(put) == 1:
        return 0
    chosen = list(zip(items, picks, strict=True))
    same = [pick for item, pick in chosen if item == put]
    sized = [pick % len(put) for item, pick in chosen if len(item) % len(put) == 0]
    return (same or sized)[0]


def _choices(item: str, verbs: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    if item.startswith("("):
        return "", *_choices(item[1:-1], verbs)
    found: list[str] = []
    for word in item.split("/"):
        found += forms(word[:-1], verbs)[: _KINDS[word[-1]]] if word[-1] in _KINDS else [word]
    return tuple(found)


def forms(verb: str, verbs: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The five forms of *verb*: base, third person, -ing, past, participle.

    >>> forms("use", {}), forms("modify", {})
    (('use', 'uses', 'using', 'used', 'used'), \
('modify', 'modifies', 'modifying', 'modified', 'modified'))
    """
    if verb in verbs:
        return verbs[verb]
    if verb.endswith("e"):
        return tuple(verb + end if end in ("", "s") else verb[:-1] + end for end in _FORMS)
    third = verb + ("es" if verb.endswith(("s", "x", "ch", "sh")) else "s")
    past = verb + "ed"
    if verb.endswith("y") and verb[-2] not in "aeiou":
        third, past = verb[:-1] + "ies", verb[:-1] + "ied"
    return verb, third, verb + "ing", past, past


def _joined(words: Iterable[str]) -> str:
    return " ".join(word for word in words if word).replace(" ,", ",").replace(" :", ":")


_Trie = dict[str, "_Trie"]


def _pattern(texts: Iterable[str]) -> re.Pattern[str]:
    """One pattern for all *texts*, the longest first, made as a tree of their letters."""
    root: _Trie = {}
    for text in texts:
        node = root
        for char in text:
            node = node.setdefault(char, {})
        node[""] = {}
    tree = _branches(root) if root else "(?!)"
    return re.compile(rf"(?:(?<![\w'-])(?=\w)|(?=,))(?=({tree})(?![\w'-]))")


def _branches(node: _Trie) -> str:
    ways = [re.escape(char) + _branches(below) for char, below in sorted(node.items()) if char]
    if not ways:
        return ""
    joined = ways[0] if len(ways) == 1 else f"(?:{'|'.join(ways)})"
    return f"(?:{joined})?" if "" in node else joined

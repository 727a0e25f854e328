"""One paragraph on its way to its facts."""

from __future__ import annotations

import re

from promptc.analysis import amounts
from promptc.analysis.fact_tokens import code_key, kind_of, plain, tokens
from promptc.analysis.heads import heads
from promptc.analysis.mask import TAG
from promptc.analysis.vocabulary import Governor, vocabulary
from promptc.results import Fact, FactKind
from promptc.source import Span

_READERS = frozenset(("key", "code", "quote", "number", "chunk"))
# What stands before the first word of a sentence, a line, a cell or an aside.
_OPENING = re.compile(
    rf"(?:\A|[\n.!?:;|>#•–—…(\[{TAG}-]|^[ \t]*\w{{1,3}}\))[\s*_\"'“‘~]*\Z", re.MULTILINE
)
_CAMEL = re.compile(r"[a-z0-9][A-Z]")


class Reader:
    """What was found in a text so far; what lies before *stop* is taken.

    *names* and *maybe* are as in `promptc.analysis.facts.Stated`.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.found: list[Fact] = []
        self.names: dict[str, list[int]] = {}
        self.maybe: dict[str, list[int]] = {}
        self.stop = 0
        self.words = vocabulary()

    def read(self) -> None:
        text, starts, special = self.text, self.words.starts, self.words.special
        known, names = self.words.known, self.names
        for match in tokens().finditer(text):
            kind = match.lastgroup or ""
            if kind == "word":
                word = match[2]
                if word in starts:
                    begin, at = starts[word], match.start(2)
                    if begin.alone or (begin.longer and begin.longer.match(text, at)):
                        self.governor(word, at)
                elif word in special:
                    self.lettered(word, match.start(2))
            elif kind == "title":
                word, at = match[3], match.start()
                if word not in known and text[at - 2 : at - 1].isalnum() and text[at - 1] == " ":
                    names.setdefault(word, []).append(at)
                else:
                    self.lettered(word, at)
            elif kind in _READERS:
                getattr(self, kind)(match)
            else:
                self.add(FactKind[kind.upper()], match.start(kind), match.end(kind), match[kind])

    def add(self, kind: FactKind, start: int, stop: int, key: str) -> None:
        """Note a fact, unless it lies in one already noted."""
        if start >= self.stop:
            self.found.append(Fact(kind, self.text[start:stop], Span(start, stop), key))

    def take(self, fact: Fact | None) -> bool:
        """Note *fact*, if there is one, and that its text is taken."""
        if fact is None:
            return False
        if fact.span.start >= self.stop:
            self.found.append(fact)
            self.stop = fact.span.stop
        return True

    def key(self, match: re.Match[str]) -> None:
        """The name before a colon at the start of a line."""
        word = match["key"]
        lowered = word.lower()
        if lowered in self.words.roles:
            self.add(FactKind.ROLE, *match.span("key"), lowered)
        elif lowered not in self.words.labels:
            self.add(FactKind.KEY, *match.span("key"), word)

    def code(self, match: re.Match[str]) -> None:
        self.add(FactKind.CODE, *match.span(), code_key(match[0]))

    def quote(self, match: re.Match[str]) -> None:
        """Quoted text, or a key of JSON."""
        after = self.text[match.end() : match.end() + 2].lstrip()
        named = match[0][0] == '"' and after[:1] == ":"
        kind = FactKind.KEY if named else FactKind.QUOTE
        self.add(kind, *match.span(), " ".join(plain(match[0][1:-1]).split()))

    def number(self, match: re.Match[str]) -> None:
        if match.start() >= self.stop:
            self.take(amounts.digits(self.text, *match.span()))

    def chunk(self, match: re.Match[str]) -> None:
        """Everything else without a space: acronyms, identifiers, paths, words with a hyphen."""
        start, stop = match.span()
        token = match[0]
        if start < self.stop:
            return
        bare = token.strip("_")
        if bare in self.words.starts or (bare.isalpha() and len(token) - len(bare) <= 2):
            self.lettered(bare, start + token.index(bare))
        elif bare:
            self.composed(token, start, stop)

    def governor(self, word: str, start: int) -> None:
        """A negation, a modal or a limit, with what it is about."""
        if start < self.stop:
            return
        begin = self.words.starts[word]
        stop, governors = start + len(word), begin.alone
        longer = begin.longer.match(self.text, start) if begin.longer else None
        if longer:
            form = " ".join(longer[0].lower().replace("’", "'").split())
            stop, governors = longer.end(), self.words.phrases[form]
        elif not governors:
            return
        self.found += [self.governed(each, start, stop) for each in governors]
        self.stop = stop

    def governed(self, governor: Governor, start: int, stop: int) -> Fact:
        kind, key = governor
        amount = amounts.following(self.text, stop) if kind is FactKind.LIMIT else None
        if amount:
            about: tuple[str, ...] = ()
            key, end = f"{key} {amount.key}", amount.stop
        else:
            about, end = heads(self.text, stop)
        return Fact(kind, self.text[start:end], Span(start, end), key, about)

    def lettered(self, token: str, start: int) -> None:
        """A word in letters: one of the vocabulary, or a name if it is written like one."""
        lowered = token.lower()
        if lowered in self.words.special and self.listed(token, start):
            return
        if token in self.words.starts:
            self.governor(token, start)
        elif _CAMEL.search(token) and token[0].islower():
            self.add(FactKind.IDENTIFIER, start, start + len(token), token)
        elif lowered != token:
            names = self.names if self.is_name(token, start) else self.maybe
            names.setdefault(token, []).append(start)

    def is_name(self, token: str, start: int) -> bool:
        """Whether a word with a capital must be a name."""
        if _CAMEL.search(token):
            return True
        if token.lower() in self.words.common:
            return False
        return (token.isupper() and len(token) > 1) or self.within(start)

    def listed(self, token: str, start: int) -> bool:
        """Take a number in words, the name of a day, or of a month with its day or year."""
        lowered = token.lower()
        if lowered in self.words.numbers:
            self.take(amounts.numeral(self.text, token, start))
            return True
        if lowered in self.words.days:
            self.add(FactKind.DATE, start, start + len(token), lowered)
            return True
        return lowered != token and self.take(amounts.month(self.text, token, start))

    def within(self, start: int) -> bool:
        """Whether a word stands within a sentence, where only names have capitals."""
        text = self.text
        if start < 2 or text[start - 1] in '\n"(':
            return False
        if text[start - 1] == " ":
            if text[start - 2] == "," or text[start - 2].isalnum():
                return True
            if text[start - 2] in ".:-#?!":
                return text.endswith(self.words.titles, 0, start)
        return not _OPENING.search(text[max(0, start - 12) : start])

    def composed(self, token: str, start: int, stop: int) -> None:
        """A token that is not letters alone."""
        kind = kind_of(token, self.words.abbreviations)
        first, _, rest = token.partition("-")
        if kind is FactKind.NAME:
            self.names.setdefault(token, []).append(start)
        elif kind is not None:
            self.add(kind, start, stop, token)
        elif first.lower() in self.words.numbers and rest:
            self.take(amounts.numeral(self.text, first, start))
        elif first.isalpha() or "'" in first or "’" in first:
            self.lettered(re.split(r"['’-]", token)[0], start)

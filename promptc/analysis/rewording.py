"""Where a table's rules apply in a template, and what each of them writes there."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from promptc.analysis.language import english, is_english
from promptc.analysis.mask import HOLE, TAG, masked
from promptc.analysis.phrases import Condition, Phrase, Table, head
from promptc.analysis.regions import Kind, Spans, protected, regions
from promptc.analysis.sentences import sentences
from promptc.analysis.speech import literal
from promptc.ir import Edit, Patch, Template
from promptc.protocols import Tokenizer
from promptc.source import Span

if TYPE_CHECKING:
    from spacy.tokens import Doc

_BROKEN = re.compile(r"  | [,.;:!?](?!\w)|,[.,;:!?]|\A[ ,;]")
_BLANK_LINE = re.compile(r"\n[ \t\ue001]*\n")
_FAR = 4000
#: Words of someone who tells a model what to do, and a line or sentence that starts by doing so.
_ADDRESS = re.compile(
    r"\b(?:your?|you're|yourself|please|user'?s?|assistants?|agents?|models?|prompts?|outputs?|inputs?"
    r"|respon[ds]\w*|json|questions?|answers?|tasks?|quer(?:y|ies)|following|example|below|above|must"
    r"|should|i want|let's|here(?: is| are|'s))\b",
    re.IGNORECASE,
)
_ORDER = re.compile(
    r"(?:\A|[.!?:]\s|\n)[ \t*\-+\d.)>•]*(?:[Aa]dd|[Aa]lways|[Aa]nalyze|[Aa]sk|[Aa]void|[Cc]heck"
    r"|[Cc]hoose|[Cc]onsider|[Cc]reate|[Dd]escribe|[Dd]on't|[Dd]o|[Ee]nsure|[Ee]xplain|[Ff]ind"
    r"|[Ff]ollow|[Gg]enerate|[Gg]ive|[Ii]dentify|[Ii]f|[Ii]nclude|[Kk]eep|[Ll]ist|[Mm]ake|[Nn]ever"
    r"|[Nn]ote|[Oo]nly|[Pp]rovide|[Rr]ead|[Rr]emember|[Rr]eturn|[Rr]un|[Ss]elect|[Ss]how|[Ss]tart"
    r"|[Ss]ummarize|[Tt]ake|[Uu]se|[Ww]hen|[Ww]rite)\b"
)
_YOU = re.compile(r"\b(?:you|your|please)\b", re.IGNORECASE)
_LONG, _WORDS_PER_ORDER = 100, 150
"""A text of so many words that speaks to its reader less often than that is a document."""
_WORKED = re.compile(r"\b[Aa]nswer is:? ?\(?[A-J\d]\b|^\(?A[).] .+\n+\(?B[).] ", re.MULTILINE)
#: Words of contracts and statutes, where every wording was argued over.
_LEGAL = re.compile(
    r"\b(?:shall|hereby|herein|hereof|hereto|hereunder|thereof|therein|thereto|whereas|aforesaid)\b",
    re.IGNORECASE,
)
_OPENS = frozenset({":", ";", "—", "–", "--"})
_END = frozenset(".,;:!?)")
#: Words whose first letter doesn't tell whether they take "a" or "an".
_SOUND = re.compile(r"(?P<vowel>hour|honest|heir|honor)|(?P<other>uni[^nm]|us[aeiu]|eu|one\b|once)")


class _Found(NamedTuple):
    """A phrase at the tokens *first* up to *stop* of a sentence."""

    first: int
    stop: int
    phrase: Phrase


@dataclass(frozen=True)
class _Sentence:
    """One sentence: its text as masked, and *doc*, the same text with straight apostrophes."""

    text: str
    doc: Doc

    def span(self, first: int, stop: int) -> Span:
        """The characters of the tokens *first* up to *stop*."""
        last = self.doc[stop - 1]
        return Span(self.doc[first].idx, last.idx + len(last))

    def word(self, at: int) -> str:
        """Token *at* as conditions name it: ``^`` and ``$`` are the ends, ``{}`` is a hole."""
        if not 0 <= at < len(self.doc):
            return "^" if at < 0 else "$"
        token = self.doc[at]
        return "{}" if HOLE in token.text else token.lower_

    def starts(self, at: int) -> bool:
        """Whether token *at* is the first word of the sentence or of what follows a colon."""
        if at and self.doc[at - 1].text in _OPENS:
            return True
        return not any(char.isalnum() or char == HOLE for char in self.text[: self.doc[at].idx])

    def is_(self, at: int, words: frozenset[str]) -> bool:
        """Whether token *at* is one of *words*, a number (``#``) or ends as asked (``*ing``)."""
        word = self.word(at)
        if word in words or (word[0].isdigit() and "#" in words):
            return True
        return any(each[0] == "*" and word.endswith(each[1:]) for each in words if len(each) > 1)

    def has(self, words: frozenset[str]) -> bool:
        """Whether the sentence has one of *words*; those joined by ``_`` stand together."""
        if any(self.word(at) in words for at in range(len(self.doc))):
            return True
        plain = self.doc.text.lower()
        return any(each.replace("_", " ") in plain for each in words if "_" in each)


def rewordings(template: Template, table: Table, tokenizer: Tokenizer) -> Iterator[Edit]:
    """Every edit that the rules of *table* allow, none next to another, each saving tokens."""
    text = masked(template)
    plain = _plain(text)
    hits = [(match.start(), match[1]) for match in table.pattern.finditer(plain)]
    if not hits:
        return
    closed = _closed(template)
    hits = [(at, found) for at, found in hits if not closed.overlaps(Span(at, at + len(found)))]
    if not hits or _is_document(text):
        return
    for start, stop in sentences(template):
        first, last = (bisect_left(hits, (edge, "")) for edge in (start, stop))
        if first == last or not _is_prompt(_paragraph(text, start)):
            continue
        heads = {head(found) for _, found in hits[first:last]}
        sentence = _Sentence(
            text[start:stop], english().make_doc(text[start:stop].replace("’", "'"))
        )
        for patch, rule in _in_sentence(sentence, table, heads, tokenizer):
            span = Span(start + patch.span.start, start + patch.span.stop)
            if not closed.overlaps(span):
                yield Edit((Patch(span, patch.text),), rule)


def _plain(text: str) -> str:
    """*text* in lower case with straight apostrophes, as long as before."""
    lower = text.lower()
    if len(lower) != len(text):
        lower = "".join(char.lower() if char.isascii() else char for char in text)
    return lower.replace("’", "'")


@lru_cache(maxsize=16)
def _closed(template: Template) -> Spans:
    """Where nothing is reworded: what is protected, headings, and words meant to the letter."""
    fixed = protected(template)
    headings = (region.span for region in regions(template) if region.kind is Kind.HEADING)
    return Spans((*fixed, *headings, *literal(masked(template), fixed)))


def _paragraph(text: str, at: int) -> str:
    """The paragraph around *at*, as far as is needed to tell what it is."""
    start = max(0, at - _FAR)
    for match in _BLANK_LINE.finditer(text, start, at):
        start = match.end()
    after = _BLANK_LINE.search(text, at, at + _FAR)
    return text[start : after.start() if after else at + _FAR]


@lru_cache(maxsize=256)
def _is_prompt(paragraph: str) -> bool:
    """Whether *paragraph* is English that speaks to a model, no contract, story or solution."""
    speaks = HOLE in paragraph or _ADDRESS.search(paragraph) or _ORDER.search(paragraph)
    other = _LEGAL.search(paragraph) or _WORKED.search(paragraph)
    return bool(speaks) and not other and is_english(paragraph)


def _is_document(text: str) -> bool:
    """Whether a text without holes is something to read, an article or a solution, not a prompt."""
    if HOLE in text:
        return False
    words = len(text.split())
    spoken = len(_YOU.findall(text)) + len(_ORDER.findall(text)) if words > _LONG else words
    return spoken * _WORDS_PER_ORDER < words


def _in_sentence(
    sentence: _Sentence, table: Table, heads: set[str], tokenizer: Tokenizer
) -> Iterator[tuple[Patch, str]]:
    """The edits of one sentence; one that begins where another ends waits for the next round."""
    free = 0
    for first, stop, phrase in _candidates(sentence.doc, table, heads):
        if first < free or not _fits(sentence, first, stop, phrase):
            continue
        patch = _patch(sentence, first, stop, phrase)
        if patch is not None and _saves(sentence.text, patch, tokenizer):
            free = stop + 1
            yield patch, phrase.rule.name


def _candidates(doc: Doc, table: Table, heads: set[str]) -> list[_Found]:
    """What the matchers find, from left to right, longest first."""
    found = []
    for each in heads:
        phrases = table.phrases[each]
        for key, first, stop in table.matcher(each)(doc):
            found.append(_Found(first, stop, phrases[int(doc.vocab.strings[key])]))
    return sorted(found, key=lambda each: (each.first, -each.stop))


def _fits(sentence: _Sentence, first: int, stop: int, phrase: Phrase) -> bool:
    """Whether the rule's conditions hold, and the words stand as plain lower-case text."""
    rule, starts = phrase.rule, sentence.starts(first)
    if (rule.start and not starts) or (rule.inside and starts):
        return False
    if not all(_holds(test, sentence, first, stop) for test in rule.conditions):
        return False
    start, end = sentence.span(first, stop)
    if start and sentence.text[start - 1] not in " \n([*_—–" and phrase.text[0] != ",":
        return False
    if end < len(sentence.text) and sentence.text[end] not in " \n.,;:!?)":
        return False
    shown = sentence.text[start:end].replace("’", "'")
    cased = shown[0].lower() + shown[1:] if starts else shown
    return cased.replace(" I ", " i ").replace("I ", "i ", cased.startswith("I ")) == phrase.text


def _holds(test: Condition, sentence: _Sentence, first: int, stop: int) -> bool:
    what, words, negated = test
    if what == "next":
        found = sentence.is_(stop, words)
    elif what == "prev":
        found = (first > 0 and sentence.is_(first - 1, words)) or (
            "^" in words and sentence.starts(first)
        )
    elif what == "behind":
        found = sentence.is_(first - 2, words)
    elif what == "ends":
        found = sentence.is_(len(sentence.doc) - 1, words)
    elif what == "then":
        found = sentence.is_(stop + 1, words)
    else:
        return sentence.has(words) is (what == "with")
    return found is not negated


def _patch(sentence: _Sentence, first: int, stop: int, phrase: Phrase) -> Patch | None:
    """Write the replacement with the capital, spaces and article that it needs there."""
    text, (start, end), put = sentence.text, sentence.span(first, stop), phrase.put
    capital = text[start].isupper() and sentence.starts(first)
    if not put:
        widened = _without(text, Span(start, end))
        if widened is None:
            return None
        start, end = widened
        if capital:
            if not re.match(r"[a-zI][a-z']*(?=[ ,])", text[end:]):
                return None
            put, end = text[end].upper(), end + 1
    elif capital:
        put = put[0].upper() + put[1:]
    if first and sentence.word(first - 1) in ("a", "an"):
        start, put = _article(text, start, end, put)
    after = text[:start] + put + text[end:]
    if len(put) >= end - start or _worse(text, after):
        return None
    return Patch(Span(start, end), put)


def _without(text: str, span: Span) -> Span | None:
    """*span* with the space that goes when it goes; ``None`` where that can't be told."""
    start, end = span
    if text[start] == ",":
        return span if text[start - 1 : start].isalnum() and end < len(text) else None
    if text[end : end + 1] == " " and not text[end + 1 : end + 2].isspace():
        return None if text[end + 1 : end + 2] in ("", HOLE, TAG) else Span(start, end + 1)
    if (not text[end:] or text[end] in _END) and text[start - 1 : start] == " ":
        return Span(start - 1, end)
    return None


def _article(text: str, start: int, end: int, put: str) -> tuple[int, str]:
    """Bring the article before *start* in, in the form that the new text needs."""
    at = text.rfind(" ", 0, start - 1) + 1
    word = (put + text[end:]).lstrip().lower()
    sound = _SOUND.match(word)
    vowel = sound["vowel"] is not None if sound else word[:1] in tuple("aeiou")
    letter = text[at]
    article = letter + "n" if vowel else letter
    return (start, put) if text[at:start].strip() == article else (at, f"{article} {put}")


def _worse(before: str, after: str) -> bool:
    """Whether *after* has spaces or commas that stand where none did."""
    return len(_BROKEN.findall(after)) > len(_BROKEN.findall(before))


def _saves(text: str, patch: Patch, tokenizer: Tokenizer) -> bool:
    """Whether the literal text around *patch*, hole to hole, takes fewer tokens."""
    start, stop = patch.span
    left = text.rfind(HOLE, 0, start) + 1
    right = text.find(HOLE, stop)
    right = len(text) if right < 0 else right
    after = text[left:start] + patch.text + text[stop:right]
    return tokenizer.count(after) < tokenizer.count(text[left:right])

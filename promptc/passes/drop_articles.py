from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, Literal

from promptc.analysis.language import is_english
from promptc.analysis.mask import HOLE, masked
from promptc.analysis.regions import Spans, protected
from promptc.analysis.sentences import sentences, units
from promptc.analysis.speech import literal
from promptc.ir import Edit, Leaf, Patch, Template
from promptc.protocols import Guarantee, PassContext
from promptc.source import Span

# An article between white space or marks, and the plain lower-case word after it.
_ARTICLE = re.compile(
    r"(?:(?<=[\s(])|(?<=\*\*)|(?<![^\n])|^)(?P<article>[Tt]he|[Aa]n?)(?P<space> +)"
    r"(?P<next>[a-z]+)(?P<end>(?:['’-][a-z]+)*)(?=[\s.,;:!?)*]|$)"
)
_WORDS = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


#: Words that say something else without the article before them, or can't stand without it.
_NEEDS = _set(
    """
    a all an and another any are as at best better bit blank both bunch but by couple dead deaf
    disabled dozen each early either elderly else entire every exact fact few fewer first following
    for former fraction from given good great half handful hundred i if in is it last late latest
    latter least less little long lot lots majority many max maximum mere million min minimum
    minority more most much multiple must n neither new next no none nor not nothing null number
    of on one ones only opposite or other others own pair part past percentage plus poor preceding
    present previous prior priori posteriori quarter range rest rich right same second series set
    shorter sick single sole some subset such sum that then third this those thousand three to total
    true two unknown upcoming very was way well what when where which while who whole will with
    worst would wrong young zero above below current default empty if-then last-mentioned
    """
)
#: Words after which an article says how many, how often or which.
_KEEPS = _set(
    """
    a about all almost an another any as both by case choice class each either every except exactly
    few grade half instead just letter many merely much neither never no none nor not once only
    option or part per point quite rather same single some step such than the this thrice times
    twice type unless variable vs what without
    """
)
#: Words with which "of the" picks some of several.
_COUNTS = _set(
    """
    all any both each either few first half last least less majority many more most much neither
    none number one part rest several some three two which
    """
)
_DETERMINERS = _set(
    """
    a all an another any each every her his its my no our some that the their these this those your
    """
)
#: Idioms: the word before, the article and the words after.
_IDIOMS = re.compile(
    r"\b(?:in the (?:case|event|way|course|name|place|know|least|light|absence|presence|clear)\b"
    r"|as a (?:result|rule|whole|last resort|matter)\b|at a (?:time|glance|minimum|maximum)\b"
    r"|for a while\b|in a (?:row|way|nutshell|while|sense)\b|(?:once|twice) in a while\b"
    r"|out of the (?:question|box|way)\b|on the (?:fly|whole|contrary|one hand|other hand)\b"
    r"|under the hood\b|to the (?:point|letter|extent)\b|by the (?:way|book|time)\b"
    r"|take the (?:place|lead|form)\b|with the exception\b|on a (?:par|roll)\b"
    r"|(?:a|the) (?:kind|sort|type|number|variety|range|series|set) of\b|step by the\b"
    r"|(?:have|having|has|take|taking|make|making) a (?:look|seat|guess|point)\b)",
    re.IGNORECASE,
)
_MORE = (
    r"the (?:more|less|fewer|better|worse|longer|shorter|higher|lower|larger|bigger|smaller|greater"
    r"|closer|faster|slower|sooner|later|easier|harder|simpler|stronger|deeper|older|newer|wider"
    r"|clearer|richer)\b"
)
_COMPARED = re.compile(rf"\b{_MORE}.*?\b{_MORE}", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class DropArticles:
    """Drop articles from English instructions, as a telegram does.

    A model reads "Return list of names from text" as it reads the full sentence; people may not
    like to, so a template has to grant it: ``grant = ["drop-articles"]`` in its sidecar. Only
    sentences of prose and list items lose articles, and only where the rest says the same: never
    in quotations, examples, code or headings, before a name, a number or a hole, in idioms, where
    an article tells one thing from another ("a user … the user"), and in "the only", "the same",
    "a few", "the more … the more" and their kind.
    """

    name: ClassVar[str] = "drop-articles"
    guarantee: ClassVar[Guarantee] = Guarantee.MEANING
    version: ClassVar[int] = 1
    edits: ClassVar[frozenset[type[Leaf]]] = frozenset()
    earns: ClassVar[Literal["tokens", "shape"]] = "tokens"

    def run(self, template: Template, ctx: PassContext) -> Iterator[Edit]:
        text = masked(template)
        if self.name not in ctx.grant or not _ARTICLE.search(text):
            return
        fixed = protected(template)
        closed = Spans((*fixed, *literal(text, fixed)))
        paragraphs = iter(units(template))
        paragraph, english = Span(0, 0), False
        for sentence in sentences(template):
            while paragraph.stop < sentence.stop:
                paragraph = next(paragraphs)
                english = _english(text[slice(*paragraph)])
            if english:
                yield from _dropped(text, sentence, closed)


@lru_cache(maxsize=1024)
def _english(paragraph: str) -> bool:
    return is_english(paragraph)


def _dropped(text: str, sentence: Span, closed: Spans) -> Iterator[Edit]:
    start, stop = sentence
    shown = text[start:stop]
    if _COMPARED.search(shown):
        return
    kept = [match.span() for match in _IDIOMS.finditer(shown)]
    nouns = _contrasted(shown)
    for match in _ARTICLE.finditer(shown):
        at = match.start("article")
        if closed.overlaps(Span(start + at, start + match.end())):
            continue
        if any(one <= at < two for one, two in kept) or not _goes(shown, match, nouns):
            continue
        after = match.start("next")
        capital = match["article"][0].isupper()
        put = shown[after].upper() if capital else ""
        yield Edit((Patch(Span(start + at, start + after + len(put)), put),), rule="article")


def _goes(shown: str, match: re.Match[str], nouns: frozenset[str]) -> bool:
    """Whether the article that *match* found can go without loss."""
    word, article = match["next"], match["article"]
    if word in _NEEDS or len(word) < 2 or (word.endswith("est") and len(word) > 4):
        return False
    after = [each.lower() for each in _WORDS.findall(shown[match.start("next") :])[:3]]
    if nouns & set(after[:2]) or after[1:2] in (["a"], ["an"], ["the"]):
        return False
    before = _WORDS.findall(shown[: match.start()])
    starts = not before
    if article[0].isupper() and not starts and not _after_stop(shown, match.start()):
        return False
    if starts and article.lower() != "the" and shown[match.start() - 1 : match.start()] == "(":
        return False
    here = shown[: match.start()].rstrip(" \n*(")
    if here and (here[-1].isdigit() or here[-1] in "%$/=+<>" or HOLE in here[-1]):
        return False
    last = [each.lower() for each in before[-2:]]
    if starts:
        return True
    # "Below the gate the variant stays": only the article says where a new noun starts.
    return not (
        last[-1] in _KEEPS
        or (last[-1] == "of" and last[0] in _COUNTS)
        or (len(last) > 1 and last[0] in _DETERMINERS)
    )


def _after_stop(shown: str, at: int) -> bool:
    return shown[:at].rstrip(" \n*(\"'")[-1:] in ":.!?—–-"


def _contrasted(shown: str) -> frozenset[str]:
    """Words that stand after different articles in one sentence: "a user asks, the user …"."""
    seen: dict[str, set[str]] = {}
    for match in re.finditer(
        r"\b(the|an?|another|any|every|each|all|this|that)\s+([a-z]+)(?:\s+([a-z]+))?",
        shown,
        re.IGNORECASE,
    ):
        article = match[1].lower().replace("an", "a") if len(match[1]) < 3 else match[1].lower()
        for word in filter(None, match.groups()[1:]):
            seen.setdefault(word.lower().removesuffix("s"), set()).add(article)
    found = {word for word, articles in seen.items() if len(articles) > 1}
    return frozenset(found | {f"{word}s" for word in found})

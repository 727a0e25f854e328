from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal, NamedTuple

from promptc.analysis.dominance import scope
from promptc.analysis.emphasis import Emphasis, emphases
from promptc.analysis.language import is_english
from promptc.analysis.mask import HOLE, TAG, masked
from promptc.analysis.regions import Kind, Spans, protected, regions
from promptc.analysis.sentences import units
from promptc.ir import Edit, Leaf, Patch, Template
from promptc.protocols import Guarantee, PassContext
from promptc.source import Span

_ANY = re.compile(r"\*\S|_\S|^[ \t]*[-*_][ \t]*[-*_]|#[ \t]*$", re.MULTILINE)
# Where a text speaks of its own marks, or of marks to write, they are no decoration.
_SPOKEN = re.compile(
    r"\b(?:bold(?:ed|face)?|italic\w*|asterisks?|starred|emphasi[sz]\w*|rich text|underscores?"
    r"|highlight\w*(?! of\b)"
    r"|markdown[ -](?:format\w*|style\w*|syntax|output|text|head\w*|lists?|bullet\w*|tables?|code)"
    r"|(?:using|use|in|with|as|valid|well-formed|proper|flavou?red|no|any|without|avoid|plain|of"
    r"|return\w*|outputs?|write|produce)\s(?:[\w-]+\s){0,2}markdown)\b",
    re.IGNORECASE,
)
_SPOKEN_RULE = re.compile(
    r"-{3}[\"'`]|[\"'`]-{3}|[^\s|:-][ \t]+-{3}|\b(?:separat\w+|delimit\w*|divid\w+|dashes|hyphens"
    r"|horizontal|rulers?|(?:between|above|below|after|before) the line|front ?matter)\b",
    re.IGNORECASE,
)
# Under a heading like these, marks are part of what the model is to write.
_WRITTEN = re.compile(
    r"\b(?:formats?|formatt\w+|templates?|outputs?|respon(?:se|d)\w*|repl(?:y|ies)|answer\w*"
    r"|report\w*|style|sample|examples?|draft|skeleton|structure|generate|write|present|produce"
    r"|return|include|provide|looks? like|as follows|follow\w*|layout|summary|message|e-?mail"
    r"|letter)\b",
    re.IGNORECASE,
)
# What is said with stress: to take the stress away may take away what it is about.
_WARNING = (
    r"not?|none|never|nor|without|must|only|unless|except|always|cannot|\w+n['’]t|avoid|required?"
    r"|mandatory|optional|critical(?:ly)?|important(?:ly)?|warning|caution|danger\w*|stop|do|should"
    r"|shall|may|strictly|before|after|instead|exactly|at (?:least|most)"
)
_CONTRAST = (
    r"all|every|each|any|both|either|neither|does|is|are|was|were|can|rather|same|different|other"
    r"|own|first|last|immediately|or|and|but|if|when|until|even|just|also|very|more|most|less"
    r"|least|new|old|once|twice|solely|clearly|explicit(?:ly)?|whole|entire|full|complete(?:ly)?"
    r"|one|two|three|themselves|itself|out of|right|wrong|actual(?:ly)?|real(?:ly)?|your"
    r"|their|its|this|that|hard|fail\w*"
)
_WARNS = re.compile(rf"\b(?i:{_WARNING})\b|\b[A-Z]{{5,}}\b|!")
_STRESS = re.compile(rf"\b(?i:{_WARNING}|{_CONTRAST})\b|\b[A-Z]{{2,}}\b|\d|[!?<>=]")
_CONTRASTS = re.compile(
    r"\b(?:not|instead|rather|but|than|or|only|never|\w+n['’]t)\b", re.IGNORECASE
)
_NEAR = 200
"""How many characters away from a phrase a word may contrast it with another."""
_MARKER = re.compile(r"[ \t]*(?:[-*+•]|\d{1,3}[.)])[ \t]+(?:\[[ xX]\][ \t]+)?")
_INDENT = re.compile(r"[ \t]*")
_AFTER_LABEL = re.compile(r"[ \t]*(?::|[-–—][ \t])[ \t]*")
_PLACEHOLDER = re.compile(
    rf"[\[<{{(_\"'`{HOLE}{TAG}].*|\.{{2,}}.*|…|[Xx]{{1,3}}\W*|(?:str|string|int|list|yes|no)\b.*|"
)
# Without its marks such a label would read as a key of data.
_KEY = re.compile(r"(?:[a-z][\w.-]*|\w+_\w+):?")
_RULE = re.compile(r"^[ \t]{0,3}([-*_])(?:[ \t]*\1){2,}[ \t]*$", re.MULTILINE)
_DATA = re.compile(rf"[{HOLE}{TAG}][ \t]*$", re.MULTILINE)
_NEXT = re.compile(r"^(?:#{1,6}[ \t]|[ \t]*[-*_]{3,}[ \t]*$)", re.MULTILINE)
_HEADING = re.compile(r"#{1,6}[ \t]")
_CLOSER = re.compile(r"[ \t]+#+[ \t]*\Z")


@dataclass(frozen=True)
class PlainMarkdown:
    """Remove Markdown that decorates: rules before headings, bold labels, bold phrases.

    ``- **Name**: text`` reads the same as ``- Name: text``. What carries stress stays: negations,
    modals, numbers, single words within a sentence, lines that are bold as a whole. So do marks
    that the model is to write: under headings about formats and output, before placeholders, and
    everywhere in a prompt that speaks of bold, Markdown or its marks. Headings, lists, tables,
    links, code and literal asterisks stay as they are.
    """

    name: ClassVar[str] = "plain-markdown"
    guarantee: ClassVar[Guarantee] = Guarantee.MEANING
    version: ClassVar[int] = 1
    edits: ClassVar[frozenset[type[Leaf]]] = frozenset()
    earns: ClassVar[Literal["tokens", "shape"]] = "tokens"

    emphasis: Literal["none", "labels", "phrases"] = "phrases"
    """Which emphasis goes: no one, that of labels, or that of phrases of two words and more too."""

    rules: bool = True
    """Whether to remove horizontal rules that stand before headings."""

    def run(self, template: Template, ctx: PassContext) -> Iterator[Edit]:
        text = masked(template)
        if not _ANY.search(text):
            return
        if self.rules and not _SPOKEN_RULE.search(text):
            yield from _horizontal(template, text)
        yield from _closers(template, text)
        if self.emphasis == "none" or "**" not in text or _is_spoken_of(template, text):
            return
        if is_english(" ".join(text[slice(*unit)] for unit in units(template))):
            for rule, found in self._plain(template, text):
                yield Edit((Patch(found.opening, ""), Patch(found.closing, "")), rule)

    def _plain(self, template: Template, text: str) -> Iterator[tuple[str, Emphasis]]:
        """Emphasis that may go, and what it marks.

        The labels of one list go or stay together, and so do the phrases of one line.
        """
        sections = [r.span.start for r in regions(template) if r.kind is Kind.HEADING]
        groups: dict[tuple[int, str], list[tuple[str, Emphasis]]] = {}
        for found in emphases(template):
            place = _place(text, found)
            rule = _kind(text, found, place)
            if rule:
                line = rule.endswith("phrase")
                at = bisect_right(sections, place.start)
                key = (at, str(place.start) if line else _listed(place.head))
                groups.setdefault(key, []).append((rule, found))
        going = {"label", "lead", *(["phrase"] if self.emphasis == "phrases" else [])}
        for group in groups.values():
            if all(
                rule in going and not _is_written(template, text, found) for rule, found in group
            ):
                yield from group


class _Place(NamedTuple):
    """The line of an emphasis: where it starts, what stands before the marks, and after."""

    start: int
    head: str
    inner: str
    rest: str


def _place(text: str, found: Emphasis) -> _Place:
    start = text.rfind("\n", 0, found.opening.start) + 1
    end = _line_end(text, start)
    head, inner = text[start : found.opening.start], text[slice(*found.inner)]
    return _Place(start, head, inner, text[found.closing.stop : end])


def _listed(head: str) -> str:
    """*head* of a list item, numbers left out."""
    return re.sub(r"\d+", "1", head)


def _kind(text: str, found: Emphasis, place: _Place) -> str:
    """What the words of *found* are to their line: a phrase of it, its label, or neither."""
    start, head, inner, rest = place
    if found.mark != "**" or _HEADING.match(head) or TAG in head + inner + rest:
        return ""
    marker = _MARKER.fullmatch(head)
    if not marker and not _INDENT.fullmatch(head):
        return "phrase" if _is_phrase(place) else "kept phrase"
    if not marker and not inner[0].isupper():
        return "kept phrase"
    rule = _label(inner, rest, listed=marker is not None)
    if not rule and inner.endswith(":") and not rest.strip():
        below = text[_line_end(text, start) :].lstrip("\n")
        rule = "label" if _MARKER.match(below) else ""
    if not rule and marker and re.match(r" [a-z]", rest):
        rule = "lead"
    keeps = HOLE in inner or _WARNS.search(inner) or _KEY.fullmatch(inner)
    return ("kept" if keeps else rule) if rule else ""


def _is_phrase(place: _Place) -> bool:
    """Whether a few words within a sentence are marked without a contrast to others."""
    inner = place.inner
    if not inner[0].islower() or not inner[-1].isalnum() or not 1 <= inner.count(" ") <= 6:
        return False
    if HOLE in inner or _STRESS.search(inner) or place.head.lstrip().startswith(">"):
        return False
    if place.head.rstrip()[-1] in ",;:—–-":
        return False
    return not _CONTRASTS.search(place.head[-_NEAR:] + place.rest[:_NEAR])


def _label(inner: str, rest: str, *, listed: bool) -> str:
    """``label`` where a line's first words are one of the text after them."""
    after = _AFTER_LABEL.match(rest)
    sentence = listed and inner[-1] == "." and inner.count(" ") < 6
    if not after and inner[-1] != ":" and not sentence:
        return ""
    said = rest[after.end() :] if after else rest.lstrip()
    if not said:
        return ""
    return "kept" if _PLACEHOLDER.fullmatch(said) else "label"


def _is_spoken_of(template: Template, text: str) -> bool:
    """Whether the template's own words speak of emphasis."""
    fixed = protected(template)
    return any(not fixed.overlaps(Span(*match.span())) for match in _SPOKEN.finditer(text))


def _is_written(template: Template, text: str, found: Emphasis) -> bool:
    """Whether what stands under these headings may show the model what to write."""
    headings = scope(template, found.opening.start).headings
    return any(_WRITTEN.search(text[at : _line_end(text, at)]) for at in headings)


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return end if end >= 0 else len(text)


def _horizontal(template: Template, text: str) -> Iterator[Edit]:
    """Rules that stand before headings, if every rule of the template does.

    One that sets data apart, the values of holes, stays.
    """
    fixed = protected(template)
    found: list[Span] = []
    for match in _RULE.finditer(text):
        span = Span(*match.span())
        if fixed.overlaps(span):
            continue
        cut = _around(text, span)
        if cut is None:
            return
        if not _parts_data(text, cut):
            found.append(cut)
    yield from (Edit((Patch(cut, ""),), "rule") for cut in found)


def _around(text: str, rule: Span) -> Span | None:
    """The lines of *rule* and the blank ones below, where a heading follows; else ``None``."""
    if not text.endswith("\n\n", 0, rule.start):
        return None
    stop = rule.stop
    while stop < len(text) and text[stop] in " \t\n":
        stop += 1
    stop = text.rfind("\n", 0, stop) + 1
    return Span(rule.start, stop) if stop > rule.stop and _HEADING.match(text, stop) else None


def _parts_data(text: str, rule: Span) -> bool:
    """Whether a hole or a tag stands right above *rule*, or lines with holes follow it."""
    above = text[: rule.start].rstrip()[-1:]
    below = _NEXT.split(text[_line_end(text, rule.stop) :], maxsplit=1)[0]
    return above in (HOLE, TAG) or _DATA.search(below) is not None


def _closers(template: Template, text: str) -> Iterator[Edit]:
    """The marks that some writers close a heading with."""
    headings = [region.span for region in regions(template) if region.kind is Kind.HEADING]
    fixed = Spans(leaf.span for leaf in template.leaves if leaf.locked)
    for span in headings:
        line = text[slice(*span)]
        match = _CLOSER.search(line)
        if match and _HEADING.match(line) and not fixed.overlaps(span):
            yield Edit((Patch(Span(span.start + match.start(), span.stop), ""),), "closer")

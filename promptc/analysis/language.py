"""Which language a text is in, as far as rules for English need to know."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spacy.language import Language

_WORD = re.compile(r"[^\W\d_]+(?:'[a-z]+)?")
_LATIN = "\u024f"
_MARKS = "\ue000\ue001"

#: Words that English prompts can't do without, and that the other languages below don't have.
_COMMON = """
a about above after all also always an and answer any are as ask at avoid based be because been
before below best between both but by can check choose concise context could create describe
do does don't each either ensure every examples explain find first follow following for format
from generate get give given has have he helpful her here his how i i'd i'm identify if
important include instructions into is it it's its keep know let's like list make may me might
more most must my need never no not note number of on once one only or other our output please
provide question questions read remember reply respond response return rewrite say select she
should show so some step such summarize sure take task tell than thank that the their them then
there these they think this those to translate try until up use used user user's using very
want was we were what when where whether which while who why will with word words would write
yes you you're your
"""
_ENGLISH = frozenset(_COMMON.split())
_FOREIGN = (
    # Spanish, Portuguese
    "el la los las del una unos para por con pero como esta este que se su sus es y usted al lo",
    "o os um uma não para por com mas como esta este que se seu sua ao dos das na nos você é",
    # French, Italian
    "le la les des une et est dans pour avec mais vous nous sur ce cette qui que ne pas au du en",
    "il lo gli le una di che per con ma come questo questa sono è non nel della del si tuo",
    # German, Dutch
    "der die das und ist nicht ein eine einen den dem für mit auf sie du wenn oder auch bitte zu",
    "de het een en is niet voor met op van dat je wordt zijn maar ook naar bij als deze te",
    # Polish, Swedish, Indonesian, Turkish
    "nie jest się na do że jak ale dla oraz w z i o przez czy są odpowiedz",
    "och att det som en är inte på för med av till den ett om du kan",
    "dan yang di untuk dengan dari ini itu tidak adalah pada anda akan atau dalam",
    "ve bir bu için ile değil olarak da de mi gibi daha çok ne",
)
_OTHERS = tuple(frozenset(words.split()) - _ENGLISH for words in _FOREIGN)
_FOREIGN_WORDS = frozenset().union(*_OTHERS)


def is_english(text: str) -> bool:
    """Whether *text* reads as English; false where it has no word that tells.

    Holes may stand in *text* as private-use characters.

    >>> is_english("Answer the question."), is_english("Réponds à la question.")
    (True, False)
    """
    text = text.translate({ord(mark): " " for mark in _MARKS}).replace("’", "'")
    if not text.isascii():
        letters = [char for char in text if char.isalpha()]
        if sum(char > _LATIN for char in letters) * 5 > len(letters):
            return False
    words = _WORD.findall(text.lower())
    here = sum(map(_ENGLISH.__contains__, words))
    rest = [word for word in words if word in _FOREIGN_WORDS]
    there = max(sum(map(other.__contains__, rest)) for other in _OTHERS)
    return here > there and here * 8 >= len(words)


@lru_cache(maxsize=1)
def english() -> Language:
    """Load spaCy's blank English pipeline, once: a tokenizer, and no model."""
    import spacy

    return spacy.blank("en")

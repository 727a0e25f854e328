"""Short forms that end in a point, and the words that tell whether a sentence starts after one."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: A name or an explanation follows: no sentence ends here.
BEFORE_NAME = _words(
    "dr mr mrs ms mx messrs prof st gen rep sen gov capt cpt lt col sgt rev hon pres mt ft vs v cf"
    " viz e.g i.e eg ie approx est dept univ assoc incl excl resp ca figs eqs hrsg bzw z.b d.h"
)
#: Short before a number, a word or the end of one elsewhere: "The answer is no."
BEFORE_NUMBER = _words(
    "no nos nr fig figs eq eqs sec secs ch chap vol vols p pp art pt par para ex app ver ref refs"
    " op jan feb mar apr jun jul aug sep sept oct nov dec"
)
#: May end a sentence; it does where the next word is one of `STARTERS`.
AT_END = _words(
    "inc co corp ltd llc plc bros etc al jr sr esq ph.d m.d d.c u.s u.k a.m p.m b.c a.d ed eds"
)
#: Words that start sentences more often than names.
STARTERS = _words(
    "the this that these those it he she they we i you there here his her its their our my your in"
    " on at as if but and or so for however after when while since by with from during although"
    " many some most another to of also because not what who how why is are was were did do then"
    " thus each all both before under until one two please never always no yes according despite"
    " once"
)
#: German writes "the 16. century" and "3. May".
COUNTED = _words(
    "jahrhundert jahrhunderts jahrhunderte jahrtausend jahrtausends januar februar märz april mai"
    " juni juli august september oktober november dezember lebensjahr auflage platz mal"
)
#: Labels of a line that are no speaker's.
NO_SPEAKER = _words(
    "note title source date url summary question answer example warning tip output input step"
    " result context subject from to cc address phone email name author version status type"
)

"""Edits after which a prompt asks for the very same, by kind."""

from __future__ import annotations

import random
import re
import textwrap
from functools import lru_cache
from pathlib import Path

from benchmarks.editing.harms import Edit
from benchmarks.editing.prose import lists, sentences

_TABLE = Path(__file__).parent / "plain_words.tsv"
_PASSES = Path(__file__).parents[2] / "promptc" / "data"
_BOUND = re.compile(
    r"\b(?:first|second|then|next|finally|last|after|before|once|step|order|now|start|begin|end|above|below"
    r"|following|previous|earlier|later|also|again|other|another|else|otherwise|instead|however)\b"
    r"|^\W*(?:it|this|that|these|those|they|such|and|but|or|so|if so)\b|:\s*$",
    re.IGNORECASE,
)
_SEQUENCE = re.compile(
    r"\b(?:steps?|order|process|procedure|workflow|sequence|phases?|stages?)\b", re.I
)


def _reflowed(text: str, rng: random.Random) -> str | None:
    """Wrap the longest paragraph of prose anew."""
    paragraphs = [
        match
        for match in re.finditer(
            r"(?:\A|(?<=\n\n))[A-Z][^\n]+(?:\n[a-zA-Z][^\n]+)*(?=\n\n|\n?\Z)", text
        )
        if len(match[0]) > 120
        and not re.search(r"^\(?[A-Za-z0-9][.)] ", match[0], re.MULTILINE)
        and not re.search(r"[{}<>|`=]|^\w+:", match[0], re.M)
        and len(sentences(match[0])) >= 2
    ]
    if not paragraphs:
        return None
    one = rng.choice(paragraphs)
    lines = one[0].split("\n")
    if any(len(line) < 40 for line in lines[:-1]):
        return None
    width = rng.choice([60, 72, 80, 100, 10_000])
    new = "\n".join(textwrap.wrap(" ".join(one[0].split()), width, break_on_hyphens=False))
    if new == one[0] or re.search(r"^(?:\d+[.)]|[-*+#>])", new, re.MULTILINE):
        return None
    return text[: one.start()] + new + text[one.end() :]


def _reordered(text: str, rng: random.Random) -> str | None:
    """Shuffle a list of bullets of which none speaks of an order or of its neighbors."""
    runs = [
        run
        for run in lists(text)
        if run[0].number is None
        and not any(_BOUND.search(item.body) for item in run)
        and not _SEQUENCE.search(text[max(0, run[0].start - 200) : run[0].start])
        and text[run[-1].stop : run[-1].stop + 2] in ("\n\n", "\n", "")
    ]
    if not runs:
        return None
    run = rng.choice(runs)
    items = [f"{item.mark}{item.body}" for item in run]
    new = items[:]
    rng.shuffle(new)
    return text[: run[0].start] + "\n".join(new) + text[run[-1].stop :] if new != items else None


def duplicated(text: str, rng: random.Random) -> str | None:
    """Say one sentence twice; the edit is to take the copy away."""
    found = [one for one in sentences(text) if not _BOUND.search(one.text)]
    if not found:
        return None
    one = rng.choice(found)
    if one.item:
        start = text.rfind("\n", 0, one.start) + 1
        mark = text[start : one.start]
        return text[: one.stop] + f"\n{mark}{one.text}" + text[one.stop :]
    later = [
        two
        for two in found
        if two.start > one.start and not two.item and text[two.stop :].strip(" ")[:1] in ("\n", "")
    ]
    place = rng.choice(later).stop if later else one.stop
    return text[:place] + f" {one.text}" + text[place:]


@lru_cache(maxsize=1)
def table() -> tuple[tuple[str, str], ...]:
    """Plain words for long ones, less those that a pass of promptc knows to rewrite."""
    known = [
        line.partition("\t")[0]
        for name in ("phrases.tsv", "filler.tsv", "contractions.tsv")
        for line in (_PASSES / name).read_text(encoding="utf-8").splitlines()
        if not line.startswith(("#", "@"))
    ]
    written = {" ".join(re.findall(r"[a-z]+", each)) for each in known}
    rows = (line.split("\t") for line in _TABLE.read_text(encoding="utf-8").splitlines())
    return tuple((old, new) for old, new in rows if old not in written)


def _plain_words(text: str, rng: random.Random) -> str | None:
    """Put a plain word for a long one, once."""
    for one in rng.sample(sentences(text), len(sentences(text))):
        for old, new in rng.sample(table(), len(table())):
            match = re.search(rf"\b{old}(?!\w)", one.text, re.IGNORECASE)
            if match:
                shown = new.capitalize() if match[0][0].isupper() else new
                said = one.text[: match.start()] + shown + one.text[match.end() :]
                return text[: one.start] + said + text[one.stop :]
    return None


HARMLESS: dict[str, Edit] = {
    "text reflowed": _reflowed,
    "list reordered": _reordered,
    "phrase from an unseen table": _plain_words,
}

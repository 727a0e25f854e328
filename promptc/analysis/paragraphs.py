"""The paragraphs of a template, and what makes two of them the same."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import NamedTuple

from promptc.analysis.mask import TAG, masked
from promptc.ir import Comment, Template
from promptc.source import Span

_BLANK = re.compile(rf"\n(?:[ \t{TAG}]*\n)+")
_WORD = re.compile(r"[^\W_]+")
_SPACE = re.compile(r"\s+")
LEAST_WORDS = 8
"""Shorter paragraphs are labels and list heads, which many templates share."""


class Paragraph(NamedTuple):
    """One paragraph. *key* is a hash that others with the same words, holes and tags share."""

    span: Span
    key: str


def paragraphs(template: Template) -> Iterator[Paragraph]:
    """Every run of lines between blank lines that says something, front matter left out."""
    text = masked(template)
    at = 0
    first = template.leaves[0] if template.leaves else None
    if isinstance(first, Comment) and template.syntax.front_matter:
        at = first.span.stop
    breaks = list(_BLANK.finditer(text, at))
    starts = [at, *(each.end() for each in breaks)]
    stops = [*(each.start() for each in breaks), len(text)]
    for start, stop in zip(starts, stops, strict=True):
        span = Span(start, stop).stripped(text)
        if len(_WORD.findall(text, *span)) >= LEAST_WORDS:
            yield Paragraph(span, _key(template.text[slice(*span)]))


def _key(text: str) -> str:
    plain = _SPACE.sub(" ", text).strip().casefold()
    return hashlib.sha256(plain.encode(errors="surrogatepass")).hexdigest()[:32]

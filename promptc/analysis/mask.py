"""The text of a template with everything that is not literal text masked out."""

from __future__ import annotations

from functools import lru_cache

from promptc.ir import Output, Template, Text

#: Private-use characters: each character of a hole, and each of a tag or comment.
HOLE = "\ue000"
TAG = "\ue001"


@lru_cache(maxsize=16)
def masked(template: Template) -> str:
    """The template's text, as long as before, holes and tags replaced by `HOLE` and `TAG`.

    Offsets in the result are offsets in ``template.text``. A private-use character of the source
    that would read as a mask becomes U+FFFD.
    """
    return "".join(_mask(leaf.text, type(leaf)) for leaf in template.leaves)


def _mask(text: str, kind: type) -> str:
    if kind is Text:
        return text.replace(HOLE, "\ufffd").replace(TAG, "\ufffd")
    return (HOLE if kind is Output else TAG) * len(text)

"""What callers hand over, as texts to compress, and the same shape back.

A text; a list of documents, each a text or a mapping with ``text`` and perhaps ``title``; or chat
messages, each a mapping with ``role``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from promptc.compressing.messages import Part, beside, parts, rebuilt

Input: TypeAlias = str | Sequence[str] | Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Shape:
    """The *texts* that may be shortened, what they are called, and how they go back.

    *fixed* is text that stays and counts; *query* is what the input asks by itself; *messages*
    is how many chat messages there are. *back* takes the new texts.
    """

    kind: str
    texts: tuple[str, ...]
    titles: tuple[str, ...]
    back: Callable[[Sequence[str]], Any]
    fixed: tuple[str, ...] = ()
    query: str = ""
    messages: int = 0


def shape(given: Input) -> Shape:
    """Read *given*; raise `ValueError` for what is no text, list of documents or of messages."""
    if isinstance(given, str):
        return Shape("text", (given,), ("",), lambda texts: texts[0])
    if not isinstance(given, Sequence) or isinstance(given, bytes):
        raise ValueError(
            f"compress takes a text, documents or messages, got {type(given).__name__}"
        )
    if given and all(isinstance(each, Mapping) and "role" in each for each in given):
        return _chat([dict(each) for each in given if isinstance(each, Mapping)])
    return _documents(given)


def _documents(given: Sequence[Any]) -> Shape:
    texts, titles = list[str](), list[str]()
    for number, each in enumerate(given):
        text = each.get("text") if isinstance(each, Mapping) else each
        if not isinstance(text, str):
            raise ValueError(
                f"document {number} must be a text, or a mapping with a text under 'text'; "
                f"got {type(each).__name__}"
            )
        texts.append(text)
        titles.append(str(each.get("title") or "") if isinstance(each, Mapping) else "")

    def back(new: Sequence[str]) -> tuple[Any, ...]:
        pairs = zip(given, new, strict=True)
        return tuple({**each, "text": t} if isinstance(each, Mapping) else t for each, t in pairs)

    return Shape("documents", tuple(texts), tuple(titles), back)


def _chat(given: list[dict[str, Any]]) -> Shape:
    found = list(parts(given))
    soft = [part for part in found if part.soft]
    fixed = [part.text for part in found if not part.soft]

    def back(new: Sequence[str]) -> tuple[Any, ...]:
        texts = iter(new)
        filled: list[Part] = [
            part._replace(text=next(texts)) if part.soft else part for part in found
        ]
        return rebuilt(given, filled)

    return Shape(
        "messages",
        tuple(part.text for part in soft),
        ("",) * len(soft),
        back,
        (
            *fixed,
            *(str(each["role"]) for each in given),
            *(s for each in given for s in beside(each)),
        ),
        "\n".join(part.text for part in found if part.asks).strip(),
        len(given),
    )

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from promptc.analysis import json_text
from promptc.analysis.chat_templates import is_chat_template
from promptc.analysis.expressions import parts
from promptc.analysis.mask import HOLE, TAG, masked
from promptc.inspection import Hit, Subject
from promptc.ir import Output, Template
from promptc.source import Span

#: Filters after which a value can't break a JSON string, or is JSON already.
_SAFE = re.compile(
    r"\|\s*(?:tojson|to_json|json|json_?dumps|dumps|int|float|round|length|count|abs|sum|urlencode"
    r"|escapejs|forceescape|slugify|filesizeformat)\b"
)
_LOOP = re.compile(r"\s*loop\.(?:index0?|revindex0?|length|first|last|depth0?)\s*")
_NUMBER = re.compile(r"[\s\d.+*/()-]*")
_QUOTED = re.compile(r"\s*(?:'[^'\"\\\n]*'|\"[^'\"\\\n]*\")\s*")


@dataclass(frozen=True)
class UnescapedJson:
    """A hole inside a JSON string without `tojson`.

    Values that are numbers by their filter (`int`, `round`, `length` and the like), constants and
    loop counters are left out, and so are the templates of a tokenizer's chat: a model was trained
    on what those write.

    Why: A quotation mark or a line end in the value ends the string. What follows is no JSON any
    more, and whoever wrote the value decides what the model reads there.

    Fix: Let `tojson` write the whole string, marks included: `"name": {{ name | tojson }}` instead
    of `"name": "{{ name }}"`, and `{{ ("Hello " ~ name) | tojson }}` where there is text around it.

    Leave it: Where the value has a fixed alphabet, as an ID or a date does.
    """

    code: ClassVar[str] = "PC502"
    name: ClassVar[str] = "unescaped-json"
    error: ClassVar[bool] = False
    fixed_by: ClassVar[str] = ""

    def read(self, subject: Subject) -> Iterator[Hit]:
        template = subject.template
        text = masked(template)
        if HOLE not in text or '"' not in text or template.syntax.engine != "jinja":
            return
        if is_chat_template(template):
            return
        strings = list(_strings(text))
        for leaf in template.leaves:
            if not isinstance(leaf, Output) or not _risky(leaf):
                continue
            around = next((each for each in strings if each.covers(leaf.span)), None)
            if around is not None:
                yield Hit(leaf.span, _said(template, leaf, around))


def _strings(text: str) -> Iterator[Span]:
    """The string values of every JSON in *text* that have a hole in them."""
    for span in json_text.find(text):
        for token in json_text.tokens(text, span):
            shown = text[slice(*token.span)]
            if token.kind == "string" and HOLE in shown and TAG not in shown:
                yield token.span


def _risky(hole: Output) -> bool:
    inner = parts(hole).inner
    return not (
        _SAFE.search(inner)
        or _LOOP.fullmatch(inner)
        or _NUMBER.fullmatch(inner)
        or _QUOTED.fullmatch(inner)
    )


def _said(template: Template, hole: Output, around: Span) -> str:
    inner = " ".join(parts(hole).inner.split())
    alone = hole.span.stop - hole.span.start + 2 == around.stop - around.start
    if alone and len(inner) <= 60 and not re.search(r"\bif\b|[|~+]", inner):
        return (
            f"a quotation mark or line end in {inner} breaks this JSON; write "
            f"{{{{ {inner} | tojson }}}} without the quotes around it"
        )
    return "a quotation mark or line end in this value breaks the JSON; let tojson write the string"

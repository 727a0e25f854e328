from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from promptc.analysis.documents import documents
from promptc.inspection import Hit, Subject


@dataclass(frozen=True)
class InlinedDocument:
    """A document inside a template that is large enough to be retrieved from.

    A document is what stands in an element such as `<document>` or `<policy>`, what an `include`
    brings in from a text file, or what a `{# promptc: document … #}` comment marks, if it is one
    stretch of literal text of at least `least` tokens.

    Why: Every call pays for all of it, and most calls need a paragraph.

    Fix: Move it behind retrieval, and leave the few sentences that every answer needs.

    Leave it: Where each answer draws on all of it, as on a style guide; or where a provider's
    prompt cache holds it at a tenth of the price and the calls come often enough.
    """

    code: ClassVar[str] = "PC401"
    name: ClassVar[str] = "inlined-document"
    error: ClassVar[bool] = False
    fixed_by: ClassVar[str] = ""

    least: int = 1000
    """Smaller documents are not reported, in tokens."""

    def read(self, subject: Subject) -> Iterator[Hit]:
        # A token is a character at least: most templates are told without counting.
        for found in documents(subject.template, subject.load, self.least):
            tokens = subject.tokenizer.count(found.text)
            if tokens < self.least:
                continue
            guess = "" if subject.tokenizer.exact else "~"
            money = ""
            if subject.price is not None:
                cost = subject.price.input * tokens / 1000
                money = f", ${cost:,.2f} per 1,000 calls"
            yield Hit(
                found.span,
                f"{found.what} of {guess}{tokens:,} tokens is sent with every call{money}; "
                "retrieve the passages that a call needs",
            )

"""A small handbook and the index of it."""

from __future__ import annotations

from promptc.passages import Document
from promptc.passages.chunking import Sizes
from promptc.protocols import Embedder
from promptc.retrieval import Index
from promptc.tokens import get_tokenizer

TOKENIZER = get_tokenizer("gpt-4o")
RETURNS = Document(
    "returns.md",
    "# Returns\n\n## Laptops\n\nA laptop can be returned within 30 days. It must be unopened, and "
    "the receipt must be in the box. We pay for the parcel.\n\n## Phones\n\nPhones can be returned "
    "within 14 days of delivery. The SIM card must be taken out.\n",
)
SHIPPING = Document(
    "shipping.md",
    "# Shipping\n\nOrders over 50 dollars ship free to every state. Parcels leave the warehouse on "
    "weekdays at noon. Nothing is shipped on Sundays.\n\n| region | days |\n|---|---|\n"
    "| Europe | 5 |\n| Asia | 9 |\n",
)
HANDBOOK = (RETURNS, SHIPPING)
SMALL = Sizes(most=40, overlap=10)


def built(
    *documents: Document, embedder: Embedder | None = None, earlier: Index | None = None
) -> Index:
    """The index of *documents*, by default of the handbook."""
    return Index.build(
        documents or HANDBOOK, TOKENIZER, embedder=embedder, sizes=SMALL, earlier=earlier
    )

"""Find the passages of documents that answer a question."""

from __future__ import annotations

from promptc.retrieval.blocks import Written, blocks, written
from promptc.retrieval.hits import Hit
from promptc.retrieval.index import Index
from promptc.retrieval.refreshing import Refreshed, refresh

__all__ = ["Hit", "Index", "Refreshed", "Written", "blocks", "refresh", "written"]

"""Quality checks: whether a rewrite still says the same. They know nothing of the passes."""

from __future__ import annotations

from promptc.checks.facts import Facts
from promptc.checks.similarity import Similarity
from promptc.protocols import Check

#: The checks that every compilation runs after passes that change words.
CHECKS: tuple[Check, ...] = (Facts(), Similarity())

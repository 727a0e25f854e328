"""A model as a scorer: what it said is remembered, and callers share its passes."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Sequence

from promptc.protocols import Hurry, Scores, patient
from promptc.scorers.joining import Rated, joined
from promptc.scorers.reading import Plan, Reader
from promptc.scorers.worker import Counts, Worker

REMEMBERED = 1 << 22
"""Tokens whose scores a process remembers for each model: 20 bytes each."""


class Shared:
    """Rates texts with *reader*, which many threads may ask at once.

    Equal texts are rated once while they are remembered.
    """

    def __init__(self, reader: Reader, worker: Worker | None = None) -> None:
        self.reader = reader
        self.name, self.version = reader.name, reader.version
        self._worker = worker or Worker(reader)
        self._known: OrderedDict[bytes, Scores] = OrderedDict()
        self._tokens = 0
        self._lock = threading.Lock()

    @property
    def counts(self) -> Counts:
        """What the model did so far."""
        return self._worker.counts

    def score(self, texts: Sequence[str], query: str = "", hurry: Hurry = patient) -> list[Scores]:
        """Rate every token of each text; *query* is what the texts will be asked."""
        asked = query if self.reader.asks else ""
        keys = [_key(text, asked) for text in texts]
        found = {key: known for key in keys if (known := self._recall(key)) is not None}
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in found}
        plans = [self._plan(text, asked, hurry) for text in new.values()]
        rows = [row for plan in plans for row in plan.rows]
        values = self._worker.run(rows, hurry)
        rated, at = list[Rated](), 0
        for plan in plans:
            rated.append(self.reader.rated(plan, values[at : at + len(plan.rows)]))
            at += len(plan.rows)
        for key, scores in zip(new, joined(rated, self.reader.how), strict=True):
            found[key] = scores
            self._remember(key, scores)
        return [found[key] for key in keys]

    def _plan(self, text: str, asked: str, hurry: Hurry) -> Plan:
        hurry()
        return self.reader.plan(text, asked)

    def _recall(self, key: bytes) -> Scores | None:
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
            return self._known.get(key)

    def _remember(self, key: bytes, scores: Scores) -> None:
        with self._lock:
            if key in self._known or len(scores.bits) > REMEMBERED:
                return
            self._known[key] = scores
            self._tokens += len(scores.bits)
            while self._tokens > REMEMBERED:
                _, old = self._known.popitem(last=False)
                self._tokens -= len(old.bits)


def _key(text: str, asked: str) -> bytes:
    digest = hashlib.sha256(f"{len(asked)} {asked}".encode(errors="surrogatepass"))
    digest.update(text.encode(errors="surrogatepass"))
    return digest.digest()

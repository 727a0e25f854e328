"""The default compressor: small models that come with the package, on the CPU."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from promptc.analysis.language import is_english
from promptc.models import embedder, scorer
from promptc.protocols import Embedder, Request, Scorer, Scores
from promptc.selection.filling import Nearness, counted, fill, hurry, required, rough
from promptc.selection.joining import entire, spans
from promptc.selection.pool import Pool, pool
from promptc.selection.relevance import Models, relevance, vectors
from promptc.selection.runs import shorten
from promptc.selection.salience import salience
from promptc.source import Span

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FINE_BELOW = 0.6
"""The rate below which tokens inside units are chosen, where nothing else was asked for."""
_COARSE = (2.2, 1.4)
"""How many times the budget the units may take before their tokens are chosen; less where what is
not cut, as code, leaves no room."""


_SHORT, _SPAN, _MOST = 8.0, 1.5, 0.95
"""Of 2 ** 8 tokens none go to units kept whole for their rating; of thrice that, nearly all."""
_SAMPLE = 4_000


def _intact(tokens: int) -> float:
    """The share of a budget of *tokens* that whole units get: more where several of them fit."""
    return min(max((math.log2(max(tokens, 1)) - _SHORT) / _SPAN, 0.0), _MOST)


def _is_known(texts: Sequence[str]) -> bool:
    """Whether *texts* are in the language whose words the scorer knows."""
    return is_english(" ".join(text[:_SAMPLE] for text in texts)[:_SAMPLE])


class _Rated(NamedTuple):
    """Of each unit its rating, (n,), and what is near it; of each text its scores, if known."""

    units: NDArray[np.float64]
    nearness: Nearness
    scores: list[Scores]


@dataclass(frozen=True)
class Embedded:
    """Chooses units by what they may tell about the question, then by tokens inside them.

    *fine* says whether units are shortened from the inside; ``None``: below a rate of 0.6 where
    there is no question and the text is English, and where whole units leave more than half of the
    budget unused.
    """

    embedder: Embedder
    scorer: Scorer
    fine: bool | None = None

    def keep(self, texts: Sequence[str], request: Request) -> list[tuple[Span, ...]]:
        """For each text the spans to keep, in order; together they stay within the request."""
        total = sum(request.tokenizer.count(text) for text in texts if text)
        if total <= request.tokens:
            return entire(texts)
        units = pool(texts, request)
        required(units, request)
        hurry(request)
        rated = self._rated(units, request)
        if self._is_fine(texts, request, total) and (cut := self._shortened(units, rated, request)):
            return cut
        whole = spans(units, fill(units, rated.units, request, rated.nearness))
        if self.fine is None and 2 * counted(units, whole, request) < request.tokens:
            # A unit as long as the budget is better cut than lost.
            return self._shortened(units, rated, request) or whole
        return whole

    def _is_fine(self, texts: Sequence[str], request: Request, total: int) -> bool:
        if self.fine is None:
            return not request.query and request.tokens < FINE_BELOW * total and _is_known(texts)
        return self.fine

    def _shortened(
        self, units: Pool, rated: _Rated, request: Request
    ) -> list[tuple[Span, ...]] | None:
        """Choose more units than fit, then what stays of each; ``None`` where too few are cut."""
        scores = rated.scores or self.scorer.score(units.texts)
        best = int(request.tokens * _intact(request.tokens))
        intact = units.must
        if best:
            intact = rough(units, rated.units, replace(request, tokens=best), rated.nearness)
        for more in _COARSE:
            asked = replace(request, tokens=best + int((request.tokens - best) * more))
            chosen = rough(units, rated.units, asked, rated.nearness, least=request.tokens)
            cut = shorten(units, chosen | intact, scores, request, intact=intact)
            if cut is not None:
                return cut
        return None

    def _rated(self, units: Pool, request: Request) -> _Rated:
        shown = vectors(units, self.embedder)
        hurry(request)
        if request.query:
            models = Models(self.embedder, self.scorer)
            rated = relevance(units, shown, request.query, request.titles, models)
            scores = []
        else:
            scores = self.scorer.score(units.texts)
            rated = salience(units, shown, scores)
        hurry(request)
        return _Rated(rated, Nearness(shown), scores)


@dataclass(frozen=True)
class Shipped:
    """`Embedded` with the models of the package, loaded when a text is first shortened.

    It keeps whole units: what a build leaves out is left out for good, and people read it.
    """

    def keep(self, texts: Sequence[str], request: Request) -> list[tuple[Span, ...]]:
        """For each text the spans to keep, in order; together they stay within the request."""
        return Embedded(embedder(), scorer(), fine=False).keep(texts, request)

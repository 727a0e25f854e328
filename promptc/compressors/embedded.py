"""The default compressor: small models that come with the package, on the CPU."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from promptc.analysis.language import is_english
from promptc.models import scorer, word_vectors
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


TYPICAL = 8.0
"""Bits per token that other scorers' ratings are brought to, whatever their scale: what English
comes to with the scorer in the package, for which the constants of `selection.runs` were set."""
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

    *scorer* rates the tokens. Where it is a model, *words* is the scorer in the package, which
    knows how rare the words of a question are. *fine* says whether units are shortened from the
    inside; ``None``: below a rate of 0.6 where the scorer is a model, or there is no question and
    the text is English; and where whole units leave more than half of the budget unused.
    """

    embedder: Embedder
    scorer: Scorer
    fine: bool | None = None
    words: Scorer | None = None

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
        if self.fine is not None:
            return self.fine
        fits = self.words is not None or (not request.query and _is_known(texts))
        return fits and request.tokens < FINE_BELOW * total

    def _shortened(
        self, units: Pool, rated: _Rated, request: Request
    ) -> list[tuple[Span, ...]] | None:
        """Choose more units than fit, then what stays of each; ``None`` where too few are cut."""
        scores = rated.scores or self._scores(units, request)
        hurry(request)
        # Whoever names a model wants it to choose: every unit may be cut then.
        best = 0 if self.words else int(request.tokens * _intact(request.tokens))
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
            models = Models(self.embedder, self.words or self.scorer)
            rated = relevance(units, shown, request.query, request.titles, models)
            scores = []
        else:
            scores = self._scores(units, request)
            rated = salience(units, shown, scores)
        hurry(request)
        return _Rated(rated, Nearness(shown), scores)

    def _scores(self, units: Pool, request: Request) -> list[Scores]:
        wait = partial(hurry, request)
        if self.words is None:
            return self.scorer.score(units.texts, hurry=wait)
        found = self.scorer.score(units.texts, request.query, wait)
        return _brought(found, float(units.cost.sum()) * TYPICAL)


def _brought(found: Sequence[Scores], total: float) -> list[Scores]:
    """Scale what a model said so that all of it comes to *total*; what is below 0 counts as 0.

    It is rounded first, since its last digits depend on what else was in a pass.
    """
    import numpy as np

    bits = [np.maximum(np.round(each.bits.astype(np.float64), 3), 0) for each in found]
    whole = sum(float(each.sum()) for each in bits)
    scale = total / whole if whole else 1.0
    return [
        Scores(each.spans, (own * scale).astype(np.float32))
        for each, own in zip(found, bits, strict=True)
    ]


@dataclass(frozen=True)
class Shipped:
    """`Embedded` with the models of the package, loaded when a text is first shortened.

    It keeps whole units: what a build leaves out is left out for good, and people read it.
    """

    def keep(self, texts: Sequence[str], request: Request) -> list[tuple[Span, ...]]:
        """For each text the spans to keep, in order; together they stay within the request."""
        return Embedded(word_vectors(), scorer(), fine=False).keep(texts, request)

"""Surprisal given what was left of the text before: LLMLingua's way, each token by its own."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from promptc.errors import ConfigError
from promptc.extras import need
from promptc.scorers.causal import OPTIONS, Causal
from promptc.scorers.joining import How, Rated
from promptc.scorers.loading import Loaded, load, place
from promptc.scorers.named import Named
from promptc.scorers.reading import Plan, Row

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

OWN = ("keep", "segment")
SEGMENT, KEEP = 200, 0.5


class Iterative:
    """Rates *segment* tokens at a time, given the share *keep* that stays of those before.

    What stays of a segment are the tokens of most bits, ties by position, whatever its length
    (LLMLingua, arXiv:2310.05736, algorithm 2). Every token is read at most twice: to rate it, and
    again in what is left. A text is read alone, so this is slower than `Causal`.
    """

    asks = False
    parallel = 1
    how: How = "sum"

    def __init__(self, loaded: Loaded, named: Named) -> None:
        named.refuse_others((*OPTIONS, *OWN))
        mine = {name: value for name, value in named.options.items() if name in OPTIONS}
        self.causal = Causal(loaded, named._replace(options=mine))
        self.config = loaded.model.config
        self.slides = any(need("transformers", "gpu").DynamicCache(config=self.config).is_sliding)
        self.name = f"{self.causal.name}, iterative"
        self.segment = named.option("segment", SEGMENT, least=1)
        self.keep = named.option("keep", KEEP, least=0)
        if self.keep > 1 or self.segment * 2 > self.causal.window:
            raise ConfigError(
                f"scorer {named.title!r}: keep is at most 1, and segment at most half of the "
                f"window of {self.causal.window} tokens"
            )
        self.budget, self.alike = 1, 1.0
        self.version = f"{self.causal.version} {self.segment} {self.keep}"

    def plan(self, text: str, query: str) -> Plan:
        """Take *text* as one row."""
        import numpy as np

        plan = self.causal.plan(text, "")
        if not plan.rows:
            return plan
        first, *rest = (row.ids[row.skip :] for row in plan.rows)
        ids = np.concatenate([first, *rest])
        return plan._replace(rows=(Row(len(ids), None, ids),))

    def read(self, rows: Sequence[Row]) -> list[NDArray[np.float32]]:
        """The surprisal of each token of each row, one after the other."""
        torch = need("torch", "gpu")
        with torch.inference_mode():
            return [_Reading(self).run(row.ids) for row in rows]

    def rated(self, plan: Plan, values: Sequence[NDArray[np.float32]]) -> Rated:
        """The bits of each token."""
        return self.causal.rated(plan, values)


class _Reading:
    """One text as it is read. The first *known* tokens of what is *left* are in the cache."""

    def __init__(self, owner: Iterative) -> None:
        self._owner, self._causal = owner, owner.causal
        self._forget(list(self._causal.begin))

    def _forget(self, left: list[int]) -> None:
        """Begin a cache anew, with *left* to be read."""
        transformers = need("transformers", "gpu")
        self._cache = transformers.DynamicCache(config=self._owner.config)
        self._left, self._known = left, 0

    def run(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """The bits of *ids*, segment by segment."""
        import numpy as np

        found = list[Any]()
        for start in range(0, len(ids), self._owner.segment):
            part = ids[start : start + self._owner.segment]
            if len(self._left) + len(part) > self._causal.window:
                # The oldest goes, and what stays is read anew.
                most = self._causal.window // 2
                self._forget([*self._causal.begin, *self._left[-most:]])
            bits = self._rate(part)
            stays = math.ceil(len(part) * self._owner.keep)
            self._left += part[np.sort(np.argsort(-bits, kind="stable")[:stays])].tolist()
            found.append(bits)
        return np.concatenate(found)

    def _rate(self, part: NDArray[np.int64]) -> NDArray[np.float32]:
        """The bits of *part* after what is left; of it nothing remains in the cache."""
        import numpy as np

        torch = need("torch", "gpu")
        # The last token is read again: what is said after it was not kept.
        known = min(self._known, max(len(self._left) - 1, 0))
        if self._owner.slides:
            self._forget(self._left)
            known = 0
        elif known < self._known:
            self._cache.crop(known - self._known)
        ids = torch.tensor(
            [[*self._left[known:], *part.tolist()]], device=self._causal.place.device
        )
        states = self._causal.forward(self._cache, input_ids=ids)[0]
        # Without a mark of a beginning nothing stands before the very first token.
        first = 0 if self._left else 1
        bits = self._causal.bits(states[-len(part) - 1 + first : -1], ids[0, -len(part) + first :])
        if not self._owner.slides:
            self._cache.crop(-len(part))
        self._known = len(self._left)
        alone = np.full(first, np.log2(self._causal.vocabulary), np.float32)
        return np.concatenate([alone, bits.cpu().numpy()])


def make(named: Named, device: str | None, dtype: str | None) -> Causal | Iterative:
    """Load the causal model that *named* names, to be read in one of the two ways."""
    packs, where = named.option("pack", True), place(device, dtype)
    loaded = load("AutoModelForCausalLM", named.model, where, packs=packs)
    kind = Iterative if named.option("iterative", False) else Causal
    return kind(loaded, named)

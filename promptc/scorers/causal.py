"""Surprisal by a causal language model: each token by its own probability."""

from __future__ import annotations

import copy
import inspect
import math
from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from promptc.errors import ModelError
from promptc.extras import need
from promptc.scorers.encoding import Encoding
from promptc.scorers.head import TILE, split
from promptc.scorers.joining import How, Rated
from promptc.scorers.loading import Loaded
from promptc.scorers.named import Named
from promptc.scorers.reading import Plan, Row
from promptc.scorers.windows import strides

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

OPTIONS = ("iterative", "window", "stride", "contrast", "batch", "pack")
WINDOW, OVERLAP = 2048, 8
"""Tokens read at once, if the model can, and the share of them that is read again as context."""
BATCH = {"cpu": 2048, "mps": 8192, "cuda": 32768}
ALIKE = {"cpu": 0.9, "mps": 0.75, "cuda": 0.75}
"""How long a row is beside the longest of a pass: on a CPU padding costs more than a pass."""
_PREFIXES = 4


class Causal:
    """Rates tokens by -log2 p of each, given the tokens before it in its text.

    The first token is given the model's mark of a beginning; without one, the vocabulary is as
    likely as not. A text longer than *window* is read in windows, *stride* tokens apart. With a
    question a token counts for its surprisal and, *contrast* times, for what the question takes
    away from it (LongLLMLingua, arXiv:2310.06839, equation 3).
    """

    asks = True
    parallel = 1
    how: How = "sum"

    def __init__(self, loaded: Loaded, named: Named) -> None:
        named.refuse_others(OPTIONS)
        self._model, self.place = loaded.model, loaded.place
        self.name = f"{named.title} ({loaded.where})"
        self._encoding = Encoding(loaded.tokenizer, named.model)
        self.begin = beginning(loaded.tokenizer)
        self._split = split(loaded.model)
        if self._split is not None and loaded.packing.packed:
            self._split = self._split[0], self._split[1].pack()
        taken = inspect.signature(loaded.model.forward).parameters
        self._cache_name = "cache" if "cache" in taken else "past_key_values"
        config = loaded.model.config.get_text_config()
        self.vocabulary = int(config.vocab_size)
        most = getattr(config, "max_position_embeddings", None) or WINDOW
        self.window = min(named.option("window", WINDOW, least=16), most) - len(self.begin)
        self.stride = named.option("stride", self.window - self.window // OVERLAP, least=1)
        if self.stride > self.window:
            raise ModelError(f"{named.title}: stride={self.stride} is more than the window")
        self.contrast = named.option("contrast", 1.0, least=0)
        self.budget = named.option("batch", BATCH[loaded.place.kind], least=1)
        self.alike = ALIKE[loaded.place.kind]
        if self._split is None:
            # Logits of every token are made then.
            self.budget = min(self.budget, max(TILE // self.vocabulary, 1))
        self.version = f"{loaded.version} {self.window} {self.stride} {self.contrast}"
        self.prefixes_read = 0
        self._prefixes: OrderedDict[tuple[int, ...], Any] = OrderedDict()

    def plan(self, text: str, query: str) -> Plan:
        """Cut *text* into windows; with *query* each is read once more, after it."""
        ids, offsets = self._encoding.encode(text)
        rows = [] if not len(ids) else list(self._rows(ids, ()))
        prefix = self._asked(query) if query else ()
        if prefix and rows:
            rows = [*self._rows(ids, (), len(prefix)), *self._rows(ids, prefix, len(prefix))]
        return Plan(text, tuple(rows), offsets)

    def _asked(self, query: str) -> tuple[int, ...]:
        """What is read before a text that is asked *query*: at most half of a window."""
        asked, _ = self._encoding.encode(f"{query}\n")
        return (*self.begin, *asked[-(self.window // 2) :].tolist())

    def _rows(
        self, ids: NDArray[np.int64], prefix: tuple[int, ...], less: int = 0
    ) -> Sequence[Row]:
        import numpy as np

        window = max(self.window - less, 2)
        stride = max(min(self.stride * window // self.window, window), 1)
        begin = np.array(() if prefix else self.begin, np.int64)
        found = list[Row]()
        for start, fresh, stop in strides(len(ids), window, stride):
            own = np.concatenate([begin, ids[start:stop]])
            found.append(Row(len(own), prefix, own, len(begin) + fresh - start))
        return found

    def read(self, rows: Sequence[Row]) -> list[NDArray[np.float32]]:
        """The surprisal in bits of the tokens of each row that are not context."""
        torch, prefix = need("torch", "gpu"), rows[0].group
        longest = max(len(row.ids) for row in rows)
        ids = torch.zeros((len(rows), longest), dtype=torch.long)
        for at, row in enumerate(rows):
            ids[at, : len(row.ids)] = torch.from_numpy(row.ids)
        with torch.inference_mode():
            bits = self._bits(ids.to(self.place.device), rows, prefix)
            values = bits.cpu().numpy()
        return self._parted(values, rows)

    def _bits(self, ids: Any, rows: Sequence[Row], prefix: Any) -> Any:
        """The bits of all tokens that are rated, row by row, where something stands before."""
        torch = need("torch", "gpu")
        places = torch.zeros(ids.shape, dtype=torch.bool)
        for at, row in enumerate(rows):
            places[at, max(row.skip, 0 if prefix else 1) : len(row.ids)] = True
        before = places.roll(-1, 1) if not prefix else places
        places, before = places.to(ids.device), before.to(ids.device)
        known: Any = self._prefix(prefix) if prefix else None
        hidden = self._hidden(ids, known)
        if prefix:
            # Row t is read from what the model says at t - 1; at 0 that is the prefix's end.
            last = known[1].expand(len(rows), -1, -1)
            hidden = torch.cat([last, hidden[:, :-1]], 1)
        return self.bits(hidden[before], ids[places])

    def bits(self, states: Any, targets: Any) -> Any:
        """The bits of *targets*, (n,), each given what `forward` said before it: (n, …)."""
        if self._split is not None:
            return self._split[1].bits(states, targets)
        torch = need("torch", "gpu")
        nats = torch.nn.functional.cross_entropy(states.float(), targets, reduction="none")
        return nats / math.log(2)

    def _hidden(self, ids: Any, known: Any | None) -> Any:
        """What `forward` says after what is *known*."""
        if known is None:
            return self.forward(input_ids=ids)
        cache = copy.deepcopy(known[0])
        cache.batch_repeat_interleave(len(ids))
        return self.forward(cache, input_ids=ids)

    def forward(self, cache: Any | None = None, **given: Any) -> Any:
        """Hidden states of the last layer, or logits where those have a way of their own.

        What a *cache* holds stands before, and what is read is added to it.
        """
        given["use_cache"] = cache is not None
        if cache is not None:
            given[self._cache_name] = cache
        if self._split is not None:
            return self._split[0](**given).last_hidden_state
        return self._model(**given).logits

    def _prefix(self, prefix: tuple[int, ...]) -> Any:
        """The keys and values of *prefix*, and what the model says at its end; read once."""
        torch, transformers = need("torch", "gpu"), need("transformers", "gpu")
        if prefix not in self._prefixes:
            self.prefixes_read += 1
            cache = transformers.DynamicCache(config=self._model.config)
            ids = torch.tensor([prefix], device=self.place.device)
            hidden = self.forward(cache, input_ids=ids)
            self._prefixes[prefix] = (cache, hidden[:, -1:])
        self._prefixes.move_to_end(prefix)
        while len(self._prefixes) > _PREFIXES:
            self._prefixes.popitem(last=False)
        return self._prefixes[prefix]

    def _parted(
        self, values: NDArray[np.float32], rows: Sequence[Row]
    ) -> list[NDArray[np.float32]]:
        """Part *values* by row; a first token with nothing before it is any of the vocabulary."""
        import numpy as np

        found, at = list[Any](), 0
        for row in rows:
            first = row.skip == 0 and not row.group
            size = len(row.ids) - row.skip - first
            own = values[at : at + size]
            alone = np.full(1, np.log2(self.vocabulary), np.float32)
            found.append(np.concatenate([alone, own]) if first else own)
            at += size
        return found

    def rated(self, plan: Plan, values: Sequence[NDArray[np.float32]]) -> Rated:
        """The bits of each token; with a question, more where it explains the token."""
        import numpy as np

        if not plan.rows:
            return Rated(plan.text, plan.offsets, np.zeros(0, np.float32))
        asked = [at for at, row in enumerate(plan.rows) if row.group]
        bits = np.concatenate(values[: len(values) - len(asked)])
        if asked:
            bits = bits + self.contrast * (bits - np.concatenate([values[at] for at in asked]))
        return Rated(plan.text, plan.offsets, bits)


def beginning(tokenizer: Any) -> tuple[int, ...]:
    """The mark that a text begins with, or the one that ends the text before."""
    for each in (tokenizer.bos_token_id, tokenizer.eos_token_id):
        if each is not None:
            return (int(each),)
    return ()

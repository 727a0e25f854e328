"""The package llmlingua itself: its model, its way of feeding it, each token by its own number."""

from __future__ import annotations

import random
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from promptc.errors import ConfigError, ModelError
from promptc.extras import need
from promptc.scorers.causal import beginning
from promptc.scorers.encoding import Encoding
from promptc.scorers.joining import How, Rated
from promptc.scorers.loading import default_device, fingerprint
from promptc.scorers.named import Named
from promptc.scorers.reading import Plan, Row
from promptc.scorers.windows import sentences, strides
from promptc.tokens.encodings import load_encoding

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

EXTRA = "llmlingua"
OPTIONS = ("v2",)
_KNOWN = ("xlm-roberta-large", "bert-base-multilingual-cased")


class Lingua:
    """Rates tokens by what `PromptCompressor` 0.2.2 says of them.

    Its perplexity mode gives the loss of each token, which it then lays at the token before; here
    it stays where it belongs. Its own loop over segments is not used: from the second segment on
    it unpacks caches as they were in transformers 4. With ``v2=true`` it is LLMLingua-2: padded to
    512, with the marks that it feeds.
    """

    asks = False
    parallel = 1
    budget, alike = 1 << 14, 0.75

    def __init__(self, made: Any, named: Named) -> None:
        self._made, self._v2 = made, named.option("v2", False)
        self.name = f"{named.title} ({made.device}), llmlingua 0.2.2"
        self.version = f"{self.name} {fingerprint(made.model)}"
        self.how: How = "mean" if self._v2 else "sum"
        self._encoding = Encoding(made.tokenizer, named.model)
        self._begin = () if self._v2 else beginning(made.tokenizer)
        # Two places are left for the marks around a part.
        self._window = int(made.max_seq_len) if self._v2 else int(made.max_position_embeddings)
        self._window -= 2

    def plan(self, text: str, query: str) -> Plan:
        """Cut *text* into as much as the model can read."""
        import numpy as np

        ids, offsets = self._encoding.encode(text)
        nowhere = np.zeros(len(ids), np.bool_)
        cut = (
            sentences(nowhere, nowhere, self._window)
            if self._v2
            else strides(len(ids), self._window, self._window - self._window // 8)
        )
        rows = [
            Row(stop - start + 2, None, ids[start:stop], fresh - start)
            for start, fresh, stop in cut
        ]
        return Plan(text, tuple(rows), offsets)

    def read(self, rows: Sequence[Row]) -> list[NDArray[np.float32]]:
        """What the package says of each row."""
        return [self._keeps(row) if self._v2 else self._loss(row) for row in rows]

    def _loss(self, row: Row) -> NDArray[np.float32]:
        """Its loss of each token, in bits; the first has none where nothing stands before it."""
        import numpy as np

        torch = need("torch", EXTRA)
        ids = torch.tensor([[*self._begin, *row.ids.tolist()]], device=self._made.device)
        with warnings.catch_warnings():
            # It hands its caches over by the name that they had.
            warnings.simplefilter("ignore", FutureWarning)
            told = self._made.get_ppl(
                "", "token", input_ids=ids, attention_mask=torch.ones_like(ids)
            )
        bits = told.float().cpu().numpy() / np.log(2, dtype=np.float32)
        if not self._begin:
            alone = np.log2(np.float32(self._made.model.config.vocab_size))
            bits = np.concatenate([[alone], bits])
        return np.asarray(bits[row.skip :], np.float32)

    def _keeps(self, row: Row) -> NDArray[np.float32]:
        """The probability that its second version keeps each token."""
        import numpy as np

        torch = need("torch", EXTRA)
        tokens = [self._encoding.token(each) for each in row.ids.tolist()]
        fed = need("llmlingua.utils", EXTRA).TokenClfDataset(
            [tokens], tokenizer=_Fed(self._made.tokenizer), max_len=self._window + 2
        )[0]
        ids, mask = (fed[each][None].to(self._made.device) for each in ("ids", "mask"))
        with torch.no_grad():
            logits = self._made.model(input_ids=ids, attention_mask=mask == 1).logits
        told = logits.float().softmax(-1)[0, 1 : len(tokens) + 1, 1].cpu().numpy()
        return np.asarray(told, np.float32)

    def rated(self, plan: Plan, values: Sequence[NDArray[np.float32]]) -> Rated:
        """Bits, or with ``v2`` the probability, of each token."""
        import numpy as np

        flat = np.concatenate(values) if values else np.zeros(0, np.float32)
        return Rated(plan.text, plan.offsets, flat)


class _Fed:
    """Gives the package tokens that were cut already, so that it sees what the offsets are of."""

    def __init__(self, own: Any) -> None:
        self._own = own

    def tokenize(self, tokens: list[str]) -> list[str]:
        return tokens

    def convert_tokens_to_ids(self, tokens: list[str]) -> Any:
        return self._own.convert_tokens_to_ids(tokens)


def make(named: Named, device: str | None, dtype: str | None) -> Lingua:
    """Let the package load the model that *named* names, its side effects held back."""
    named.refuse_others(OPTIONS)
    v2 = named.option("v2", False)
    if v2 and not any(each in named.model for each in _KNOWN):
        raise ConfigError(
            f"scorer {named.title!r}: llmlingua 0.2.2 tells models by their names; {_KNOWN[0]!r} "
            f"or {_KNOWN[1]!r} must stand in it. Use 'classifier:{named.model}'"
        )
    torch, package = need("torch", EXTRA), need("llmlingua", EXTRA)
    settings: dict[str, Any] = {"trust_remote_code": False}
    if dtype is not None:
        settings["torch_dtype"] = getattr(torch, dtype)
    where = device or default_device(torch)
    try:
        with _undisturbed(torch):
            made = package.PromptCompressor(
                named.model, device_map=where, model_config=settings, use_llmlingua2=v2
            )
    except (OSError, ValueError) as error:
        raise ModelError(f"{named.model}: {str(error).strip().splitlines()[0]}") from error
    return Lingua(made, named)


@contextmanager
def _undisturbed(torch: Any) -> Iterator[None]:
    """Undo what its constructor does to everyone: it seeds all generators and sets flags of cuDNN.

    It also asks the network for an encoding that the package has inside.
    """
    import numpy as np
    from tiktoken import registry

    registry.ENCODINGS.setdefault("cl100k_base", load_encoding("cl100k_base"))
    flags = torch.backends.cudnn
    before = random.getstate(), np.random.get_state(), flags.deterministic, flags.benchmark
    with torch.random.fork_rng(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        finally:
            random.setstate(before[0])
            np.random.set_state(before[1])
            flags.deterministic, flags.benchmark = before[2:]

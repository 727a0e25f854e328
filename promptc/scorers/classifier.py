"""How sure a token classifier is that a token should stay, as LLMLingua-2 was trained to tell."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from promptc.errors import ConfigError, ModelError
from promptc.extras import need
from promptc.scorers.encoding import Encoding
from promptc.scorers.joining import How, Rated
from promptc.scorers.loading import Loaded, load, place
from promptc.scorers.named import Named
from promptc.scorers.reading import Plan, Row
from promptc.scorers.windows import sentences

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

OPTIONS = ("window", "label", "compat", "batch", "pack")
COMPAT = ("trained", "llmlingua-0.2.2")
WINDOW = 512
BATCH = {"cpu": 1024, "mps": 8192, "cuda": 65536}
ALIKE = {"cpu": 0.9, "mps": 0.75, "cuda": 0.75}
_END = re.compile(r"[.!?。！？…][\"'”’)\]]*$|\n$")


class Classifier:
    """Rates tokens by the probability of *label*: of the two of LLMLingua-2, 1 is to stay.

    A text longer than *window* is read in parts that end with a sentence or a line. What stands
    around each part are the marks that the model was trained with; ``compat="llmlingua-0.2.2"``
    puts there what that version of the package does, which to XLM-RoBERTa are two unknown words,
    and fills each part up to the window.
    """

    asks = False
    parallel = 1
    how: How = "mean"

    def __init__(self, loaded: Loaded, named: Named) -> None:
        named.refuse_others(OPTIONS)
        self._model, self.place = loaded.model, loaded.place
        self.name = f"{named.title} ({loaded.where})"
        self._encoding = Encoding(loaded.tokenizer, named.model)
        config = loaded.model.config
        self._label = _label(named, config)
        self._old = named.choice("compat", COMPAT) == COMPAT[1]
        if self._old:
            self.name = f"{self.name}, as llmlingua 0.2.2"
        self.opens, self.closes, self.pads = self._marks(loaded.tokenizer, named)
        most = min(WINDOW, _positions(config))
        self.window = min(named.option("window", most, least=16), most)
        self.budget = named.option("batch", BATCH[loaded.place.kind], least=1)
        self.alike = ALIKE[loaded.place.kind]
        self.version = f"{loaded.version} {self.window} {self._label} {self._old}"

    def _marks(self, tokenizer: Any, named: Named) -> tuple[int, int, int]:
        """What a part begins and ends with, and what pads it."""
        if self._old:
            unknown = tokenizer.unk_token_id
            found = [self._encoding.id(mark) for mark in ("[CLS]", "[SEP]", "[PAD]")]
            opens, closes, pads = (unknown if each is None else each for each in found)
        else:
            opens, closes, pads = (
                tokenizer.cls_token_id, tokenizer.sep_token_id, tokenizer.pad_token_id,
            )  # fmt: skip
        if opens is None or closes is None:
            raise ModelError(f"{named.title}: its tokenizer has no marks for beginning and end")
        return int(opens), int(closes), int(pads or 0)

    def plan(self, text: str, query: str) -> Plan:
        """Cut *text* into parts that end with a sentence where they can."""
        import numpy as np

        ids, offsets = self._encoding.encode(text)
        ends = words = np.zeros(len(ids), np.bool_)
        if len(ids) > self.window - 2:
            ends, words = _edges(text, offsets)
        rows = []
        for start, _, stop in sentences(ends, words, self.window - 2):
            own = np.concatenate([[self.opens], ids[start:stop], [self.closes]])
            rows.append(Row(self.window if self._old else len(own), None, own))
        return Plan(text, tuple(rows), offsets)

    def read(self, rows: Sequence[Row]) -> list[NDArray[np.float32]]:
        """The probability that each token of each row stays, its marks left out."""
        torch = need("torch", "gpu")
        longest = self.window if self._old else max(len(row.ids) for row in rows)
        ids = torch.full((len(rows), longest), self.pads, dtype=torch.long)
        mask = torch.zeros(ids.shape, dtype=torch.long)
        for at, row in enumerate(rows):
            ids[at, : len(row.ids)] = torch.from_numpy(row.ids)
            mask[at, : len(row.ids)] = 1
        where = self.place.device
        with torch.inference_mode():
            # Without padding there is nothing to mask, and attention is faster.
            some = None if bool(mask.all()) else mask.to(where)
            logits = self._model(input_ids=ids.to(where), attention_mask=some).logits
            values = logits.float().softmax(-1)[..., self._label].cpu().numpy()
        return [each[1 : len(row.ids) - 1] for each, row in zip(values, rows, strict=True)]

    def rated(self, plan: Plan, values: Sequence[NDArray[np.float32]]) -> Rated:
        """The probability of each token, between 0 and 1."""
        import numpy as np

        flat = np.concatenate(values) if values else np.zeros(0, np.float32)
        return Rated(plan.text, plan.offsets, flat)


def _label(named: Named, config: Any) -> int:
    """The number of the label that means that a token stays."""
    label, count = named.option("label", 1, least=0), int(config.num_labels)
    if label >= count:
        raise ConfigError(
            f"scorer {named.title!r}: label={label}, and the model has {count} labels: "
            f"{', '.join(f'{n} is {each}' for n, each in sorted(config.id2label.items())[:9])}"
        )
    return label


def _positions(config: Any) -> int:
    """How many tokens the model has places for; RoBERTa begins to count after its padding."""
    most = int(getattr(config, "max_position_embeddings", WINDOW) or WINDOW)
    late = "roberta" in config.model_type or config.model_type == "camembert"
    return most - int(config.pad_token_id or 0) - 1 if late else most


def _edges(text: str, offsets: NDArray[np.int64]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which tokens end a sentence or a line, and which begin a word."""
    import numpy as np

    starts, stops = offsets[:, 0].tolist(), offsets[:, 1].tolist()
    after = [*starts[1:], len(text)]
    ends = [
        bool(_END.search(text[start:stop])) or "\n" in text[stop:then]
        for start, stop, then in zip(starts, stops, after, strict=True)
    ]
    before = [0, *stops[:-1]]
    words = [
        start > stop or text[start : start + 1].isspace()
        for stop, start in zip(before, starts, strict=True)
    ]
    return np.array(ends, np.bool_), np.array(words, np.bool_)


def make(named: Named, device: str | None, dtype: str | None) -> Classifier:
    """Load the model that *named* names."""
    packs, where = named.option("pack", True), place(device, dtype)
    loaded = load("AutoModelForTokenClassification", named.model, where, packs=packs)
    return Classifier(loaded, named)

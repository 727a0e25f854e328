"""promptc's scorers and the plain forward pass of the same model, in one process.

``python -m benchmarks.scoring.own MODEL DEVICE DTYPE THREADS``: reads a JSON list of texts from
standard input, and prints for each what the pass, the scorer and `compress` took.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from promptc import Budget, Options, compress
from promptc.compressing import memory
from promptc.extras import need
from promptc.protocols import Scorer
from promptc.scorers import packing, scorer
from promptc.scorers.joining import joined
from promptc.scorers.reading import Row
from promptc.scorers.shared import Shared

HALF = Budget(rate=0.5)
Took = tuple[float, float]


def main() -> None:
    """Load, warm up, measure."""
    model, device, dtype, threads = sys.argv[1:]
    need("torch", "gpu").set_num_threads(int(threads))
    kind = "classifier" if "bert" in model else "causal"
    made = scorer(f"{kind}:{model}", device, dtype)
    # As transformers loads it: nothing packed.
    naive = scorer(f"{kind}:{model},pack=false", device, dtype)
    assert isinstance(made, Shared) and isinstance(naive, Shared)
    texts = json.load(sys.stdin)
    _plain(naive, [texts[0][:2000]])
    _compress(made, texts[0][:2000])
    # What is loaded at the first use is no part of a call.
    compress(texts[0], budget=HALF, options=Options(fine=True))
    found: dict[str, Any] = {"tokens": [_tokens(made, text) for text in texts]}
    ways: dict[str, Callable[[str], object]] = {
        "plain": lambda text: _plain(naive, [text]),
        "score": lambda text: made.score([text]),
        "compress": lambda text: _compress(made, text),
    }
    found |= {way: [] for way in ways}
    for text in texts:
        for way, call in ways.items():
            found[way].append(_took(made, partial(call, text)))
    if len(texts) > 1:
        found["together"] = [_took(made, lambda: made.score(texts))]
        if device != "cpu":
            found["threads"] = [_took(made, partial(_threads, made, texts, n)) for n in (1, 8)]
    found["parameters"] = _parameters(naive)
    if device == "cpu":
        found["plain_product_gflops"], found["product_gflops"] = _products(dtype)
    found["encode_ms"], found["post_ms"], found["post_each_ms"] = _own(made, texts)
    print(json.dumps(found))


def _took(made: Shared, call: Callable[[], object]) -> Took:
    """Seconds of CPU and on the clock; nothing is remembered from before."""
    made._known.clear()
    made._tokens = 0
    memory.forget()
    cpu, wall = time.process_time(), time.perf_counter()
    call()
    _wait(made)
    return time.process_time() - cpu, time.perf_counter() - wall


def _wait(made: Shared) -> None:
    if made.reader.place.device.startswith("cuda"):  # type: ignore[attr-defined]
        need("torch", "gpu").cuda.synchronize()


def _threads(made: Scorer, texts: Sequence[str], count: int) -> None:
    """Score each text by a call of its own, the calls from so many threads."""
    with ThreadPoolExecutor(count) as pool:
        list(pool.map(lambda text: made.score([text]), texts))


def _parameters(made: Shared) -> int:
    """Numbers that each token is multiplied with: all but a table that is only looked up."""
    model: Any = made.reader._model  # type: ignore[attr-defined]
    looked_up, head = model.get_input_embeddings(), model.get_output_embeddings()
    tied = head is not None and head.weight is looked_up.weight
    total = sum(each.numel() for each in model.parameters())
    return int(total - (0 if tied else looked_up.weight.numel()))


def _products(dtype: str) -> tuple[float, float]:
    """1e9 operations a second of one product, of a size that BERT base has, plain and packed."""
    torch = need("torch", "gpu")
    rows, wide, narrow, kind = 512, 3072, 768, getattr(torch, dtype)
    given, weight = torch.randn(rows, narrow).to(kind), torch.randn(wide, narrow).to(kind)
    packed = packing.packed(weight)
    ways = (
        lambda: torch.nn.functional.linear(given, weight),
        lambda: packing.product(given, packed, None),
    )
    with torch.inference_mode():
        plain, own = (
            2e-9 * rows * wide * narrow / min(_cpu(way) for _ in range(20)) for way in ways
        )
    return plain, own


def _compress(made: Scorer, text: str) -> None:
    compress(text, budget=HALF, options=Options(scorer=made, fine=True))


def _tokens(made: Shared, text: str) -> int:
    return len(made.reader.plan(text, "").offsets)


def _plain(made: Shared, texts: Sequence[str]) -> None:
    """The model's own forward pass over the same tokens, in parts as long as it can read."""
    torch, reader = need("torch", "gpu"), made.reader
    model: Any = reader._model  # type: ignore[attr-defined]
    most = min(model.config.max_position_embeddings, 2048)
    with torch.inference_mode():
        for text in texts:
            ids, _ = reader._encoding.encode(text)  # type: ignore[attr-defined]
            for part in torch.from_numpy(ids).split(most):
                model(input_ids=part[None].to(model.device)).logits.float()


def _own(made: Shared, texts: Sequence[str]) -> tuple[float, float, float]:
    """Milliseconds per 1,000 tokens before the model, after it, and after it one text at a time.

    The best of nine.
    """
    reader = made.reader
    plans = [reader.plan(text, "") for text in texts]
    values = [[_ones(made, row) for row in plan.rows] for plan in plans]
    tokens = sum(len(plan.offsets) for plan in plans)

    def after(some: slice) -> None:
        rated = map(reader.rated, plans[some], values[some])
        joined(list(rated), reader.how)

    def each() -> None:
        for at in range(len(plans)):
            after(slice(at, at + 1))

    ways = (lambda: [reader.plan(text, "") for text in texts], lambda: after(slice(None)), each)
    before, together, alone = (1e6 * min(_cpu(way) for _ in range(9)) / tokens for way in ways)
    return before, together, alone


def _ones(made: Shared, row: Row) -> NDArray[np.float32]:
    marks = 2 if "classifier" in made.name else 0
    return np.ones(len(row.ids) - row.skip - marks, np.float32)


def _cpu(call: Callable[[], object]) -> float:
    began = time.process_time()
    call()
    return time.process_time() - began


if __name__ == "__main__":
    main()

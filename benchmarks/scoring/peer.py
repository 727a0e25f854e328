"""The package llmlingua on one text, in an environment of its own; it knows nothing of promptc.

``python peer.py MODEL DEVICE THREADS``: reads a JSON list of texts from standard input, compresses
each, and prints the seconds of CPU and on the clock that each took.
"""

from __future__ import annotations

import importlib
import json
import sys
import time


def main() -> None:
    """Load, warm up, measure."""
    model, device, threads = sys.argv[1:]
    torch = importlib.import_module("torch")
    torch.set_num_threads(int(threads))
    # It asks the network for a tokenizer that it only counts words with.
    tiktoken = importlib.import_module("tiktoken")
    setattr(tiktoken, "encoding_for_model", lambda _: _Words())  # noqa: B010
    package = importlib.import_module("llmlingua")
    classifies = "bert" in model
    made = package.PromptCompressor(model, device_map=device, use_llmlingua2=classifies)
    texts = json.load(sys.stdin)
    made.compress_prompt([texts[0][:2000]], rate=0.5)
    found = []
    for text in texts:
        cpu, wall = time.process_time(), time.perf_counter()
        made.compress_prompt([text], rate=0.5)
        found.append((time.process_time() - cpu, time.perf_counter() - wall))
    print(json.dumps(found))


class _Words:
    """Splits as cheaply as a tokenizer can."""

    def encode(self, text: str, **_: object) -> list[str]:
        return text.split() or [text]


if __name__ == "__main__":
    main()

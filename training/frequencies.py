"""Count words for the embedded scorer: python -m training.frequencies CORPUS [-o FILE].

*CORPUS* is a folder of ``train-*.jsonl.zst`` and ``valid.jsonl.zst``, one ``{"text": …}`` a line.
The counts come from the first; the weights of the mix are those that surprise least on the second.
Nothing is drawn at random: equal corpora give equal files.
"""

from __future__ import annotations

import argparse
import io
import json
import math
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import compress, product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from promptc.models.frequency import BITS_STEP, CAPITALS_STEP, FrequencyScorer
from promptc.models.packed import DATA, join_words, pack, unpack
from promptc.models.pieces import SIZE, cases, lower, pieces, spelling

WORDS = 50_000
WEIGHTS = (0.4, 0.5, 0.6, 0.7, 0.8)
DELAYS = (5, 20, 50, 100)
SMOOTHING = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("-o", "--output", type=Path, default=DATA / "frequencies.bin")
    given = parser.parse_args()
    facts, arrays = table(counted(sorted(given.corpus.glob("train-*.jsonl.zst"))))
    facts |= chosen(facts, arrays, list(documents(given.corpus / "valid.jsonl.zst")))
    given.output.write_bytes(pack(facts, arrays))
    print(f"{given.output}: {given.output.stat().st_size:,} bytes, {facts}")


def documents(path: Path) -> Iterator[str]:
    """The texts of one file."""
    import zstandard

    with path.open("rb") as raw:
        lines = io.TextIOWrapper(zstandard.ZstdDecompressor().stream_reader(raw), "utf-8")
        for line in lines:
            yield json.loads(line)["text"]


class Counts(NamedTuple):
    """How often each word stands; how often where a capital tells something; how often with one."""

    words: Counter[str]
    telling: Counter[str]
    capitals: Counter[str]


def counted(paths: list[Path]) -> Counts:
    """Count the words of all the files."""
    total = Counts(Counter(), Counter(), Counter())
    with ProcessPoolExecutor(2) as pool:
        for some in pool.map(_count, paths):
            for sum_, part in zip(total, some, strict=True):
                sum_.update(part)
    return total


def _count(path: Path) -> Counts:
    total = Counts(Counter(), Counter(), Counter())
    for text in documents(path):
        lowered = lower(text)
        found = pieces(lowered)
        capital, opens = cases(text, lowered, found)
        total.words.update(found.words)
        total.telling.update(compress(found.words, ~opens))
        total.capitals.update(compress(found.words, capital & ~opens))
    return total


def table(counts: Counts) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """The facts and arrays of the file, but for the weights of the mix."""
    # Equal counts in the order of the alphabet, so that the file is the same each time.
    ranked = sorted(counts.words, key=lambda word: (-counts.words[word], word))
    words, rest = sorted(ranked[:WORDS]), ranked[WORDS:]
    total = counts.words.total()
    unknown = sum(map(counts.words.__getitem__, rest))
    share = np.array([counts.words[word] / total for word in words])
    facts = {
        "name": "frequencies",
        "license": "Apache-2.0",
        "words_counted": total,
        "unknown_bits": round(-math.log2(unknown / total), 3),
        "unknown_capitals": round(float(_capitals(counts, rest).mean()), 3),
    }
    arrays = {
        "words": join_words(words),
        "bits": np.rint(-np.log2(share) * BITS_STEP).clip(0, 255).astype(np.uint8),
        "capitals": np.rint(_capitals(counts, words) * CAPITALS_STEP).clip(1, 254).astype(np.uint8),
        "spelling": _spelling(rest),
    }
    return facts, arrays


def _capitals(counts: Counts, words: list[str]) -> NDArray[np.float64]:
    """The share of *words* that stand with a capital where it tells something."""
    telling = np.array([counts.telling[word] for word in words])
    capital = np.array([counts.capitals[word] for word in words])
    share: NDArray[np.float64] = (capital + 0.1) / (telling + 1)
    return share


def _spelling(words: list[str]) -> NDArray[np.uint8]:
    """Bits of each letter after two others, in words that the table does not hold.

    Each word counts once. Three letters are smoothed by two, two by one, one by all being equal.
    """
    index, _, _ = spelling(words)
    threes = np.bincount(index, minlength=SIZE**3).reshape(SIZE, SIZE, SIZE).astype(float)
    guess = np.full(SIZE, 1 / SIZE)
    for counts in (threes.sum((0, 1)), threes.sum(0), threes):
        guess = (counts + SMOOTHING * guess) / (counts.sum(-1, keepdims=True) + SMOOTHING)
    bits: NDArray[np.float64] = np.rint(-np.log2(guess) * BITS_STEP)
    return bits.clip(0, 255).astype(np.uint8)


def chosen(
    facts: dict[str, Any], arrays: dict[str, NDArray[Any]], texts: list[str]
) -> dict[str, float]:
    """The weights of the mix that surprise least on *texts*; prints what each gives."""
    found = {}
    for weight, delay in [(0.0, 1), *product(WEIGHTS, DELAYS)]:
        mix = {"cache_weight": weight, "cache_delay": delay}
        scorer = FrequencyScorer(unpack(pack(facts | mix, arrays), "training"))
        bits = np.concatenate([scores.bits for scores in scorer.score(texts)])
        found[weight, delay] = float(bits.mean(dtype=np.float64))
        print(f"{mix}: {found[weight, delay]:.4f} bits a token", flush=True)
    weight, delay = min(found, key=found.__getitem__)
    return {"cache_weight": weight, "cache_delay": delay}


if __name__ == "__main__":
    main()

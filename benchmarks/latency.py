"""How long one call to ``compress`` takes, beside its peers, by the length of the text.

``python -m benchmarks.latency --data FOLDER``: p50 and p99 and tokens per second at 1k to 256k
tokens, every call with a text of its own. *one*: calls one after the other. *eight*: eight threads
that call without a pause; on fewer cores than threads a call waits its turn, so latency grows by
threads / cores at best. *paced*: calls that arrive at random, half as many as one thread could do,
on eight threads, as in a server. *eight, workers* and *paced, workers*: the same, in as many
processes as there are cores (`promptc.Workers`). The first call of a process, its import apart, is
under ``cold``; ``memory`` is the growth of the resident set over repeated calls.
"""

from __future__ import annotations

import argparse
import functools
import importlib.util
import itertools
import os
import random
import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.compressing.classifier import classifier
from benchmarks.compressing.peers import Llmtrim
from benchmarks.compressing.sets import Doc
from benchmarks.compressing.texts import distinct, paragraphs
from benchmarks.compressing.units import MODEL, count
from benchmarks.measure import run, save
from promptc import Budget, Workers, compress

SIZES = (1_000, 4_000, 16_000, 64_000, 256_000)
THREADS = 8
QUESTION = "What did the study find about the treatment of patients?"

#: Seconds to import, for the first call and for the second, in a process of its own.
COLD = """
import time
start = time.perf_counter()
from promptc.api import compress
from promptc.budget import Budget
imported = time.perf_counter()
compress("The first call loads all that it needs. " * 100, budget=Budget(rate=0.5), query="Who?")
first = time.perf_counter()
compress("The second has it at hand. " * 100, budget=Budget(rate=0.5), query="Who?")
print(imported - start, first - imported, time.perf_counter() - first)
"""

Call = Callable[[str], object]


@dataclass(frozen=True)
class Candidate:
    """What is measured: the longest text in tokens and the most calls that it can be asked for."""

    call: Call
    longest: int = SIZES[-1]
    most: int = 1_000_000
    threaded: bool = True
    pooled: Call | None = None


def main() -> None:
    """Measure, print and save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder of question sets")
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES)
    parser.add_argument("--calls", type=int, default=100, help="at 4k tokens; fewer where longer")
    parser.add_argument("--rate", type=float, default=0.5)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    pool = paragraphs(given.data)
    with Workers() as workers:
        found = candidates(given.rate, workers)
        # First, so that what a peer loads is not counted as promptc's.
        figures: dict[str, Any] = {"cold": cold(), "memory": memory(found["promptc"].call, pool)}
        figures["threads_by_cores"] = THREADS / (os.cpu_count() or 1)
        for name, candidate in found.items():
            figures[name] = sized(candidate, pool, given.sizes, given.calls)
            print(f"{name}: done", file=sys.stderr)
    save("latency", figures, given.out)


def candidates(rate: float, workers: Workers) -> dict[str, Candidate]:
    """List what can be called here."""
    budget = Budget(rate=rate)
    found = {
        name: Candidate(
            functools.partial(compress, budget=budget, query=query, model=MODEL),
            pooled=functools.partial(workers.compress, budget=budget, query=query, model=MODEL),
        )
        for name, query in (("promptc", ""), ("promptc, with a question", QUESTION))
    }
    if importlib.util.find_spec("llmtrim"):
        found["llmtrim"] = Candidate(lambda t: Llmtrim().run([Doc("", t)], QUESTION, 0))
    else:
        print("skipped llmtrim: not installed", file=sys.stderr)
    if importlib.util.find_spec("torch"):
        found["BERT base, random weights"] = Candidate(
            lambda t: _bert()(t), 4_000, 3, threaded=False
        )
    else:
        print("skipped BERT base: torch not installed", file=sys.stderr)
    return found


@functools.cache
def _bert() -> Call:
    return classifier(threads=1)


def sized(candidate: Candidate, pool: list[str], sizes: Sequence[int], many: int) -> dict[str, Any]:
    """Measure a candidate at each size, and how its time grows from each to the next."""
    rows = {}
    for size in (each for each in sizes if each <= candidate.longest):
        calls = min(many, candidate.most, max(5, many * 4_000 // size))
        rows[size] = _at(candidate, pool, size, calls)
    grows = {
        f"{small} to {big}": round(
            rows[big]["one"]["p50_ms"] / rows[small]["one"]["p50_ms"] / (big / small), 2
        )
        for small, big in itertools.pairwise(rows)
    }
    return {"by_tokens": rows, "time_by_length": grows}


def _at(candidate: Candidate, pool: list[str], size: int, many: int) -> dict[str, Any]:
    call, texts = candidate.call, distinct(pool, size)
    call(next(texts))
    batch = list(itertools.islice(texts, many))
    one, seconds = _clock(lambda: [timed(call, text) for text in batch])
    p50 = statistics.median(one)
    tokens = sum(map(count, batch))
    row = {"calls": many, "one": summary(one) | {"tokens_per_s": round(tokens / seconds)}}
    if not candidate.threaded:
        return row
    row |= _loaded(call, texts, many, p50)
    if candidate.pooled is not None:
        threaded(candidate.pooled, list(itertools.islice(texts, THREADS)), 0)
        pooled = _loaded(candidate.pooled, texts, many, p50)
        row |= {f"{name}, workers": figures for name, figures in pooled.items()}
    return row


def _loaded(call: Call, texts: Iterator[str], many: int, p50: float) -> dict[str, dict[str, float]]:
    """Latency where eight threads call without a pause, and where calls arrive at random."""
    first, second = (list(itertools.islice(texts, many)) for _ in range(2))
    eight, busy = _clock(lambda: threaded(call, first, 0))
    paced = threaded(call, second, 2 * p50)
    rows = {"eight": summary(eight), "paced": summary(paced)}
    for name, seconds in (("eight", eight), ("paced", paced)):
        rows[name]["p99_by_p50_of_one"] = round(quantile(seconds, 0.99) / p50, 2)
    rows["eight"]["tokens_per_s"] = round(sum(map(count, first)) / busy)
    return rows


def _clock(what: Callable[[], list[float]]) -> tuple[list[float], float]:
    started = time.perf_counter()
    return what(), time.perf_counter() - started


def timed(call: Call, text: str) -> float:
    """Seconds of one call."""
    started = time.perf_counter()
    call(text)
    return time.perf_counter() - started


def threaded(call: Call, texts: Sequence[str], gap: float) -> list[float]:
    """Seconds of each call where eight threads share *texts*, which arrive *gap* apart on average.

    The gaps are exponential, as those of callers who don't know of each other.
    """
    lots = random.Random(0)
    gaps = (lots.expovariate(1 / gap) if gap else 0.0 for _ in texts)
    started = time.perf_counter()

    def arrived(text: str, due: float) -> float:
        time.sleep(max(0.0, started + due - time.perf_counter()))
        return timed(call, text)

    with ThreadPoolExecutor(THREADS) as threads:
        return list(threads.map(arrived, texts, list(itertools.accumulate(gaps))))


def summary(seconds: Sequence[float]) -> dict[str, float]:
    """Quantiles in milliseconds."""
    return {
        "p50_ms": round(1000 * statistics.median(seconds), 2),
        "p99_ms": round(1000 * quantile(seconds, 0.99), 2),
    }


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest of *values* that at least *share* of them don't exceed.

    >>> quantile([1, 2, 3, 4], 0.5), quantile([1, 2, 3, 4], 0.99)
    (2, 4)
    """
    ordered = sorted(values)
    return ordered[max(0, -int(-share * len(ordered) // 1) - 1)]


def cold() -> dict[str, list[float]]:
    """Milliseconds to import and of the first two calls, in three fresh processes."""
    runs = [run([sys.executable, "-c", COLD]).output.split() for _ in range(3)]
    names = ("import_ms", "first_call_ms", "second_call_ms")
    return {
        name: [round(1000 * float(seconds), 1) for seconds in column]
        for name, column in zip(names, zip(*runs, strict=True), strict=True)
    }


def memory(call: Call, pool: list[str], rounds: int = 5, calls: int = 20) -> dict[str, Any]:
    """Resident megabytes after each round of calls at 16k tokens, and the peak."""
    texts = distinct(pool, 16_000)
    after = []
    for _ in range(rounds):
        for text in itertools.islice(texts, calls):
            call(text)
        after.append(round(_resident() / 1e6, 1))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    return {"resident_mb": after, "growth_mb": round(after[-1] - after[0], 1),
            "peak_mb": round(peak, 1)}  # fmt: skip


def _resident() -> int:
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    except OSError:
        sys.exit("the resident set is read from /proc, which this system has not")
    return int(pages) * resource.getpagesize()


if __name__ == "__main__":
    main()

"""What model scorers cost, beside the plain forward pass and beside the package llmlingua.

``python -m benchmarks.scorers``: the same random weights of the shapes of GPT-2 small and of BERT
base (multilingual), the same text, one run; llmlingua in an environment of its own, made anew in
``--peer``, with transformers 4.42, in which its perplexity mode runs. CPU seconds of one thread are
compared, since machines are shared; both sides take turns, and the fastest of ``--repeats`` counts.
The plain pass is that of transformers with nothing packed. On a GPU: ``--device cuda --dtypes
bfloat16 --shapes gpt2-small,qwen-0.5b,qwen-3b,llama-3b,bert-base-multilingual-cased``.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from typing import Any

from benchmarks.measure import RESULTS, save
from benchmarks.scoring import shapes
from promptc.extras import need, version

ROOT = Path(__file__).parents[1]
#: The text: the pages of this project, as often as it takes.
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
CHARACTERS = 3.6
SHORT, SHORTS = 40, 16
SHORTS_ON_GPU = 256
#: Tokens from which on one turn each is enough.
LONG = 8_000
TIMED = ("took", "plain", "score", "compress", "together")
PEER = ("llmlingua==0.2.2", "transformers==4.42.4", "numpy<2")


def main() -> None:
    """Measure, print and save."""
    given = _arguments()
    texts = [page.read_text(encoding="utf-8") for page in PAGES]
    peer = _peer(given.peer) if given.peer else None
    figures: dict[str, Any] = {"device": given.device, "threads": given.threads}
    figures["versions"] = {name: version(name) for name in ("torch", "transformers")}
    figures["peer"] = list(PEER)
    if given.update:
        earlier = json.loads((given.out or RESULTS / "scorers.json").read_text(encoding="utf-8"))
        figures = earlier["figures"] | figures
    with tempfile.TemporaryDirectory() as folder:
        for shape in given.shapes.split(","):
            print(shape, file=sys.stderr, flush=True)
            path = shapes.write(shape, Path(folder), texts)
            figures[shape] = [
                _measured(path, sized, given, peer) for sized in _inputs(texts, given)
            ]
    if given.device == "cuda":
        figures["matmul_tflops"] = _matmul()
    save("scorers", figures, given.out)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--dtypes", default="float32,bfloat16")
    parser.add_argument("--shapes", default="gpt2-small,bert-base-multilingual-cased")
    parser.add_argument("--sizes", default="500,1250,4000,16000", help="tokens, about")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=3, help="of which the fastest counts")
    parser.add_argument("--peer", type=Path, help="folder for llmlingua's own environment")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--update", action="store_true", help="keep the shapes of earlier results")
    return parser.parse_args()


def _inputs(texts: list[str], given: argparse.Namespace) -> list[list[str]]:
    """One long text of each size, and many short ones."""
    whole = "\n\n".join(texts) * 20
    found = [[whole[: int(int(size) * CHARACTERS)]] for size in given.sizes.split(",")]
    step = int(SHORT * CHARACTERS)
    shorts = SHORTS if given.device == "cpu" else SHORTS_ON_GPU
    return [*found, [whole[at * step : (at + 1) * step] for at in range(shorts)]]


def _measured(
    path: Path, texts: list[str], given: argparse.Namespace, peer: Path | None
) -> dict[str, Any]:
    """One row: seconds of each side, and the ratios that the bars are about."""
    row: dict[str, Any] = {"texts": len(texts)}
    long = sum(map(len, texts)) > LONG * CHARACTERS
    where = [str(path), given.device]
    theirs = [str(peer), str(Path(shapes.__file__).with_name("peer.py")), *where]
    own = [sys.executable, "-m", "benchmarks.scoring.own", *where]
    turns: dict[str, list[Any]] = {"llmlingua": []}
    for _ in range(1 if long else given.repeats):
        if peer is not None:
            turns["llmlingua"].append({"took": _run([*theirs, str(given.threads)], texts)})
        for dtype in given.dtypes.split(","):
            found = _run([*own, dtype, str(given.threads)], texts)
            turns.setdefault(dtype, []).append(found)
    took = _best(turns.pop("llmlingua"), given).get("took")
    if took is not None:
        row["llmlingua_s"] = round(took, 3)
    for dtype, each in turns.items():
        row["tokens"] = sum(each[0]["tokens"])
        row[dtype] = _ratios(each[0], _best(each, given), took, given)
    print(json.dumps(row), file=sys.stderr, flush=True)
    return row


def _best(turns: list[Any], given: argparse.Namespace) -> dict[str, float]:
    """The fastest of *turns* in each way: seconds for all texts."""
    kept = [key for key in (turns[0] if turns else ()) if key in TIMED]
    return {
        key: sum(
            min(texts)
            for texts in zip(*(_seconds(turn[key], given) for turn in turns), strict=True)
        )
        for key in kept
    }


def _ratios(
    own: dict[str, Any], best: dict[str, float], theirs: float | None, given: argparse.Namespace
) -> dict[str, Any]:
    tokens = sum(own["tokens"])
    plain, score, whole = (best[each] for each in ("plain", "score", "compress"))
    found = {
        "plain_tokens_per_s": round(tokens / plain),
        "score_tokens_per_s": round(tokens / score),
        "score_by_plain": round(score / plain, 3),
        "encode_ms_per_1000_tokens": round(own["encode_ms"], 3),
        "post_ms_per_1000_tokens": round(own["post_ms"], 3),
        "post_each_ms_per_1000_tokens": round(own["post_each_ms"], 3),
    }
    if given.device != "cpu":
        found["score_tflops"] = round(2e-12 * own["parameters"] * tokens / score, 1)
    if "threads" in own:
        one, eight = (wall for _, wall in own["threads"])
        found["eight_threads_by_one"] = round(one / eight, 2)
    else:
        # Each number of the model once for each token, at the rate of a bare product.
        bare = 2e-9 * own["parameters"] * tokens / own["product_gflops"]
        found["product_gflops"] = round(own["product_gflops"])
        found["plain_product_gflops"] = round(own["plain_product_gflops"])
        found["score_by_bare_products"] = round(score / bare, 3)
        if theirs is not None:
            found["llmlingua_by_plain"] = round(theirs / plain, 2)
            found["llmlingua_by_bare_products"] = round(theirs / bare, 2)
    if "together" in own:
        together = best["together"]
        found["together_tokens_per_s"] = round(tokens / together)
        found["together_by_plain"] = round(together / plain, 3)
        if theirs is not None:
            found["llmlingua_by_together"] = round(theirs / together, 2)
    if theirs is not None:
        found["llmlingua_by_compress"] = round(theirs / whole, 2)
    return found


def _seconds(took: list[list[float]], given: argparse.Namespace) -> list[float]:
    """Seconds of CPU, or on the clock where a GPU does the work, for each text."""
    return [each[1 if given.device != "cpu" else 0] for each in took]


def _run(command: list[str], texts: list[str]) -> Any:
    done = subprocess.run(
        command, input=json.dumps(texts), capture_output=True, text=True, check=False, cwd=ROOT
    )
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def _peer(folder: Path) -> Path:
    """The interpreter of an environment with llmlingua in it."""
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        version = need("torch", "gpu").__version__.partition("+")[0]
        for packages in ([f"torch=={version}"], PEER):
            subprocess.run([python, "-m", "pip", "install", "-q", *packages], check=True)
    return python


def _matmul() -> float:
    """What the GPU multiplies at best, in 1e12 operations per second."""
    torch = need("torch", "gpu")
    size, times = 8192, 20
    one = torch.randn(size, size, device="cuda", dtype=torch.bfloat16)
    for _ in range(3):
        one @ one
    start, stop = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    start.record()
    for _ in range(times):
        one @ one
    stop.record()
    torch.cuda.synchronize()
    return round(2 * size**3 * times / float(start.elapsed_time(stop)) / 1e9, 1)


if __name__ == "__main__":
    main()

"""Models of transformers from a name or a folder to a device, without running code of theirs."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from promptc.errors import ConfigError, ModelError, nearest
from promptc.extras import need
from promptc.scorers.packing import Packing, pack

DTYPES = ("float32", "bfloat16", "float16")
EXTRA = "gpu"


class Place(NamedTuple):
    """Where a model runs, and in what numbers."""

    device: str
    dtype: str

    @property
    def kind(self) -> str:
        """The device without its number."""
        return self.device.partition(":")[0]

    def __str__(self) -> str:
        return f"{self.device}, {self.dtype}"


class Loaded(NamedTuple):
    """A model that is ready to read, and its tokenizer; *version* is the hash of its weights."""

    model: Any
    tokenizer: Any
    place: Place
    version: str
    packing: Packing = Packing()

    @property
    def where(self) -> str:
        """Where it runs, in what numbers, and how much of it is packed."""
        return f"{self.place}, {self.packing}" if self.packing.packed else str(self.place)


def place(device: str | None = None, dtype: str | None = None) -> Place:
    """Choose where to run: CUDA, else MPS, else the CPU; bf16 on CUDA, float32 elsewhere.

    Raises `ConfigError` for a device that is not there or a type that it can't compute with.
    """
    torch = need("torch", EXTRA)
    chosen = device or default_device(torch)
    kind = _kind(torch, chosen)
    if dtype is None:
        modern = kind == "cuda" and torch.cuda.is_bf16_supported()
        return Place(chosen, "bfloat16" if modern else "float32")
    if dtype not in DTYPES:
        raise ConfigError(f"dtype {dtype!r}: {nearest(dtype, DTYPES)}")
    if kind == "cpu" and dtype == "float16":
        raise ConfigError("dtype 'float16' is for GPUs; use 'float32', or 'bfloat16'")
    if kind == "cpu" and dtype == "bfloat16" and not has_bf16(torch):
        raise ConfigError("this CPU has no instructions for 'bfloat16'; use 'float32'")
    return Place(chosen, dtype)


def default_device(torch: Any) -> str:
    """The best device that is there."""
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def has_bf16(torch: Any) -> bool:
    """Whether this CPU multiplies bf16 itself."""
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def _kind(torch: Any, device: str) -> str:
    try:
        found = torch.device(device)
    except (RuntimeError, TypeError) as error:
        raise ConfigError(f"device {device!r}: use 'cuda', 'cuda:1', 'mps' or 'cpu'") from error
    there = {
        "cpu": lambda: True,
        "mps": torch.backends.mps.is_available,
        "cuda": lambda: (found.index or 0) < torch.cuda.device_count(),
    }
    if found.type not in there:
        raise ConfigError(f"device {device!r}: use 'cuda', 'cuda:1', 'mps' or 'cpu'")
    if not there[found.type]():
        raise ConfigError(f"device {device!r} is not there; torch {torch.__version__} sees none")
    return str(found.type)


def load(kind: str, name: str, where: Place, *, packs: bool = False) -> Loaded:
    """Load *name* as transformers' class *kind*, from its cache where it is there.

    With *packs* a model for a CPU has its weights packed.

    Raises `ModelError` for what is no such model, or has no weights for that class.
    """
    torch, transformers = need("torch", EXTRA), need("transformers", EXTRA)
    if name.startswith((".", "/", "~")) and not Path(name).is_dir():
        raise ModelError(f"{name}: there is no such folder")
    options = {"dtype": getattr(torch, where.dtype), "output_loading_info": True}
    try:
        with _quiet(transformers):
            tokenizer = transformers.AutoTokenizer.from_pretrained(name, trust_remote_code=False)
            model, info = getattr(transformers, kind).from_pretrained(
                name, trust_remote_code=False, **options
            )
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise ModelError(f"{name}: {_first_line(error)}") from error
    missing = sorted(info["missing_keys"])
    if missing:
        more = f" and {len(missing) - 1:,} more" if len(missing) > 1 else ""
        raise ModelError(f"{name}: it was not trained for this: {missing[0]}{more} missing")
    model.eval().requires_grad_(False).to(where.device)
    version = f"{fingerprint(model)} {where} {torch.__version__}"
    done = pack(model) if packs and where.kind == "cpu" else Packing()
    version = f"{version} {done}" if done.packed else version
    return Loaded(model, tokenizer, where, version, done)


@contextmanager
def _quiet(transformers: Any) -> Iterator[None]:
    """Say nothing but errors, and draw no bars where there is no terminal to draw on."""
    logging = transformers.utils.logging
    said = logging.get_verbosity()
    logging.set_verbosity_error()
    hide = logging.is_progress_bar_enabled() and not sys.stderr.isatty()
    if hide:
        logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(said)
        if hide:
            logging.enable_progress_bar()


def fingerprint(model: Any) -> str:
    """Hash the shape and some numbers of each weight of *model*."""
    digest = hashlib.sha256()
    for name, each in model.state_dict().items():
        flat = each.detach().reshape(-1)
        some = flat[:: max(flat.numel() // 64, 1)][:65].float().cpu().numpy()
        digest.update(f"{name} {tuple(each.shape)}".encode() + some.tobytes())
    return digest.hexdigest()[:16]


def is_out_of_memory(error: BaseException) -> bool:
    """Whether *error* says that a device or the machine has no memory left."""
    said = str(error).lower()
    return (
        isinstance(error, MemoryError)
        or type(error).__name__ == "OutOfMemoryError"
        or "out of memory" in said
        or "can't allocate memory" in said
    )


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0].strip()

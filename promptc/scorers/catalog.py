"""What there is to rate tokens with, and what of it is on this machine. Nothing is fetched."""

from __future__ import annotations

import importlib.util
from typing import NamedTuple

from promptc.extras import advice, version
from promptc.scorers import EMBEDDED, KINDS

_PACKAGES = {"gpu": ("torch", "transformers"), "llmlingua": ("llmlingua", "torch"), "": ()}


class Kind(NamedTuple):
    """A kind of scorer: whether it can be used here, on what, or what to *install* first."""

    name: str
    about: str
    installed: tuple[str, ...]
    install: str | None


class Known(NamedTuple):
    """A model that is worth a try: what it takes to fetch, and whether it was."""

    scorer: str
    megabytes: int
    licence: str
    languages: str
    here: bool


class Catalog(NamedTuple):
    """Everything. *device* is where models run unless told otherwise; ``None`` without torch.

    *packs* says whether torch can pack the weights of those that run on the CPU.
    """

    kinds: tuple[Kind, ...]
    known: tuple[Known, ...]
    device: str | None
    packs: bool = False


#: Sizes and licences as the models' own pages say, 2026-11.
MODELS = (
    ("causal:HuggingFaceTB/SmolLM2-135M", 269, "Apache-2.0", "English"),
    ("causal:gpt2", 548, "MIT", "English"),
    ("causal:Qwen/Qwen2.5-0.5B", 988, "Apache-2.0", "29 languages"),
    (
        "classifier:microsoft/llmlingua-2-bert-base-multilingual-cased-meetingbank",
        709,
        "Apache-2.0",
        "104 languages",
    ),
    (
        "classifier:microsoft/llmlingua-2-xlm-roberta-large-meetingbank",
        2240,
        "MIT",
        "100 languages",
    ),
)


def catalog() -> Catalog:
    """List the scorers, and models for them."""
    kinds = [Kind(EMBEDDED, "in the package: how rare a word is; no torch", (), None)]
    for name, kind in KINDS.items():
        found = {each: version(each) for each in _PACKAGES[kind.extra]}
        installed = tuple(f"{each} {number}" for each, number in found.items() if number)
        missing = len(installed) < len(found)
        kinds.append(Kind(name, kind.about, installed, advice(kind.extra) if missing else None))
    known = [Known(*each, here=_is_here(each[0].partition(":")[2])) for each in MODELS]
    device = _device()
    return Catalog(tuple(kinds), tuple(known), device, device is not None and _packs())


def _device() -> str | None:
    if importlib.util.find_spec("torch") is None:
        return None
    from promptc.scorers.loading import place

    return str(place())


def _packs() -> bool:
    from promptc.extras import need
    from promptc.scorers.packing import can_pack

    return can_pack(need("torch", "gpu"))


def _is_here(name: str) -> bool:
    """Whether the hub's cache on this machine has the configuration of the model *name*."""
    if importlib.util.find_spec("huggingface_hub") is None:
        return False
    from promptc.extras import need

    found = need("huggingface_hub", "gpu").try_to_load_from_cache(name, "config.json")
    return isinstance(found, str)

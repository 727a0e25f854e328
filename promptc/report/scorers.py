"""The scorers, as ``promptc models`` lists them."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator

from promptc.scorers.catalog import Catalog, Kind, Known

_WIDTH = 80
_NAME = 12


def list_scorers(found: Catalog) -> str:
    """Lines of at most 80 columns."""
    lines = ["Scorers, as --scorer and Options(scorer=…) take them:", ""]
    for kind in found.kinds:
        lines += _kind(kind)
    where = found.device or "nowhere yet: torch is not installed"
    lines += ["", f"Models run on: {where}", ""]
    if found.device is not None:
        how = "packed, activations fused" if found.packs else "as they are: torch can't pack"
        lines[-1:] = [f"On a CPU weights are {how}", ""]
    lines += ["Models worth a try; one that is not here is fetched when it is first named:", ""]
    for known in found.known:
        lines += _known(known)
    return "\n".join(lines)


def scorers_as_json(found: Catalog) -> str:
    """The same as JSON."""
    kinds = [each._asdict() for each in found.kinds]
    known = [each._asdict() for each in found.known]
    told = {"scorers": kinds, "models": known, "device": found.device, "packs": found.packs}
    return json.dumps(told, indent=2)


def _kind(kind: Kind) -> Iterator[str]:
    state = ", ".join(kind.installed) if kind.install is None else f"missing; {kind.install}"
    yield f"  {kind.name:{_NAME}}{kind.about}"
    if state:
        yield from textwrap.wrap(
            state, _WIDTH, initial_indent=" " * (_NAME + 2), subsequent_indent=" " * (_NAME + 2)
        )


def _known(known: Known) -> Iterator[str]:
    yield f"  {known.scorer}"
    size = (
        f"{known.megabytes / 1000:.1f} GB" if known.megabytes >= 1000 else f"{known.megabytes} MB"
    )
    here = "here" if known.here else "not here"
    yield f"      {size}, {known.licence}, {known.languages}; {here}"

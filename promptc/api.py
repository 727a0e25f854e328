"""What promptc does, as calls: compile a template, build a folder of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from promptc import compiling
from promptc.building import flow
from promptc.compiling import Plan
from promptc.config import Config
from promptc.config.sidecar import Sample
from promptc.parse import parse
from promptc.passes import granted
from promptc.rendering.sandbox import Bound, Sandbox
from promptc.results import Built, Compiled
from promptc.source import Source
from promptc.syntax import Syntax
from promptc.tokens import get_tokenizer

_NOTHING: Mapping[str, Any] = MappingProxyType({})


def compile(  # noqa: PLR0913 - each is a choice of the caller
    text: str,
    *,
    model: str = "gpt-4o",
    level: int = 2,
    syntax: Syntax | None = None,
    samples: Sequence[Mapping[str, Any]] = (),
    grant: Iterable[str] = (),
) -> Compiled:
    """Optimize one template.

    *samples* are values for its variables: the proofs are confirmed on their renderings, and the
    result's cost is their mean tokens. *grant* names the passes of level 3 that may drop or move
    what the template says. Raises `TemplateError` where *text* is no template, `ConfigError` for a
    grant that is none.

    >>> compile("Be  kind.   \\nCite {{ source }}.").text
    'Be kind.\\nCite {{ source }}.'
    """
    if not 0 <= level <= 3:
        raise ValueError(f"level must be 0, 1, 2 or 3, got {level}")
    with Sandbox() as sandbox:
        plan = Plan(
            passes=flow.chosen(Config(model=model, level=level)),
            tokenizer=get_tokenizer(model),
            samples=tuple(Sample(f"sample {n}", each) for n, each in enumerate(samples, 1)),
            renderer=Bound(sandbox, {}, {}),
            grant=granted(grant),
        )
        return compiling.compile(parse(Source(text), syntax), plan)


def build(
    paths: Iterable[str | Path],
    *,
    out: str | Path | None = None,
    level: int | None = None,
    model: str | None = None,
    bindings: Mapping[str, Any] = _NOTHING,
) -> Built:
    """Compile the templates in *paths* into the folder *out*.

    What is ``None`` is left to the configuration file nearest to the first path. Templates that
    can't be compiled are listed in ``failures``, and then nothing is written.
    """
    request = flow.Request(
        paths=[Path(path) for path in paths],
        out=Path(out) if out is not None else None,
        level=level,
        model=model,
        bindings=bindings,
        # More would start this program anew in each of them, unless it guards its main module.
        jobs=1,
    )
    built, _ = flow.build(request)
    return built

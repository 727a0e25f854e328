"""What promptc does, as calls: compile a template, build a folder of them, shorten a text.

What compiles is loaded by the calls that compile: a program that only shortens starts without it.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

from promptc import compressing
from promptc.budget import Budget
from promptc.compressing import Input
from promptc.options import Options
from promptc.results import Built, Compiled, Compressed
from promptc.scorers import EMBEDDED
from promptc.syntax import Syntax

_NOTHING: Mapping[str, Any] = MappingProxyType({})
DEFAULTS = Options()
AT_ONCE = 64
"""Inputs that are compressed at once where a model rates them."""
_Given = TypeVar("_Given")
_Done = TypeVar("_Done")


class Item(NamedTuple):
    """One input of many, with the question that it is for."""

    input: Input
    query: str = ""


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
    from promptc import compiling
    from promptc.building import flow
    from promptc.compiling import Plan
    from promptc.compressors.embedded import Shipped
    from promptc.config import Config
    from promptc.config.sidecar import Sample
    from promptc.parse import parse
    from promptc.passes import granted
    from promptc.rendering.sandbox import Bound, Sandbox
    from promptc.source import Source
    from promptc.tokens import get_tokenizer

    with Sandbox() as sandbox:
        plan = Plan(
            passes=flow.chosen(Config(model=model, level=level)),
            tokenizer=get_tokenizer(model),
            samples=tuple(Sample(f"sample {n}", each) for n, each in enumerate(samples, 1)),
            renderer=Bound(sandbox, {}, {}),
            grant=granted(grant),
            compressor=Shipped(),
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
    from promptc.building import flow

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


def compress(
    input: Input,
    *,
    budget: Budget,
    query: str = "",
    model: str = "gpt-4o",
    options: Options = DEFAULTS,
) -> Compressed:
    """Shorten a text, a list of documents or chat messages to a token budget.

    Nothing is reworded: what comes back is parts of the input, in order, in the same shape; a
    document of which nothing stays is ``""``. With *query*, what may answer it stays. In messages
    the system's words and tool calls stay, and the rest of the user's last turn is the query where
    none is given. Tokens are those of *model*. Safe to call from many threads.

    Raises `BudgetError` where what must stay exceeds the budget, `DeadlineError` where the time of
    *options* is over, `ValueError` for an input of another shape.

    >>> from promptc import Budget, compress
    >>> text = "Anna signed on May 3. It rained. The file lies in box 7."
    >>> compress(text, budget=Budget(tokens=9), query="Who signed?").text
    'Anna signed on May 3.'
    """
    return compressing.compress(input, budget=budget, query=query, model=model, options=options)


def compress_many(
    items: Iterable[Input | Item],
    *,
    budget: Budget,
    query: str = "",
    model: str = "gpt-4o",
    options: Options = DEFAULTS,
) -> list[Compressed]:
    """Shorten each of *items* to *budget*; an `Item` has a query of its own.

    The deadline of *options* is for all of them together. With a scorer that is a model many are
    worked on at once, and share its passes.
    """
    end = time.monotonic() + options.deadline if options.deadline is not None else None

    def one(item: Item) -> Compressed:
        left = options
        if end is not None:
            left = replace(options, deadline=max(end - time.monotonic(), 1e-9))
        return compress(item.input, budget=budget, query=item.query, model=model, options=left)

    return list(ahead(one, listed(items, query), options))


def ahead(
    call: Callable[[_Given], _Done], given: Iterable[_Given], options: Options
) -> Iterator[_Done]:
    """Call *call* with each of *given*, and yield what comes of them in order.

    A scorer that is a model works on many at once, so they are called in threads, as many ahead as
    fill its passes. An error comes where its result would have, and ends the calls.
    """
    if options.scorer == EMBEDDED:
        yield from map(call, given)
        return
    with ThreadPoolExecutor(AT_ONCE, "promptc ahead") as pool:
        waiting: deque[Future[_Done]] = deque()
        try:
            for each in given:
                waiting.append(pool.submit(call, each))
                if len(waiting) > 2 * AT_ONCE:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for left in waiting:
                left.cancel()


def listed(items: Iterable[Input | Item], query: str) -> list[Item]:
    """*items*, those without a query of their own for *query*; raise `ValueError` for one text."""
    if isinstance(items, str):
        raise ValueError("items must be inputs, got one text; give a list of them")
    return [each if isinstance(each, Item) else Item(each, query) for each in items]


async def acompress(
    input: Input,
    *,
    budget: Budget,
    query: str = "",
    model: str = "gpt-4o",
    options: Options = DEFAULTS,
) -> Compressed:
    """Do what `compress` does in another thread, so that an event loop goes on meanwhile.

    A task that is canceled ends the work, too.
    """
    canceled = threading.Event()
    call = partial(
        compressing.compress,
        input,
        budget=budget,
        query=query,
        model=model,
        options=options,
        canceled=canceled,
    )
    try:
        return await asyncio.to_thread(call)
    except asyncio.CancelledError:
        canceled.set()
        raise

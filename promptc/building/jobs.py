"""One template's way through a build: read, recall or compile, remember."""

from __future__ import annotations

import hashlib
import json
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from promptc.analysis.outlines import files
from promptc.building import record
from promptc.building.cache import Cache, key
from promptc.building.edition import edition
from promptc.checks import CHECKS
from promptc.compiling import Plan, compile
from promptc.compressors.embedded import Shipped
from promptc.config.sidecar import SUFFIX
from promptc.errors import ConfigError, PromptcError, TemplateError
from promptc.files import Found, read_source
from promptc.files.includes import Load, closure, joined, loader
from promptc.options import Quality
from promptc.outlining.shelf import Shelf
from promptc.parse import parse
from promptc.passes import granted
from promptc.protocols import Pass, Tokenizer
from promptc.rendering.sandbox import Bound, Sandbox
from promptc.results import Compiled
from promptc.source import Source
from promptc.tokens import get_tokenizer

if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor

Task = TypeVar("Task")
Done = TypeVar("Done")

SPLIT = 64
"""Templates below which one process is faster than several."""


@dataclass(frozen=True)
class Settings:
    """What decides, besides a template and what stands beside it, what it compiles to.

    Save for *shelf*, the indexes of the last build, which spares making them again.
    """

    passes: tuple[Pass, ...]
    level: int
    model: str
    tokenizer_file: Path | None = None
    bindings: Mapping[str, Any] = field(default_factory=dict)
    quality: Quality = "gate"
    shelf: Shelf = field(default_factory=Shelf)
    hold_prefix: bool = False

    @property
    def tokenizer(self) -> Tokenizer:
        return get_tokenizer(self.model, tokenizer_file=self.tokenizer_file)

    @cached_property
    def digest(self) -> str:
        """A hash of all of it, the same on every machine."""
        passes = [
            [each.name, each.version, {f.name: getattr(each, f.name) for f in fields(each)}]  # type: ignore[arg-type]
            for each in self.passes
        ]
        told = [
            passes,
            self.level,
            self.tokenizer.name,
            dict(self.bindings),
            self.hold_prefix,
            self.quality,
        ]
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Job:
    """A template to compile, with everything that was read for it."""

    found: Found
    source: Source
    settings: Settings
    key: str
    grant: frozenset[str]


@dataclass(frozen=True)
class Result:
    """A compiled template, and the sha256 of each file it includes; ``None``: not there."""

    compiled: Compiled
    found: Found
    includes: Mapping[str, str | None]
    cached: bool = False


def read(found: Found, settings: Settings) -> Job:
    """Read a template; raise `TemplateError` where it can't be, `ConfigError` for a wrong grant."""
    source, grant = read_source(found), _grant(found)
    beside = repr(replace(found.sidecar, path=None)) if found.sidecar.path else ""
    told = (repr(found.syntax), found.name, source.raw, str(source.bom), beside)
    return Job(found, source, settings, key(edition(), settings.digest, *told), grant)


def _grant(found: Found) -> frozenset[str]:
    try:
        grant = granted(found.sidecar.grant)
        read = loader(found.root, found.name, _decoded)
        places = {name: joined(name, found.name) for name in files(grant)}
        for name, place in places.items():
            if read(place) is None:
                raise ConfigError(f"grant: no file {name!r} below the template folder")
    except (ConfigError, TemplateError) as error:
        raise ConfigError(f"{found.name}{SUFFIX}: {error}") from error
    return frozenset(places.get(name, name) for name in grant)


def _decoded(data: bytes, name: str) -> Source:
    """A file that is included: a template, or the text of a PDF."""
    if not name.lower().endswith(".pdf"):
        return Source.decode(data, name)
    from promptc.passages.reading import document

    return Source(document(name, data).text, name)


def recall(job: Job, cache: Cache) -> Result | None:
    """What the cache has of *job*, if all that it includes is as it was."""
    entry = cache.get(job.key)
    if entry is None:
        return None
    try:
        includes = dict(entry["includes"])
        compiled = record.from_json(entry["compiled"])
    except (KeyError, TypeError, ValueError):
        cache.discard(job.key)
        return None
    if includes:
        load = reader(job.found)
        if any(digest_of(load(name)) != known for name, known in includes.items()):
            return None
    return Result(compiled, job.found, includes, cached=True)


def remember(job: Job, result: Result, cache: Cache) -> str:
    """Keep *result* for the next build; return a note, once, where the cache can't be written."""
    compiled = record.to_json(result.compiled)
    return cache.put(job.key, {"includes": dict(result.includes), "compiled": compiled})


def run(waiting: Sequence[Job], workers: int) -> Iterator[tuple[Job, Result | str]]:
    """Compile *waiting* in order; the message instead of a result where a template fails.

    *workers* processes share the work; 0 takes one for each core where that pays.
    """
    yield from share(waiting, workers, perform)


def share(
    waiting: Sequence[Task], workers: int, work: Callable[[Task], Done]
) -> Iterator[tuple[Task, Done]]:
    """Do *work* on each of *waiting*, in order, in as many processes as `run` does."""
    if workers == 1 or len(waiting) < SPLIT:
        try:
            for task in waiting:
                yield task, work(task)
        finally:
            sandbox().close()
        return
    yield from _shared(waiting, workers or None, work)


def _shared(
    waiting: Sequence[Task], workers: int | None, work: Callable[[Task], Done]
) -> Iterator[tuple[Task, Done]]:
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_context

    pool = ProcessPoolExecutor(workers, get_context("spawn"), initializer=_leave_interrupts)
    try:
        yield from zip(waiting, pool.map(work, waiting, chunksize=8), strict=True)
    except KeyboardInterrupt:
        _end(pool)
        raise
    except BrokenProcessPool as error:
        raise PromptcError(
            "a worker process ended early, perhaps for the memory it took; build again with "
            "--jobs 1 (a program that calls promptc.build must do so below "
            "'if __name__ == \"__main__\":')"
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def _end(pool: ProcessPoolExecutor) -> None:
    """End its processes where they stand.

    A second Ctrl-C interrupts the wait for them, and then what tells them to end may never arrive.
    """
    # Python has a public way from 3.14 on.
    for process in list((pool._processes or {}).values()):
        process.terminate()


def _leave_interrupts() -> None:
    """Ctrl-C is for the parent, which ends its workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def perform(job: Job) -> Result | str:
    """Compile one template; the message where it can't be."""
    try:
        return _performed(job)
    except PromptcError as error:
        return str(error)


def _performed(job: Job) -> Result:
    settings, load = job.settings, reader(job.found)
    template = parse(job.source, job.found.syntax)
    around = closure(template, load)
    sources = {name: load(name) for name in (*around.names, *around.missing)}
    texts = {name: source.text for name, source in sources.items() if source}
    plan = Plan(
        passes=settings.passes,
        tokenizer=settings.tokenizer,
        bindings=settings.bindings,
        samples=job.found.sidecar.samples,
        load=load,
        renderer=Bound(sandbox(), texts, settings.bindings),
        grant=job.grant,
        compressor=Shipped(),
        query=job.found.sidecar.query or "",
        questions=job.found.sidecar.questions,
        shelf=settings.shelf,
        checks=() if settings.quality == "off" else CHECKS,
        gate=settings.quality == "gate",
        hold_prefix=settings.hold_prefix,
    )
    compiled = compile(template, plan)
    compiled = replace(compiled, notes=(*compiled.notes, *around.notes), requires=around.names)
    return Result(
        compiled, job.found, {name: digest_of(source) for name, source in sources.items()}
    )


def reader(found: Found) -> Load:
    """How *found* reads what it includes; what it may not read is not there."""
    read = loader(found.root, found.name, _decoded)

    def load(name: str) -> Source | None:
        try:
            return read(name)
        except TemplateError:
            return None

    return load


def digest_of(source: Source | None) -> str | None:
    """The sha256 of a file's text; ``None`` where there is no file."""
    return hashlib.sha256(source.text.encode()).hexdigest() if source else None


@lru_cache(maxsize=1)
def sandbox() -> Sandbox:
    """The rendering process of this process."""
    return Sandbox()

"""The build, from top to bottom: find templates, compile what changed, publish, report."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, TypeAlias

from promptc import prices
from promptc.building import jobs, ledger, lock
from promptc.building.cache import Cache, key
from promptc.building.jobs import Job, Result
from promptc.building.publish import publish
from promptc.compiling import priced
from promptc.config import Config, load_config
from promptc.errors import ConfigError, PromptcError
from promptc.files import Found, discover
from promptc.passes import PASSES, find, level, make
from promptc.paths import display
from promptc.prices import Price
from promptc.protocols import Pass
from promptc.results import Built, Compiled, Failure
from promptc.tokens import get_tokenizer
from promptc.version import __version__

CACHE = ".promptc_cache"

#: Called with how many templates are compiled, and how many are to be.
Progress: TypeAlias = "Callable[[int, int], None] | None"


@dataclass(frozen=True)
class Request:
    """What a build was asked for; ``None`` leaves the choice to the configuration."""

    paths: Sequence[Path]
    out: Path | None = None
    level: int | None = None
    model: str | None = None
    passes: Mapping[str, Mapping[str, Any] | bool] = field(default_factory=dict)
    bindings: Mapping[str, Any] = field(default_factory=dict)
    config: Path | None = None
    prices: Path | None = None
    tokenizer: Path | None = None
    jobs: int = 0
    locked: bool = False
    dry_run: bool = False
    keep_going: bool = False
    cached: bool = True


def build(request: Request, progress: Progress = None) -> tuple[Built, tuple[str, ...]]:
    """Compile every template that *request* names; return what was done, and what `locked` found.

    All files are compiled before anything is written. With a failure nothing is published, unless
    `keep_going` publishes the good ones.
    """
    config = _settled(request)
    out = request.out or config.output
    found, failures = discover(request.paths, config, out=out)
    tokenizer = get_tokenizer(config.model, tokenizer_file=config.tokenizer)
    cache = Cache(config.root / CACHE if request.cached else None)
    charged = _price(config, cache)
    settings = jobs.Settings(
        passes=chosen(config),
        level=config.level,
        model=config.model,
        tokenizer_file=config.tokenizer,
        bindings=config.set,
    )
    batch = _compiled(found, settings, cache, request.jobs, progress)
    results = [batch.results[each.name] for each in found if each.name in batch.results]
    failures = tuple(_placed(each, request.paths) for each in (*failures, *batch.failures))
    built = Built(
        files=tuple(_with_money(result, charged, config) for result in results),
        failures=failures,
        model=config.model,
        tokenizer=tokenizer.name,
        exact=tokenizer.exact,
        level=config.level,
        out=display(out),
        cached=sum(result.cached for result in results),
        notes=tuple(batch.notes),
    )
    if request.locked:
        return built, lock.compare(lock.read(out), _lock(results, settings))
    if request.dry_run or (failures and not request.keep_going) or not results:
        return built, ()
    files = [result.compiled for result in results]
    done = publish(
        out,
        {each.name: each.data for each in files},
        ledger=ledger.dumps(files),
        lock=lock.dumps(_lock(results, settings)),
    )
    return replace(built, removed=done.removed, published=True), ()


def _settled(request: Request) -> Config:
    """The configuration in force, with what the command line says on top."""
    if not request.paths:
        raise ConfigError("no template or folder was named; try 'promptc build templates/'")
    config = load_config(Path(request.paths[0]), request.config)
    given = {
        "level": request.level,
        "model": request.model,
        "prices": request.prices,
        "tokenizer": request.tokenizer,
    }
    given = {key: value for key, value in given.items() if value is not None}
    passes = {**config.passes, **request.passes}
    bindings = {**config.set, **request.bindings}
    return replace(config, passes=passes, set=bindings, **given)  # type: ignore[arg-type]


def chosen(config: Config) -> tuple[Pass, ...]:
    """The passes of the level in force, with their options, less those switched off."""
    for name in config.passes:
        find(name)
    return tuple(_chosen(config))


def _chosen(config: Config) -> Iterator[Pass]:
    for each in PASSES:
        given = config.passes.get(each.name)
        lowest = level(each.name)
        runs = lowest is not None and lowest <= config.level
        if given is False or not (runs or given is not None):
            continue
        yield make(each, given if isinstance(given, Mapping) else {})


def _price(config: Config, cache: Cache) -> Price | None:
    """What the model charges; ``None`` for a model that is known only by its tokenizer file.

    Kept for the day: reading the price data takes longer than a build of nothing.
    """
    own = config.prices.read_bytes() if config.prices else b""
    name = key("price", prices.edition(), config.model, date.today().isoformat(), own)
    known = cache.get(name)
    try:
        found = prices.from_json(known) if known else None
    except (TypeError, ValueError):
        found = None
    try:
        found = found or prices.price(config.model, overrides=config.prices)
    except ConfigError:
        if config.tokenizer is None:
            raise
        return None
    if not known:
        cache.put(name, prices.to_json(found))
    return found


def _with_money(result: Result, charged: Price | None, config: Config) -> Compiled:
    if charged is None:
        return result.compiled
    side = result.found.sidecar
    calls = side.calls_per_month or config.calls_per_month
    per_request = side.calls_per_request or config.calls_per_request
    return priced(
        result.compiled,
        charged,
        output_tokens=side.output_tokens or config.output_tokens or 0,
        calls=calls * per_request if calls else None,
    )


@dataclass
class _Batch:
    """What became of each file, by its name."""

    results: dict[str, Result] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def wants(self, found: Found, settings: jobs.Settings, cache: Cache) -> Job | None:
        """The job that is left to do; ``None`` where the cache has it or it can't be read."""
        try:
            job = jobs.read(found, settings)
            known = jobs.recall(job, cache)
        except PromptcError as error:
            self.failures.append(Failure(found.name, str(error)))
            return None
        if known is not None:
            self.results[found.name] = known
        return job if known is None else None

    def add(self, job: Job, outcome: Result | str, cache: Cache) -> None:
        """Note what *job* came to."""
        if isinstance(outcome, str):
            self.failures.append(Failure(job.found.name, outcome))
            return
        self.results[job.found.name] = outcome
        note = jobs.remember(job, outcome, cache)
        if note:
            self.notes.append(note)


def _compiled(
    found: Sequence[Found], settings: jobs.Settings, cache: Cache, workers: int, progress: Progress
) -> _Batch:
    """Compile every file, or take it from the cache."""
    batch = _Batch()
    jobs_left = (batch.wants(each, settings, cache) for each in found)
    waiting = [job for job in jobs_left if job is not None]
    for done, (job, outcome) in enumerate(jobs.run(waiting, workers), start=1):
        batch.add(job, outcome, cache)
        if progress is not None:
            progress(done, len(waiting))
    return batch


def _placed(failure: Failure, paths: Sequence[Path]) -> Failure:
    """*failure* with its file named as the user can open it from here."""
    if len(paths) != 1 or not paths[0].is_dir() or not failure.message.startswith(failure.name):
        return failure
    return failure._replace(message=f"{display(paths[0])}/{failure.message}")


def _lock(results: Sequence[Result], settings: jobs.Settings) -> lock.Lock:
    encoding, options = settings.tokenizer.name, settings.digest
    files = {}
    for result in results:
        includes = {name: known for name, known in result.includes.items() if known}
        files[result.compiled.name] = lock.entry(
            result.compiled, encoding=encoding, options=options, includes=includes
        )
    return lock.Lock(__version__, settings.model, encoding, settings.level, files)

"""The build, from top to bottom: find templates, compile what changed, publish, report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from promptc import prices
from promptc.building import (
    contents,
    documents,
    earlier,
    jobs,
    keeping,
    lock,
    origins,
    prefixes,
)
from promptc.building.batch import Batch
from promptc.building.cache import Cache, key
from promptc.building.contents import Made
from promptc.building.earlier import Earlier
from promptc.building.jobs import Result
from promptc.building.keeping import Sources
from promptc.building.prefixes import Prefixes
from promptc.building.publish import publish
from promptc.compiling import priced
from promptc.config import Config, load_config
from promptc.errors import ConfigError
from promptc.files import discover
from promptc.options import Quality
from promptc.outlining.paying import paying
from promptc.outlining.shelf import Shelf
from promptc.passes import PASSES, find, level, make
from promptc.paths import display, read_bytes, shown
from promptc.prices import Price
from promptc.protocols import Pass, Progress
from promptc.results import Built, Compiled, Failure
from promptc.tokens import get_tokenizer

CACHE = ".promptc_cache"


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
    quality: Quality | None = None
    cached: bool = True


def build(request: Request, progress: Progress = None) -> tuple[Built, tuple[str, ...]]:
    """Compile every template that *request* names; return what was done, and what `locked` found.

    All files are compiled before anything is written. With a failure nothing is published, unless
    `keep_going` publishes the good ones beside the last good outputs of the others.
    """
    config = settled(request)
    held = earlier.load(request.out or config.output)
    sources, unread = _sources(request, config, held)
    misplaced = keeping.misplaced(held, sources)
    settings = settings_of(config, held.shelf if request.cached else Shelf())
    batch = Batch(Cache(config.root / CACHE if request.cached else None))
    charged = charged_by(config, batch)
    good = [each for each in sources.found if each.name not in misplaced]
    batch.compile(good, settings, request.jobs, progress)
    prefixes.hold(batch, good, settings, config, request.jobs)
    results = [batch.results[each.name] for each in good if each.name in batch.results]
    clashes = tuple(documents.clashing(results))
    results = [each for each in results if each.found.name not in {x.name for x in clashes}]
    nowhere = [Failure(n, f"{shown(n)}: {why}") for n, why in sorted(misplaced.items())]
    failures = [*unread, *nowhere, *batch.failures, *clashes]
    caching = Prefixes(batch.results, config)
    built = Built(
        files=tuple(_with_money(result, charged, caching) for result in results),
        failures=tuple(_placed(each, sources) for each in failures),
        model=config.model,
        tokenizer=settings.tokenizer.name,
        exact=settings.tokenizer.exact,
        level=config.level,
        out=display(held.out),
        cached=sum(result.cached for result in results),
        notes=tuple(batch.notes),
        cache_rule=caching.rule,
    )
    sources = replace(sources, failed=frozenset(each.name for each in failures))
    made = Made(held.real, results, sources, settings, config)
    if request.locked:
        return built, lock.compare(lock.read(held.out), contents.locked(made, held))
    if request.dry_run or (failures and not request.keep_going):
        return built, ()
    return _published(built, made, held), ()


def settings_of(config: Config, shelf: Shelf | None = None) -> jobs.Settings:
    """What decides what a template compiles to; raise `ConfigError` for an unknown model."""
    get_tokenizer(config.model, tokenizer_file=config.tokenizer)
    return jobs.Settings(
        passes=chosen(config),
        level=config.level,
        model=config.model,
        tokenizer_file=config.tokenizer,
        bindings=config.set,
        quality=config.quality,
        shelf=shelf or Shelf(),
    )


def _sources(
    request: Request, config: Config, held: Earlier
) -> tuple[Sources, tuple[Failure, ...]]:
    """The templates to compile, and why what stands beside them is none."""
    keeping.refuse_inner(held, request.paths)
    files = [each.parent.resolve() / each.name for each in request.paths if not each.is_dir()]
    roots = origins.trusted(held.roots, files, config)
    found, failures, _ = discover(request.paths, config, out=held.out, roots=roots)
    return Sources(request.paths, found, frozenset(each.name for each in failures)), failures


def _published(built: Built, made: Made, held: Earlier) -> Built:
    """*built* after its outputs were put into the folder *held*, unless there are none."""
    built = replace(built, notes=(*built.notes, *contents.notes(made, held)))
    if not built.files:
        return built
    done = publish(held, partial(contents.content, made))
    return replace(built, removed=done.removed, published=True)


def settled(request: Request) -> Config:
    """The configuration in force, with what the command line says on top."""
    if not request.paths:
        raise ConfigError("no template or folder was named; try 'promptc build templates/'")
    config = load_config(Path(request.paths[0]), request.config)
    given = {
        "level": request.level,
        "model": request.model,
        "prices": request.prices,
        "tokenizer": request.tokenizer,
        "quality": request.quality,
    }
    given = {key: value for key, value in given.items() if value is not None}
    _check_passes(config)
    passes = {name: _added(config.passes.get(name), new) for name, new in request.passes.items()}
    passes = {**config.passes, **passes}
    bindings = {**config.set, **request.bindings}
    return replace(config, passes=passes, set=bindings, **given)  # type: ignore[arg-type]


def _check_passes(config: Config) -> None:
    """Raise `ConfigError`, which names the file, for a pass or an option that doesn't exist."""
    for name, given in config.passes.items():
        try:
            make(find(name), given if isinstance(given, Mapping) else {})
        except ConfigError as error:
            where = f"{display(config.path)}: [passes]: " if config.path else ""
            raise ConfigError(f"{where}{error}") from error


def _added(
    old: Mapping[str, Any] | bool | None, new: Mapping[str, Any] | bool
) -> Mapping[str, Any] | bool:
    """The options of one pass: the *new* ones on top of the *old*."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return {**old, **new}
    return new


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


def charged_by(config: Config, batch: Batch) -> Price | None:
    """What the model charges; ``None`` for a model that is known only by its tokenizer file.

    Kept for the day: reading the price data takes longer than a build of nothing.
    """
    own = b""
    if config.prices:
        own = read_bytes(config.prices, display(config.prices), ConfigError)
    name = key("price", prices.edition(), config.model, date.today().isoformat(), own)
    known = batch.cache.get(name)
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
        batch.note(batch.cache.put(name, prices.to_json(found)))
    return found


def _with_money(result: Result, charged: Price | None, caching: Prefixes) -> Compiled:
    if charged is None:
        return result.compiled
    side, config = result.found.sidecar, caching.config
    compiled = priced(
        result.compiled,
        charged,
        output_tokens=_stated(side.output_tokens, config.output_tokens) or 0,
        calls=prefixes.calls(side, config),
    )
    verdict = caching.verdict(compiled.name, charged)
    return replace(
        compiled,
        cost=replace(compiled.cost, caching=verdict),
        paying=paying(compiled, charged, verdict.warm_share if verdict else None),
    )


def _stated(first: int | None, second: int | None) -> int | None:
    """The first of the two that says anything; 0 does."""
    return second if first is None else first


def _placed(failure: Failure, sources: Sources) -> Failure:
    """*failure* with its file named as the user can open it from here."""
    folder = sources.folder(failure.name)
    if folder in (None, Path(), Path.cwd()) or not failure.message.startswith(failure.name):
        return failure
    return failure._replace(message=f"{display(folder)}/{failure.message}")

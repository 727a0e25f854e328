"""What stands beside a template: ``ask.j2.toml`` has the samples and questions of ``ask.j2``."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, get_args

from promptc.config.values import Reader, Value, read_toml
from promptc.syntax import Engine

SUFFIX = ".toml"


@dataclass(frozen=True)
class Sample:
    """Values for a template's variables, with a name for reports."""

    name: str
    vars: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Question:
    """Something the prompt must still let a model answer, and the answers that are right."""

    ask: str
    answers: tuple[str, ...]


@dataclass(frozen=True)
class Sidecar:
    """What a team says about one template. ``None`` and ``()`` leave it to the configuration.

    *path* is the file it came from, ``None`` where there is none.
    """

    samples: tuple[Sample, ...] = ()
    questions: tuple[Question, ...] = ()
    budget: int | None = None
    query: str | None = None
    grant: tuple[str, ...] = ()
    engine: Engine | None = None
    model: str | None = None
    calls_per_month: int | None = None
    calls_per_request: int | None = None
    output_tokens: int | None = None
    cache_hits: float | None = None
    path: Path | None = None


def sidecar_path(template: Path) -> Path:
    """Where the sidecar of *template* stands, if it has one."""
    return template.with_name(template.name + SUFFIX)


def load_sidecar(template_path: Path) -> Sidecar:
    """The sidecar of a template, empty where there is none; raise `ConfigError` if it is wrong."""
    path = sidecar_path(template_path)
    if not os.path.lexists(path):
        return Sidecar()
    return replace(Sidecar(**read_toml(path).fields(KEYS)), path=path)


def _samples(value: Value) -> tuple[Sample, ...]:
    found: dict[str, Value] = {}
    samples: list[Sample] = []
    for number, item in enumerate(value.items(), 1):
        sample = Sample(**{"name": f"sample {number}"} | item.fields(SAMPLE_KEYS))
        if sample.name in found:
            first = found[sample.name].where
            raise item.error(f"sample {sample.name!r} is there already, at {first}; rename one")
        found[sample.name] = item
        samples.append(sample)
    return tuple(samples)


def _questions(value: Value) -> tuple[Question, ...]:
    return tuple(_question(item) for item in value.items())


def _question(item: Value) -> Question:
    fields = item.fields(QUESTION_KEYS)
    for key in QUESTION_KEYS:
        if not fields.get(key):
            raise item.error(f"'{item.key}' has no '{key}'; a question needs 'ask' and 'answers'")
    return Question(**fields)


SAMPLE_KEYS: dict[str, Reader] = {"name": Value.text, "vars": Value.variables}
QUESTION_KEYS: dict[str, Reader] = {"ask": Value.text, "answers": Value.texts}

KEYS: dict[str, Reader] = {
    "samples": _samples,
    "questions": _questions,
    "budget": partial(Value.whole, least=1),
    "query": Value.text,
    "grant": Value.texts,
    "engine": partial(Value.choice, names=get_args(Engine)),
    "model": Value.text,
    "calls_per_month": Value.whole,
    "calls_per_request": partial(Value.whole, least=1),
    "output_tokens": Value.whole,
    "cache_hits": Value.share,
}

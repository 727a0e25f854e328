"""`promptc.lock`: what a build read, what it made of it, and by which passes.

No price, time or path of one machine is in it, so two machines that build the same templates
write the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from promptc.building.manifest import sha256
from promptc.building.names import LOCK
from promptc.errors import LockError
from promptc.outlining.shelf import Recipe
from promptc.protocols import Tokenizer
from promptc.results import Compiled

VERSION = 1


class Tokens(NamedTuple):
    """Tokens before and after."""

    before: int
    after: int


@dataclass(frozen=True)
class Entry:
    """One template: sha256 of what was read and written, and what was done.

    *source* is the hash of the text with ``\\n`` line ends, *output* of the bytes that were
    published. *passes* are those that changed the template, by name, with their version. *tokens*
    are static tokens, by encoding; *samples* are the tokens of each sample that rendered.
    *documents* has for each one that the template retrieves a hash of what its index is made of,
    which says nothing of the bits that another processor makes of the same vectors. *root*
    is the folder of templates that its name is relative to, seen from the build folder; empty
    where the two lie in no common project.
    """

    source: str
    output: str
    options: str
    includes: Mapping[str, str] = field(default_factory=dict)
    passes: Mapping[str, int] = field(default_factory=dict)
    guarantees: tuple[str, ...] = ()
    tokens: Mapping[str, Tokens] = field(default_factory=dict)
    samples: Mapping[str, Tokens] = field(default_factory=dict)
    documents: Mapping[str, str] = field(default_factory=dict)
    root: str = ""


@dataclass(frozen=True)
class Lock:
    """What one build locked. *promptc* is the version that built it."""

    promptc: str
    model: str
    encoding: str
    level: int
    files: Mapping[str, Entry] = field(default_factory=dict)


def entry(
    compiled: Compiled,
    *,
    tokenizer: Tokenizer,
    options: str,
    includes: Mapping[str, str],
    root: str = "",
) -> Entry:
    """Lock one template. *options*: a hash of them; *includes*: name to sha256 of each file."""
    used = [step for step in compiled.steps if step.edits]
    cost = compiled.cost
    return Entry(
        source=sha256(compiled.source.encode()),
        output=sha256(compiled.data),
        options=options,
        includes=dict(includes),
        passes={step.name: step.version for step in used},
        guarantees=tuple(sorted({step.guarantee for step in used})),
        tokens={tokenizer.name: Tokens(cost.static_before, cost.static_after)},
        samples={s.name: Tokens(s.before, s.after) for s in cost.samples if not s.error},
        documents={
            each.name: Recipe(each.name, each.text, tokenizer, each.embedder).hash
            for each in compiled.outlines
            if each.moved
        },
        root=root,
    )


def dumps(lock: Lock) -> bytes:
    """Write *lock* as JSON: sorted keys, two spaces, a final line end."""
    value = {
        "version": VERSION,
        "promptc": lock.promptc,
        "model": lock.model,
        "encoding": lock.encoding,
        "level": lock.level,
        "files": {name: _plain(each) for name, each in lock.files.items()},
    }
    return f"{json.dumps(value, sort_keys=True, indent=2)}\n".encode()


def read(out: Path) -> Lock:
    """Read the lock of the build folder *out*; raise `LockError` where there is none."""
    path = out / LOCK
    try:
        data = path.read_bytes()
    except OSError as error:
        raise LockError(
            f"{path}: can't be read ({error.strerror}); run `promptc build` without --locked, and "
            "commit the lock"
        ) from error
    return decode(data, str(path))


def decode(data: bytes, name: str) -> Lock:
    """Read the bytes of the file *name*; raises as `loads` does."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise LockError(_damaged(name, "not UTF-8")) from error
    return loads(text, name)


def loads(text: str, name: str) -> Lock:
    """Read what `dumps` wrote; raise `LockError`, naming the file *name*, for anything else."""
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith(("<<<<<<<", ">>>>>>>")):
            raise LockError(
                f"{name}:{number}: the mark of a merge conflict; take either side of the file, "
                "then run `promptc build` and commit the lock it writes"
            )
    try:
        value = json.loads(text, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise LockError(_damaged(name, str(error))) from error
    version = value.get("version") if isinstance(value, dict) else None
    if not isinstance(version, int):
        raise LockError(_damaged(name, "no version"))
    if version != VERSION:
        raise LockError(
            f"{name}: version {version}, and this promptc reads version {VERSION}; use the promptc "
            "that wrote it, or run `promptc build` to write it anew"
        )
    try:
        return _lock(value)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise LockError(_damaged(name, f"{type(error).__name__}: {error}")) from error


def compare(old: Lock, new: Lock) -> tuple[str, ...]:
    """Say in words how *new* departs from *old*; empty where both promise the same.

    Where the templates lie is no promise, so it is not compared.
    """
    return (*settings_differ(old, new), *_file_findings(old, new))


def settings_differ(old: Lock, new: Lock) -> Iterator[str]:
    """Say in words how the settings of the two builds differ."""
    for what in ("promptc", "model", "encoding", "level"):
        was, now = getattr(old, what), getattr(new, what)
        if was != now:
            yield f"{what} is {now!r}, and the lock says {was!r}"


def _file_findings(old: Lock, new: Lock) -> Iterator[str]:
    for name in sorted({*old.files, *new.files}):
        if name not in old.files:
            yield f"{name}: added since the lock was written"
        elif name not in new.files:
            yield f"{name}: in the lock, but no longer here"
        else:
            yield from (
                f"{name}: {each}" for each in _differences(old.files[name], new.files[name])
            )


def _differences(old: Entry, new: Entry) -> Iterator[str]:
    inputs = [*_input_differences(old, new)]
    yield from inputs
    if old.output != new.output:
        yield "the output differs" if inputs else "the output differs from the same source"
    if old.passes != new.passes:
        yield f"passes {_versions(new.passes)}, and the lock says {_versions(old.passes)}"
    if old.guarantees != new.guarantees:
        now, was = (", ".join(each.guarantees) or "none" for each in (new, old))
        yield f"guarantees {now}, and the lock says {was}"
    yield from _token_differences("tokens", old.tokens, new.tokens)
    yield from _token_differences("tokens of sample", old.samples, new.samples)


def _input_differences(old: Entry, new: Entry) -> Iterator[str]:
    if old.source != new.source:
        yield "the source changed"
    for name in sorted({*old.includes, *new.includes}):
        if old.includes.get(name) != new.includes.get(name):
            yield f"the included file {name!r} changed"
    for name in sorted({*old.documents, *new.documents}):
        if name not in old.documents:
            yield f"the document {name!r} is retrieved, and the lock has none of it"
        elif name not in new.documents:
            yield f"the document {name!r} is not retrieved any more"
        elif old.documents[name] != new.documents[name]:
            yield f"the document {name!r} changed, or what its index is made by"
    if old.options != new.options:
        yield "the options differ"


def _token_differences(
    what: str, old: Mapping[str, Tokens], new: Mapping[str, Tokens]
) -> Iterator[str]:
    for name in sorted({*old, *new}):
        was, now = old.get(name), new.get(name)
        if was != now:
            yield f"{what} {name!r}: {_counts(now)}, and the lock says {_counts(was)}"


def _counts(tokens: Tokens | None) -> str:
    return f"{tokens.before} to {tokens.after}" if tokens else "none"


def _versions(passes: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {version}" for name, version in sorted(passes.items())) or "none"


def _plain(each: Entry) -> dict[str, Any]:
    root = {"root": each.root} if each.root else {}
    documents = {"documents": dict(each.documents)} if each.documents else {}
    return (
        root
        | documents
        | {
            "source": each.source,
            "output": each.output,
            "options": each.options,
            "includes": dict(each.includes),
            "passes": dict(each.passes),
            "guarantees": list(each.guarantees),
            "tokens": {name: tokens._asdict() for name, tokens in each.tokens.items()},
            "samples": {name: tokens._asdict() for name, tokens in each.samples.items()},
        }
    )


def _lock(value: dict[str, Any]) -> Lock:
    files = {name: _entry(each) for name, each in value["files"].items()}
    return Lock(
        _text(value["promptc"]),
        _text(value["model"]),
        _text(value["encoding"]),
        _whole(value["level"]),
        files,
    )


def _entry(value: dict[str, Any]) -> Entry:
    return Entry(
        source=_text(value["source"]),
        output=_text(value["output"]),
        options=_text(value["options"]),
        includes={name: _text(each) for name, each in value["includes"].items()},
        passes={name: _whole(each) for name, each in value["passes"].items()},
        guarantees=tuple(map(_text, value["guarantees"])),
        tokens={name: _tokens(each) for name, each in value["tokens"].items()},
        samples={name: _tokens(each) for name, each in value["samples"].items()},
        documents={name: _text(each) for name, each in value.get("documents", {}).items()},
        root=_text(value.get("root", "")),
    )


def _tokens(value: dict[str, Any]) -> Tokens:
    return Tokens(_whole(value["before"]), _whole(value["after"]))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"expected text, found {value!r}")
    return value


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"expected a whole number, found {value!r}")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a key that comes twice, as a careless merge leaves it."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"{name!r} comes twice")
        found[name] = value
    return found


def _damaged(name: str, why: str) -> str:
    return f"{name}: damaged ({why}); run `promptc build` to write it anew, and commit it"

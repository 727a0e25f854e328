"""The list of what a build folder holds: the one file that is replaced to publish a build."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from promptc.building.names import MANIFEST, PRIVATE, fault
from promptc.errors import PromptcError

VERSION = 1
MARK = b'"promptc": "manifest"'
_HEX = frozenset("0123456789abcdef")
_DIGITS = 64


@dataclass(frozen=True)
class Manifest:
    """The sha256 of every output, by name.

    *jinja* holds the fields of `Syntax` that the configuration sets, so that whoever renders the
    outputs reads them as the build did. *indexes* has for each document that the outputs retrieve
    the hash of what its index was made of, which names the folder that it lies in.
    """

    files: Mapping[str, str] = field(default_factory=dict)
    jinja: Mapping[str, Any] = field(default_factory=dict)
    indexes: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, outputs: Mapping[str, bytes]) -> Manifest:
        """List *outputs*."""
        return cls({name: sha256(outputs[name]) for name in sorted(outputs)})

    @cached_property
    def generation(self) -> str:
        """The name of the folder under ``.gen/`` that holds exactly these files."""
        digest = hashlib.sha256()
        for name, content in (*sorted(self.files.items()), *sorted(self.indexes.items())):
            digest.update(f"{content} {name}\n".encode())
        return digest.hexdigest()[:32]


def sha256(data: bytes) -> str:
    """Hash *data*, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def dumps(manifest: Manifest) -> bytes:
    """Write *manifest* as JSON, one file a line."""
    files = ",\n".join(
        f"    {json.dumps(name)}: {json.dumps(manifest.files[name])}"
        for name in sorted(manifest.files)
    )
    told = {"jinja": manifest.jinja, "indexes": manifest.indexes}
    stated = "".join(
        f'  "{name}": {json.dumps(dict(value), sort_keys=True)},\n'
        for name, value in told.items()
        if value
    )
    return (
        "{\n"
        f'  "promptc": "manifest",\n  "version": {VERSION},\n'
        f'  "generation": "{manifest.generation}",\n{stated}'
        f'  "files": {{\n{files}\n  }}\n}}\n'
    ).encode()


def loads(data: bytes, name: str) -> Manifest:
    """Read what `dumps` wrote; raise `PromptcError` for anything else."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise PromptcError(f"{name}: damaged ({error}); run `promptc build` again") from error
    if not isinstance(value, dict) or value.get("promptc") != "manifest":
        raise PromptcError(
            f"{name}: not written by promptc; move it away, or build into another folder with -o"
        )
    if value.get("version") != VERSION:
        raise PromptcError(
            f"{name}: version {value.get('version')!r}, and this promptc reads version {VERSION}; "
            "use the promptc that built the folder, or delete the folder and build again"
        )
    jinja = value.get("jinja", {})
    manifest = Manifest(
        _files(value.get("files")),
        jinja if isinstance(jinja, dict) else {},
        _indexes(value.get("indexes")),
    )
    if value.get("generation") != manifest.generation:
        raise PromptcError(f"{name}: damaged (files and generation disagree); build again")
    return manifest


def read(out: Path) -> Manifest:
    """Read the manifest of the build folder *out*."""
    path = out / MANIFEST
    try:
        data = path.read_bytes()
    except OSError as error:
        raise PromptcError(
            f"{path}: can't be read ({error.strerror}); run `promptc build` first"
        ) from error
    return loads(data, str(path))


def folder(out: Path, manifest: Manifest) -> Path:
    """The folder that holds the files *manifest* lists."""
    return out / PRIVATE / manifest.generation


def _indexes(value: object) -> dict[str, str]:
    """The entries that a folder of ours can have."""
    if not isinstance(value, dict):
        return {}
    return {
        name: digest
        for name, digest in value.items()
        if isinstance(digest, str) and len(digest) == _DIGITS and _HEX.issuperset(digest)
    }


def _files(value: object) -> dict[str, str]:
    """The entries that name a place inside the folder and a hash; others are no files of ours."""
    return (
        {}
        if not isinstance(value, dict)
        else {
            name: content
            for name, content in value.items()
            if not fault(name) and isinstance(content, str) and _HEX.issuperset(content)
        }
    )

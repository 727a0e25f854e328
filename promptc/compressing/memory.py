"""Results that are remembered: a few in the process, and as many as fit in a folder."""

from __future__ import annotations

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Iterable
from pathlib import Path
from typing import TypeAlias

from promptc.building.cache import Cache
from promptc.source import Span

Kept: TypeAlias = tuple[tuple[Span, ...], ...]

MOST = 256
"""Results that a process remembers; each is only its spans."""
_recent: OrderedDict[str, Kept] = OrderedDict()
_lock = threading.Lock()


def key(facts: Iterable[object], texts: Iterable[str]) -> str:
    """Hash everything that decides a result."""
    digest = hashlib.sha256(json.dumps([str(each) for each in facts]).encode())
    for text in texts:
        data = text.encode(errors="surrogatepass")
        digest.update(len(data).to_bytes(8, "little") + data)
    return digest.hexdigest()


def recall(name: str, folder: Path | None) -> Kept | None:
    """What was kept the last time."""
    with _lock:
        if name in _recent:
            _recent.move_to_end(name)
            return _recent[name]
    entry = Cache(folder).get(name) if folder else None
    if entry is None:
        return None
    try:
        kept = tuple(tuple(Span(int(a), int(b)) for a, b in each) for each in entry["kept"])
    except (KeyError, TypeError, ValueError):
        return None
    _remember(name, kept)
    return kept


def remember(name: str, kept: Kept, folder: Path | None) -> None:
    """Keep a result; a folder that can't be written is left alone."""
    _remember(name, kept)
    if folder:
        Cache(folder).put(name, {"kept": [[list(span) for span in each] for each in kept]})


def forget() -> None:
    """Empty the memory of this process."""
    with _lock:
        _recent.clear()


def _remember(name: str, kept: Kept) -> None:
    with _lock:
        _recent[name] = kept
        _recent.move_to_end(name)
        while len(_recent) > MOST:
            _recent.popitem(last=False)

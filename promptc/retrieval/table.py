"""The passages of an index as arrays: texts once, and where in them each passage stands."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from promptc.passages import Document, Kind, Passage
from promptc.source import Span

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_KINDS = tuple(Kind)
_COLUMNS = 8
_REMEMBERED = 64


class Table:
    """The passages of some documents, by number. *keys*, (n, 16), tell by what each is found.

    *rows*, (n, 8), are the document, start, stop, those of the head (-1 without one), the path,
    the kind and the line of each. *ends* are where each document ends in *texts*, in UTF-8.
    """

    def __init__(
        self,
        facts: Mapping[str, Sequence[object]],
        texts: memoryview,
        rows: NDArray[np.int64],
        keys: NDArray[np.uint8],
    ) -> None:
        self.names = tuple(str(name) for name in facts["names"])
        self._ends = [0, *(int(str(end)) for end in facts["ends"])]
        self._paths = tuple(tuple(path) for path in facts["paths"])  # type: ignore[var-annotated, arg-type]
        self._texts, self._rows, self.keys = texts, rows, keys
        self.text = lru_cache(_REMEMBERED)(self._text)

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, number: int) -> Passage:
        document, start, stop, first, last, path, kind, line = self._rows[number].tolist()
        text = self.text(document)
        head = Span(first, last) if first >= 0 else None
        shown = (text[first:last] if head else "") + text[start:stop]
        return Passage(
            self.names[document], Span(start, stop), shown, self._paths[path], head,
            _KINDS[kind], line,
        )  # fmt: skip

    def document(self, number: int) -> int:
        """The number of the document that passage *number* is from."""
        return int(self._rows[number, 0])

    def _text(self, document: int) -> str:
        start, end = self._ends[document], self._ends[document + 1]
        return bytes(self._texts[start:end]).decode(errors="surrogatepass")

    def files(self) -> dict[str, bytes]:
        """What `read` reads."""
        facts = {"names": self.names, "ends": self._ends[1:], "paths": self._paths}
        return {
            "documents.json": json.dumps(facts, ensure_ascii=False).encode(errors="surrogatepass"),
            "texts.txt": bytes(self._texts),
            "passages.npy": _npy(self._rows),
            "keys.npy": _npy(self.keys),
        }


def build(documents: Sequence[Document], passages: Sequence[Sequence[Passage]]) -> Table:
    """Make the table of *documents* and the *passages* of each."""
    import numpy as np

    paths: dict[tuple[str, ...], int] = {}
    rows: list[tuple[int, ...]] = []
    keys: list[bytes] = []
    for number, cut in enumerate(passages):
        for each in cut:
            path = paths.setdefault(each.path, len(paths))
            head = each.head or Span(-1, -1)
            kind = _KINDS.index(each.kind)
            rows.append((number, *each.span, *head, path, kind, each.line))
            keys.append(key(each))
    data = [document.text.encode(errors="surrogatepass") for document in documents]
    ends = np.cumsum([len(each) for each in data], dtype=np.int64).tolist()
    names = [document.name for document in documents]
    return Table(
        {"names": names, "ends": ends, "paths": list(paths)},
        memoryview(b"".join(data)),
        np.array(rows, np.int64).reshape(-1, _COLUMNS),
        np.frombuffer(b"".join(keys), np.uint8).reshape(-1, 16),
    )


def read(home: Path) -> Table:
    """Map the files in *home* into memory."""
    import mmap

    import numpy as np

    facts = json.loads((home / "documents.json").read_bytes().decode(errors="surrogatepass"))
    with (home / "texts.txt").open("rb") as file:
        empty = not (home / "texts.txt").stat().st_size
        texts = b"" if empty else mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    rows = np.load(home / "passages.npy", mmap_mode="r")
    return Table(facts, memoryview(texts), rows, np.load(home / "keys.npy", mmap_mode="r"))


def indexed(passage: Passage) -> str:
    """What a passage is found by: the headings that it stands under, and its text."""
    return "\n".join((*passage.path, passage.text))


def key(passage: Passage) -> bytes:
    """Tell passages apart by what they are found by."""
    text = "\0".join((*passage.path, passage.text)).encode(errors="surrogatepass")
    return hashlib.sha256(text).digest()[:16]


def _npy(array: NDArray[np.generic]) -> bytes:
    import numpy as np

    file = io.BytesIO()
    np.save(file, array, allow_pickle=False)
    return file.getvalue()

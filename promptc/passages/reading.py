"""Read documents from files: Markdown and plain text as they are, HTML and PDF as Markdown."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from promptc.errors import InputError, nearest
from promptc.passages import Document
from promptc.paths import display, read_bytes, reason

_BOM = b"\xef\xbb\xbf"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_PDF = b"%PDF-"


def read(path: Path, name: str = "") -> Document:
    """Read the file *path* as the document *name*, by default what messages call the file.

    Raises `InputError` for what can't be read, `MissingExtra` for a PDF without its extra.
    """
    shown = display(path)
    reader = _reader(path, shown)
    return document(name or shown, read_bytes(path, shown, InputError), reader)


def document(name: str, data: bytes, reader: Callable[[bytes, str], str] | None = None) -> Document:
    """Make a document of the bytes of a file, read by the suffix of its *name*."""
    text = (reader or _reader(Path(name), name))(data, name)
    return Document(name, text.replace("\r\n", "\n").replace("\r", "\n"))


def folder(root: Path) -> tuple[Document, ...]:
    """Read every document below *root*, by its path below it, in order of their names.

    Hidden files and folders and other kinds of files are left out; links are followed once, as
    files only. Raises `InputError` where there is none.
    """
    found = tuple(read(path, path.relative_to(root).as_posix()) for path in sorted(_below(root)))
    if not found:
        raise InputError(
            f"{display(root)}: no documents here; promptc reads {', '.join(sorted(READERS))}"
        )
    return found


def _below(root: Path) -> Iterator[Path]:
    def refuse(error: OSError) -> None:
        path = Path(error.filename or root)
        raise InputError(f"{display(path)}: {reason(error, path)}") from None

    for home, folders, files in os.walk(root, onerror=refuse):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in files:
            if Path(name).suffix.lower() in READERS and not name.startswith("."):
                yield Path(home, name)


def _reader(path: Path, name: str) -> Callable[[bytes, str], str]:
    suffix = path.suffix.lower()
    if suffix not in READERS:
        kind = f"the suffix {suffix!r}" if suffix else "no suffix"
        raise InputError(f"{name}: {kind} is no document's; {nearest(suffix, READERS)}")
    return READERS[suffix]


def _plain(data: bytes, name: str) -> str:
    if data.startswith(_PDF):
        raise InputError(f"{name}: this is a PDF; give it the suffix .pdf")
    try:
        text = data.removeprefix(_BOM).decode()
    except UnicodeDecodeError as error:
        at = error.start + (len(_BOM) if data.startswith(_BOM) else 0)
        line = data.count(b"\n", 0, at) + 1
        wide = "; this looks like UTF-16" if data.startswith(_UTF16) else ""
        raise InputError(
            f"{name}:{line}: byte 0x{data[at]:02x} is not UTF-8{wide}; save the file as UTF-8"
        ) from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise InputError(f"{name}:{line}: a NUL character: this looks like a binary file")
    return text


def _html(data: bytes, name: str) -> str:
    from promptc.passages.markup import markdown

    return markdown(_plain(data, name), name)


def _pdf(data: bytes, name: str) -> str:
    from promptc.passages.pdf import text

    return text(data, name)


READERS: dict[str, Callable[[bytes, str], str]] = {
    ".md": _plain,
    ".markdown": _plain,
    ".txt": _plain,
    ".html": _html,
    ".htm": _html,
    ".pdf": _pdf,
}

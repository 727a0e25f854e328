"""Compress whole files: each by itself, or all together as documents of one budget."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from promptc.errors import PromptcError
from promptc.report import compressed, printable
from promptc.report.page import compress_page
from promptc.report.page.shortened import Result
from promptc.results import Compressed
from promptc.streams import reading, records, writing
from promptc.streams.calls import OF_ONE, Call, Tell, explain


@dataclass(frozen=True)
class Files:
    """Which files, and how their results are shown. *output* ``None`` is standard output."""

    inputs: tuple[Path, ...]
    together: bool = False
    as_json: bool = False
    explain: bool = False
    output: Path | None = None
    page: Callable[[Callable[[], str]], None] | None = None


@dataclass
class Told:
    """What the web page tells: the *results*, and what is wrong with the *bad* ones."""

    results: list[Result] = field(default_factory=list)
    bad: list[str] = field(default_factory=list)


def run(files: Files, call: Call, tell: Tell) -> bool:
    """Compress *files* in order; say whether all could be. *tell* hears about the others."""
    told = Told()
    made = _together(files, call, tell, told) if files.together else _each(files, call, tell, told)
    if files.output is None:
        for data in made:
            writing.to_stdout(_for_terminal(data) if _terminal(files) else data)
    elif parts := list(made):
        writing.replace(files.output, b"".join(parts))
    if files.page:
        files.page(lambda: compress_page(told.results, _asked(call), told.bad))
    return not told.bad


def _asked(call: Call) -> str:
    limits = {"rate": call.budget.rate, "tokens": call.budget.tokens}
    parts = [f"{name} {value:,}" for name, value in limits.items() if value is not None]
    return ", ".join([*parts, f"query: {call.query}"] if call.query else parts)


def _each(files: Files, call: Call, tell: Tell, told: Told) -> Iterator[bytes]:
    """Yield what is printed for each file; the ones that fail come into *told*."""
    unended = False
    for path in files.inputs:
        try:
            result = call.compress(reading.text(path), call.query)
        except OF_ONE as error:
            told.bad.append(_named(path, error))
            tell(f"Error: {told.bad[-1]}")
            continue
        if files.explain:
            explain(reading.title(path), result, tell)
        if files.page:
            told.results.append(Result((reading.title(path),), result))
        data = _shown(files, [path], result)
        # The last line of one file and the first of the next are two lines.
        yield b"\n" + data if unended else data
        unended = bool(data) and not data.endswith(b"\n")


def _together(files: Files, call: Call, tell: Tell, told: Told) -> Iterator[bytes]:
    texts = [{"title": _title(path), "text": reading.text(path)} for path in files.inputs]
    try:
        result = call.compress(texts, call.query)
    except OF_ONE as error:
        raise error if isinstance(error, PromptcError) else PromptcError(str(error)) from error
    if files.explain:
        explain(", ".join(map(reading.title, files.inputs)), result, tell)
    told.results.append(Result(tuple(map(reading.title, files.inputs)), result))
    yield _shown(files, files.inputs, result)


def _title(path: Path) -> str:
    return "" if path == reading.STDIN else path.stem


def _named(path: Path, error: Exception) -> str:
    name, text = reading.title(path), str(error)
    return text if text.startswith(f"{name}:") else f"{name}: {text}"


def _shown(files: Files, paths: list[Path] | tuple[Path, ...], result: Compressed) -> bytes:
    if files.as_json:
        return records.encoded(compressed.told(result, [reading.title(path) for path in paths]))
    texts = [result.text or ""]
    if result.documents is not None:
        kept = [each["text"] for each in result.documents if each["text"]]
        texts = [f"{text}\n" if not text.endswith("\n") else text for text in kept[:-1]]
        texts += kept[-1:]
    return "".join(texts).encode()


def _terminal(files: Files) -> bool:
    return not files.as_json and reading.terminal(sys.stdout)


def _for_terminal(data: bytes) -> bytes:
    """Make *data* harmless to a terminal, and end its last line."""
    text = printable(data.decode().replace("\r\n", "\n"))
    return (text if text.endswith("\n") or not text else f"{text}\n").encode()

"""The child process that renders templates: it has limits, no environment, and one way to answer.

A request is a length and a pickle of plain data, written by the parent. An answer is one line of
JSON, ``[text, error, limit, leaving]``, for each task in it, in order; the parent never unpickles
what a template had a hand in. *limit* says that it took too much, *leaving* that this process ends
now: its memory was used up.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import pickle
import re
import signal
import sys
from collections.abc import Callable, Hashable, Iterable
from itertools import pairwise
from typing import Any, BinaryIO, TypeAlias, TypeVar

from jinja2 import Template, TemplateSyntaxError

from promptc.rendering.environment import CHAT, Environment, build
from promptc.rendering.limits import CPU_SECONDS, MEMORY, OUTPUT

#: Text, the line it starts in, environment options, unknown tags, and the closure of includes.
Subject: TypeAlias = tuple[
    str, int, tuple[tuple[str, Any], ...], tuple[tuple[str, bool], ...], tuple[tuple[str, str], ...]
]
#: What to render, pickled values, and the number of the generated sample.
Task: TypeAlias = tuple[Subject, bytes, int | None]
Answer: TypeAlias = tuple[str | None, str, bool, bool]

_ADDRESS = re.compile(r"(<[^<>]{1,200} at 0x)[0-9a-f]+>")
_CACHED_LENGTH = 100_000
_Value = TypeVar("_Value")


class _TooLong(Exception):  # noqa: N818 - names a limit
    """The output passed its limit."""


def main() -> None:
    """Answer requests until there are none."""
    requests, answers = _private_pipes()
    _limit()
    # What is imported stays, and a syntax tree is garbage as a whole: look for it less often.
    gc.freeze()
    gc.set_threshold(20_000)
    answers.write(b"ready\n")
    answers.flush()
    while frame := _frame(requests):
        for task in pickle.loads(frame):
            answer = _answer(task)
            answers.write(json.dumps(answer).encode() + b"\n")
            answers.flush()
            if answer[3]:
                return


def _private_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Take the two pipes away from the standard streams, which then lead nowhere."""
    requests = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    return requests, answers


def _frame(requests: BinaryIO) -> bytes:
    size = requests.read(8)
    return requests.read(int.from_bytes(size, "big")) if len(size) == 8 else b""


def _limit() -> None:
    """Take away what a template could do harm with, as far as the system can."""
    if sys.platform == "win32":
        return
    import resource

    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGPROF})
    for kind, most in (("AS", MEMORY), ("FSIZE", 0), ("CORE", 0), ("NPROC", 0)):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            resource.setrlimit(getattr(resource, f"RLIMIT_{kind}"), (most, most))


def _time(seconds: float) -> None:
    """End this process after *seconds* of CPU, in C code too; 0 calls it off."""
    if sys.platform != "win32":
        signal.setitimer(signal.ITIMER_PROF, seconds)


def _answer(task: Task) -> Answer:
    subject, values, level = task
    _time(CPU_SECONDS)
    try:
        return _render(subject, pickle.loads(values), level), "", False, False
    except MemoryError:
        return None, f"it needs more than {MEMORY >> 20} MB of memory", True, True
    except RecursionError:
        return None, "it nests or recurses too deep", False, False
    except _TooLong:
        return None, f"it prints more than {OUTPUT // 1_000_000} MB", True, False
    except Exception as error:  # noqa: BLE001 - a template can raise anything
        return None, _named(error, subject[1]), False, False
    finally:
        _time(0)


def _render(subject: Subject, values: dict[str, Any], level: int | None) -> str:
    template = _compiled(subject)
    template.environment.level = level  # type: ignore[attr-defined]
    context = template.new_context(values)
    parts: list[str] = []
    room = OUTPUT
    for part in template.root_render_func(context):
        room -= len(part)
        if room < 0:
            raise _TooLong
        parts.append(part)
    text = "".join(parts)
    if len(text.encode(errors="surrogatepass")) > OUTPUT:
        raise _TooLong
    return _ADDRESS.sub(r"\g<1>0>", text) if " at 0x" in text else text


def _named(error: Exception, first_line: int) -> str:
    """Say what went wrong, and in which line of the template."""
    line = error.lineno if isinstance(error, TemplateSyntaxError) else _line(error)
    where = f"line {line + first_line - 1}: " if line else ""
    message = f"{where}{type(error).__name__}: {error}"
    return "".join(char if char.isprintable() else " " for char in message[:300])


def _line(error: Exception) -> int:
    """The last line of the template itself, not of what it includes, that *error* went through."""
    line = 0
    trace = error.__traceback__
    while trace is not None:
        scope = trace.tb_frame.f_globals
        if trace.tb_frame.f_code.co_filename == "<template>" and scope.get("name", 0) is None:
            pairs = [pair.split("=") for pair in scope["debug_info"].split("&") if pair]
            line = next(
                (int(here) for here, there in reversed(pairs) if int(there) <= trace.tb_lineno), 1
            )
        trace = trace.tb_next
    return line


class _Recent:
    """The values made last, by what they were made from."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: dict[Hashable, Any] = {}

    def get(self, key: Hashable, make: Callable[[], _Value]) -> _Value:
        value: _Value = self._values.pop(key) if key in self._values else make()
        self._values[key] = value
        if len(self._values) > self._most:
            del self._values[next(iter(self._values))]
        return value


_templates = _Recent(64)
_environments = _Recent(16)


def _compiled(subject: Subject) -> Template:
    size = len(subject[0]) + sum(len(text) for _, text in subject[4])
    if size > _CACHED_LENGTH:
        return _environment(subject).from_string(subject[0])
    return _templates.get(subject, lambda: _environment(subject).from_string(subject[0]))


def _environment(subject: Subject) -> Environment:
    text, _, options, tags, includes = subject
    chat = any(name in text for name in CHAT)
    if not includes:
        key = (options, tags, chat)
        return _environments.get(key, lambda: build(dict(options), tags, {}, chat=chat))
    files = dict(includes)
    known = {*tags, *_unknown_tags(dict(options), files.values())}
    return build(dict(options), known, files, chat=chat)


def _unknown_tags(options: dict[str, Any], texts: Iterable[str]) -> set[tuple[str, bool]]:
    """Tags that included files use and Jinja doesn't know, and whether they have an end."""
    env = build(options, (), {}, chat=False)
    known = {tag for extension in env.extensions.values() for tag in extension.tags} | _STOCK
    names: set[str] = set()
    for text in texts:
        with contextlib.suppress(TemplateSyntaxError):
            tokens = (token[1:] for token in env.lexer.tokeniter(text, None))
            pairs = pairwise(token for token in tokens if token[0] != "whitespace")
            names |= {two[1] for one, two in pairs if one[0] in _BEGINS and two[0] == "name"}
    return {
        (name, f"end{name}" in names)
        for name in names - known
        if not (name.startswith("end") and name[3:] in names)
    }


_BEGINS = {"block_begin", "linestatement_begin"}
_STOCK = {
    "autoescape", "block", "call", "elif", "else", "extends", "filter", "for", "from", "if",
    "import", "include", "macro", "pluralize", "print", "raw", "set", "with",
}  # fmt: skip

if __name__ == "__main__":
    main()

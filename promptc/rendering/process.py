"""The process that renders: how it is started, asked, timed and stopped."""

from __future__ import annotations

import importlib.util
import json
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Literal

from promptc.errors import RenderError
from promptc.rendering.limits import CPU_SECONDS, PATIENCE
from promptc.results import Rendering

_PACKAGE = str(Path(__file__).parent)
_START = 60.0
_LONGEST_LINE = 8_000_000
_KEPT = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PYTHONHOME", "SYSTEMROOT")

# The paths come last, so that nothing that stands beside promptc hides the standard library.
_BOOT = """
import sys
sys.path += sys.argv[1:]
from promptc.rendering.worker import main
main()
"""

#: Why a process is no more: a limit was passed, it ended by its own choice, or neither.
End = Literal["", "limit", "choice", "crash"]


class Process:
    """One child process, which a template may take down but not take over."""

    end: End = ""

    def __init__(self) -> None:
        """Start the process and wait until it is ready; raise `RenderError` where it isn't."""
        try:
            self._child = _started()
        except OSError as error:
            raise RenderError(f"the rendering process could not be started: {error}") from error
        assert self._child.stdin is not None and self._child.stdout is not None
        self._requests, self._answers = self._child.stdin, self._child.stdout
        self._owner = os.getpid()
        self._watch = _Watch(self._child)
        self._release = weakref.finalize(self, _end, self._child, self._watch, self._owner)
        if self._line(_START) != b"ready\n":
            self.stop()
            raise RenderError(
                f"the rendering process failed to start: {self.cause}; "
                "install promptc anew, or free some memory"
            )

    @property
    def alive(self) -> bool:
        """Whether it can be asked, by the process that started it."""
        mine = self._owner == os.getpid()
        return mine and self._release.alive and self._child.poll() is None

    @property
    def cause(self) -> str:
        """Why the process ended, as the error of the task that it was at."""
        if self._watch.fired:
            return f"it takes more than {PATIENCE:.0f} s"
        code = self._child.returncode
        if _over_time(code):
            return f"it takes more than {CPU_SECONDS} s of CPU"
        name = f"signal {-code}" if code and code < 0 else f"exit code {code}"
        return f"it ended the rendering process ({name})"

    def stop(self) -> None:
        """Kill the process and wait for its end."""
        self._release()

    def ask(self, tasks: Sequence[object]) -> list[Rendering]:
        """Answers to *tasks*, in order; fewer where the process came to its `end`."""
        given: list[Rendering] = []
        try:
            self._exchange(tasks, given)
        except BrokenPipeError:
            self.end = "crash"
        except BaseException:
            # Answers may be on their way, and nobody may read them as those to other tasks.
            self.stop()
            raise
        if self.end:
            self._ended()
        return given

    def _exchange(self, tasks: Sequence[object], given: list[Rendering]) -> None:
        frame = pickle.dumps(tasks, protocol=5)
        self._watch.give(PATIENCE)
        self._requests.write(len(frame).to_bytes(8, "big") + frame)
        self._requests.flush()
        for _ in tasks:
            line = self._line(PATIENCE)
            if not line.endswith(b"\n"):
                self.end = "crash"
                return
            text, error, limit, leaving = json.loads(line)
            given.append(Rendering(text, error, limit))
            if leaving:
                self.end = "choice"
                return

    def _line(self, seconds: float) -> bytes:
        """Read the next line; what is read within *seconds* ends with one."""
        self._watch.give(seconds)
        line = self._answers.readline(_LONGEST_LINE)
        self._watch.deadline = None
        return line

    def _ended(self) -> None:
        """Wait for the end that was seen in the pipe, and find its reason."""
        try:
            self._child.wait(timeout=1)
        except subprocess.TimeoutExpired:
            self._child.kill()
        self.stop()
        if self._watch.fired or _over_time(self._child.returncode):
            self.end = "limit"


class _Watch:
    """Kills a process that takes too long; one thread that looks at the clock now and then."""

    def __init__(self, child: subprocess.Popen[bytes]) -> None:
        self.deadline: float | None = None
        self.fired = False
        self._child = child
        self._over = threading.Event()
        threading.Thread(target=self._look, name="promptc-render-watch", daemon=True).start()

    def give(self, seconds: float) -> None:
        """Start the clock anew."""
        self.deadline = time.monotonic() + seconds

    def end(self) -> None:
        self._over.set()

    def _look(self) -> None:
        while not self._over.wait(1.0):
            if self.deadline is not None and time.monotonic() > self.deadline:
                self.fired = True
                self._child.kill()
                return


def _started() -> subprocess.Popen[bytes]:
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return subprocess.Popen(
        [sys.executable, "-s", "-S", "-P", "-c", _BOOT, *_roots()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=Path(sys.executable).anchor,
        env={**kept, "PYTHONHASHSEED": "0"},
        start_new_session=True,
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
    )


@lru_cache(maxsize=1)
def _roots() -> tuple[str, ...]:
    """Folders that hold what the child imports; it gets to see no others."""
    specs = [importlib.util.find_spec(name) for name in ("jinja2", "markupsafe")]
    files = [spec.origin for spec in specs if spec is not None and spec.origin is not None]
    return tuple(dict.fromkeys(str(Path(file).resolve().parents[1]) for file in [*files, _PACKAGE]))


def _over_time(code: int | None) -> bool:
    """Whether the limit on CPU time ended a process that ended with *code*."""
    limits = {-getattr(signal, name, 0) for name in ("SIGPROF", "SIGXCPU")} - {0}
    return code in limits


def _end(child: subprocess.Popen[bytes], watch: _Watch, owner: int) -> None:
    """Leave nothing behind: no process, no pipe, no thread."""
    watch.end()
    if owner != os.getpid():
        # A fork holds copies of the pipes; the process itself is not its to stop.
        child.returncode = 0
    elif child.poll() is None:
        child.kill()
    child.wait()
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            with suppress(BrokenPipeError):  # what was not sent is not wanted any more
                pipe.close()

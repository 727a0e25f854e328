"""The process that renders: its beginning, its end, and what it sees in between."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from promptc.rendering.sandbox import Sandbox
from promptc.syntax import Syntax
from tests.rendering.test_sandbox import one


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


def _pid(sandbox: Sandbox) -> int:
    one(sandbox, "{{ 1 }}", {})
    assert sandbox._process is not None
    return sandbox._process._child.pid


def _gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_a_worker_that_dies_is_replaced() -> None:
    with Sandbox() as sandbox:
        for text in ("{{ 2 }}", "{{ 3 }}"):
            pid = _pid(sandbox)
            os.kill(pid, signal.SIGKILL)
            assert one(sandbox, text, {}).text == text[3]
            assert sandbox._process is not None and sandbox._process._child.pid != pid


def test_a_template_without_tags_starts_no_worker() -> None:
    with Sandbox() as sandbox:
        one(sandbox, "text", {}, Syntax(engine="plain"))
        assert sandbox._process is None


def test_close_leaves_no_process_and_no_pipe() -> None:
    before = _open_files()
    sandbox = Sandbox()
    pid = _pid(sandbox)
    sandbox.close()
    sandbox.close()
    gc.collect()
    assert _gone(pid)
    assert _open_files() == before


def _open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir())) if sys.platform == "linux" else 0


def test_a_sandbox_that_is_forgotten_leaves_no_process() -> None:
    sandbox = Sandbox()
    pid = _pid(sandbox)
    del sandbox
    gc.collect()
    assert _gone(pid)


def test_a_closed_sandbox_starts_anew() -> None:
    with Sandbox() as sandbox:
        first = _pid(sandbox)
        sandbox.close()
        assert one(sandbox, "{{ 4 }}", {}).text == "4"
        assert _pid(sandbox) != first


def test_threads_get_their_own_answers(sandbox: Sandbox) -> None:
    wrong: list[tuple[int, str | None]] = []

    def ask(start: int) -> None:
        for number in range(start, start + 30):
            text = one(sandbox, f"{{{{ x }}}}-{number}", {"x": start}).text
            if text != f"{start}-{number}":
                wrong.append((number, text))

    threads = [threading.Thread(target=ask, args=(start,)) for start in (0, 1000)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_the_worker_sees_nothing_of_its_surroundings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "jinja2.py").write_text("raise SystemExit('taken over')\n")
    (tmp_path / "json.py").write_text("raise SystemExit('taken over')\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("SECRET", "hunter2")
    with Sandbox() as sandbox:
        pid = _pid(sandbox)
        if sys.platform == "linux":
            assert b"hunter2" not in Path(f"/proc/{pid}/environ").read_bytes()
            assert Path(f"/proc/{pid}/cwd").resolve() == Path("/")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_fork_gets_a_worker_of_its_own_and_leaves_its_parents_alone() -> None:
    code = (
        "import os, sys\n"
        "from promptc.parse import parse\n"
        "from promptc.rendering.sandbox import Sandbox\n"
        "from promptc.source import Source\n"
        "def show(x): return s.render(parse(Source('{{ x }}')), [{'x': x}])[0].text\n"
        "s = Sandbox(); show(0)\n"
        "child = os.fork()\n"
        "ok = [show(n) for n in range(1, 30)] == [str(n) for n in range(1, 30)]\n"
        "s.close()\n"
        "if not child: os._exit(0 if ok else 1)\n"
        "sys.exit(os.waitpid(child, 0)[1] or not ok)\n"
    )
    run = subprocess.run(
        [sys.executable, "-W", "error::ResourceWarning", "-c", code], capture_output=True
    )
    assert (run.returncode, run.stderr) == (0, b"")


@pytest.mark.skipif(sys.platform == "win32", reason="kills the POSIX way")
def test_the_worker_goes_when_its_parent_is_killed() -> None:
    code = (
        "import time\n"
        "from promptc.rendering.process import Process\n"
        "p = Process(); print(p._child.pid, flush=True); time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.kill()
    until = time.monotonic() + 10
    while not _zombie_or_gone(pid) and time.monotonic() < until:
        time.sleep(0.05)
    assert _zombie_or_gone(pid)


def _zombie_or_gone(pid: int) -> bool:
    """Whether *pid* has ended; in a container nobody may have collected it."""
    if _gone(pid):
        return True
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z"


@pytest.mark.skipif(sys.platform == "win32", reason="interrupts the POSIX way")
def test_an_interrupt_ends_the_worker_and_prints_one_traceback_at_most() -> None:
    code = (
        "from promptc.parse import parse\n"
        "from promptc.rendering.sandbox import Sandbox\n"
        "from promptc.source import Source\n"
        "with Sandbox() as s:\n"
        "    s.render(parse(Source('{{ 1 }}')), [{}])\n"
        "    print(s._process._child.pid, flush=True)\n"
        "    s.render(parse(Source('{{ 10**(10**8) }}')), [{}] * 50)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        time.sleep(0.3)
        os.killpg(parent.pid, signal.SIGINT)
        _, printed = parent.communicate(timeout=20)
    assert printed.count(b"Traceback") == 1 and printed.endswith(b"KeyboardInterrupt\n")
    assert _zombie_or_gone(pid)


def test_a_worker_that_hangs_is_killed_by_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("promptc.rendering.process.PATIENCE", 0.5)
    with Sandbox() as sandbox:
        os.kill(_pid(sandbox), signal.SIGSTOP)
        assert one(sandbox, "{{ 5 }}", {}).error == "it takes more than 0 s"
        assert one(sandbox, "{{ 6 }}", {}).text == "6"

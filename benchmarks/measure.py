"""What every benchmark needs: CPU time of a command, the machine it ran on, a results file."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

RESULTS = Path(__file__).parent / "results"
PACKAGES = ("promptc-compiler", "jinja2", "tiktoken", "markdown-it-py", "click", "rich")


class Run(NamedTuple):
    """One finished command: seconds of CPU in it and its children, seconds on the clock."""

    cpu: float
    wall: float
    output: str


def run(command: Sequence[str], *, accept: tuple[int, ...] = (0,), cwd: Path | None = None) -> Run:
    """Run *command* to its end; exit with its output where its exit code is not accepted.

    Bytecode may be kept, as it is for everyone who installs promptc.
    """
    env = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    started, before = time.perf_counter(), os.times()
    done = subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=env, check=False)
    after, stopped = os.times(), time.perf_counter()
    if done.returncode not in accept:
        sys.exit(f"{' '.join(command)} exited with {done.returncode}\n{done.stderr[-2000:]}")
    cpu = (after.children_user - before.children_user) + (
        after.children_system - before.children_system
    )
    return Run(cpu, stopped - started, done.stdout)


def machine() -> dict[str, Any]:
    """The machine, the versions and the day."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "versions": {name: metadata.version(name) for name in PACKAGES},
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def record(name: str, figures: dict[str, Any]) -> dict[str, Any]:
    """*figures* with the machine that they were measured on."""
    return {"benchmark": name, "machine": machine(), "figures": figures}


def write(found: dict[str, Any], path: Path) -> str:
    """Write a record as JSON, and return what was written."""
    text = json.dumps(found, indent=2, ensure_ascii=False) + "\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return text


def save(name: str, figures: dict[str, Any], out: Path | None) -> None:
    """Print *figures*, and write them with the machine beside them."""
    print(write(record(name, figures), out or RESULTS / f"{name}.json"))


def rows(path: Path) -> list[dict[str, Any]]:
    """Read JSON lines; exit with a plain message where the data are not there."""
    if not path.is_file():
        sys.exit(f"{path} is missing: give the JSON lines file of templates or prompts to measure")
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]

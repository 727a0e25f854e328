"""The results of an audit, as JSON and as a short Markdown page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmarks.measure import machine

_SHOWN = 10


def results(verdicts: list[dict[str, Any]], **facts: Any) -> dict[str, Any]:
    """Everything that a results file says: when, where, with what, and the verdicts."""
    return {"benchmark": "audit", "machine": machine(), **facts, "verdicts": verdicts}


def write(found: dict[str, Any], path: Path) -> None:
    """Write *path* as JSON, and the same in short as Markdown beside it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    path.with_suffix(".md").write_text(markdown(found))


def markdown(found: dict[str, Any]) -> str:
    """The results in short."""
    where = found["machine"]
    versions = {"python": where["python"], **where["versions"]}
    lines = [
        "# Harm done to templates",
        "",
        f"{found['rows']} templates, level -O{found['level']}, {where['date']}; "
        f"{where['processor']}, {where['cores']} cores, {where['system']}; "
        + ", ".join(f"{name} {each}" for name, each in versions.items())
        + f"; data sha256 {found['data_sha256'][:16]}.",
        "",
        "| tool | returned | changed | rendered | harmed | beyond white space | CPU seconds |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for each in found["verdicts"]:
        lines.append(
            f"| {each['tool']} | {each['returned']} of {each['files']} | {each['changed']} "
            f"| {each['rendered']} | {each['harmed']} | {each['harmed_beyond_spacing']} "
            f"| {each['cpu_seconds']} |"
        )
    for each in found["verdicts"]:
        lines += ["", f"## {each['tool']}", "", *_kinds(each), "", *_faults(each), *_worst(each)]
    return "\n".join(lines).rstrip() + "\n"


def _kinds(verdict: dict[str, Any]) -> list[str]:
    if not verdict["files_per_kind"]:
        return ["No harm found."]
    rows = [f"| {kind} | {count} |" for kind, count in verdict["files_per_kind"].items()]
    return ["| harm | files |", "| --- | --- |", *rows]


def _faults(verdict: dict[str, Any]) -> list[str]:
    count = len(verdict["faults"])
    return [f"In {count} files it left out a pass that broke its own promise.", ""] if count else []


def _worst(verdict: dict[str, Any]) -> list[str]:
    shown = [
        f"- {each['file']}: {each['kind']}: {_inline(each['excerpt'])}" for each in verdict["harms"]
    ]
    return shown[:_SHOWN]


def _inline(text: str) -> str:
    """*text* as inline code of Markdown, whatever it holds."""
    return "`` " + text.replace("``", "` `").replace("\n", " ")[:160] + " ``"

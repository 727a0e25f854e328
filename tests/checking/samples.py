"""Projects and findings that tests of the check share."""

from __future__ import annotations

from pathlib import Path

from promptc.building.flow import Request as BuildRequest
from promptc.checking.flow import Request
from promptc.findings import Checked, Finding, Place
from promptc.results import Failure

#: What a template of a stranger may hold: control characters, markup, commands of CI logs.
HOSTILE = (
    "a\x1b[31mred\u202e ::error::x ##[error]y %0A\n::set-output name=a::b\r "
    "<script>alert(1)</script> [link](http://x) {0} & ]]> \\ \ud800 \x00"
)


def write(folder: Path, files: dict[str, str | bytes]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())


def request(*paths: Path, **given: object) -> Request:
    return Request(BuildRequest(paths=paths, cached=False, jobs=1), **given)  # type: ignore[arg-type]


def finding(message: str = "too long", path: str = "prompts/ask.j2", error: bool = True) -> Finding:
    others = (Place(path, 9, 1), Place("prompts/other.j2", 2, 5))
    return Finding("PC101", "over-tokens", path, 3, 5, 3, 9, message, error=error, others=others)


def hostile() -> Checked:
    """What a check finds in files whose names, text and errors are hostile."""
    path = f"prompts/{HOSTILE}.j2"
    return Checked(
        findings=(finding(HOSTILE, path), finding(HOSTILE, path, error=False)),
        failures=(Failure(path, f"{path}: {HOSTILE}"),),
        templates=2,
        model="gpt-4o",
        against=HOSTILE,
        paths=(path,),
    )

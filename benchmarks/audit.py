"""Count the harm that compiling does to real templates.

Shares no code with promptc: it runs ``promptc build`` as a command, reads the files that it
wrote, and judges them with its own means (Jinja's lexer and parser, `json`, a few patterns) and by
rendering source and output in stock Jinja.

    python -m benchmarks.audit --data templates.jsonl prompts.jsonl --level 2 \\
        --out benchmarks/results/audit.json

*--data* is JSON Lines; a row has ``id``, ``text``, ``engine`` (none for a plain prompt) and, where
it includes files, ``deps``. From level 2 on a tool may say the same in fewer words; below, no word
may change. Exit codes: 0 nothing harmed, 1 harm, 2 could not run.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.auditing import corpus, page, tools
from benchmarks.auditing.corpus import Row
from benchmarks.auditing.judge import audit
from benchmarks.auditing.tools import ToolError
from benchmarks.auditing.verdict import Verdict, judge

_SHOWN = 20


def main(arguments: list[str] | None = None) -> int:
    """Run the audit, print what it found, and return the exit code."""
    options = _options(arguments)
    missing = [str(path) for path in options.data if not path.is_file()]
    if missing:
        print(f"audit: {missing[0]}: no such file; nothing was audited", file=sys.stderr)
        return 2
    read = corpus.load(options.data, options.limit)
    if not read.rows:
        print(f"audit: {options.data[0]}: no rows; nothing was audited", file=sys.stderr)
        return 2
    try:
        verdicts = _verdicts(read.rows, options)
    except ToolError as error:
        print(f"audit: {error}", file=sys.stderr)
        return 2
    if options.out:
        facts = {"rows": len(read.rows), "data_sha256": read.sha256, "level": options.level}
        # What a peer does to other people's texts is counted here, not quoted.
        quoted = [each.as_json() if _ours(each) else each.as_json(most=0) for each in verdicts]
        page.write(page.results(quoted, **facts), options.out)
    for each in verdicts:
        _tell(each)
    return int(any(each.harms for each in verdicts if _ours(each)))


def _verdicts(rows: list[Row], options: Any) -> list[Verdict]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        source = folder / "templates"
        corpus.write(rows, source)
        if options.peer_only:
            return [*_peers(rows, source, options)]
        built = tools.promptc(rows, source, folder / "promptc", options.level)
        label = f"promptc -O{options.level}"
        ours = judge(label, rows, built, reworded=_reworded(options))
        return [ours, *_peers(rows, source, options)]


def _peers(rows: list[Row], source: Path, options: Any) -> list[Verdict]:
    """The peer as it comes, and without the fix that wraps every prompt in a tag."""
    if options.peer is None:
        return []
    command = options.peer_command
    label = f"promptlint {tools.version([command, '--version'])} --fix"
    folder = source.parent
    whole = tools.promptlint(rows, source, folder / "peer", command=command)
    bare = tools.promptlint(rows, source, folder / "bare", command=command, unwrapped=True)
    both = ((label, whole), (f"{label}, no <task> wrapper", bare))
    return [judge(name, rows, made, reworded=_reworded(options)) for name, made in both]


def _reworded(options: Any) -> bool:
    """Whether a tool may use fewer words for the same; peers are judged as promptc is."""
    return bool(options.level > 1)


def _tell(verdict: Verdict) -> None:
    found = verdict.as_json()
    print(
        f"{verdict.tool}: {found['returned']} of {verdict.files} files returned, "
        f"{verdict.changed} changed, {verdict.rendered} rendered, {found['harmed']} harmed, "
        f"{found['harmed_beyond_spacing']} beyond white space"
    )
    if found["faults"]:
        print(f"  {len(found['faults'])} files in which the tool left a pass of its own out")
    for name in verdict.accepted_but_refused[:_SHOWN]:
        print(f"  refused: {name}: {verdict.output.refused[name]}")
    for kind, count in found["files_per_kind"].items():
        print(f"  {count:5} {kind}")
    for harm in verdict.harms[:_SHOWN]:
        print(f"  {harm.file}: {harm.kind}: {harm.excerpt}")


def _ours(verdict: Verdict) -> bool:
    return verdict.tool.startswith("promptc")


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=_Formatter)
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="JSON Lines")
    parser.add_argument("--level", type=int, default=1, help="the level to build at")
    parser.add_argument("--limit", type=int, help="audit this many rows")
    parser.add_argument("--out", type=Path, help="write results here, and Markdown beside it")
    parser.add_argument("--peer", choices=["promptlint"], help="audit this tool on the same files")
    parser.add_argument("--peer-command", default="promptlint", help="where the peer is installed")
    parser.add_argument("--peer-only", action="store_true", help="leave promptc out")
    return parser.parse_args(arguments)


_Formatter = argparse.RawDescriptionHelpFormatter

__all__ = ["audit", "main"]

if __name__ == "__main__":
    sys.exit(main())

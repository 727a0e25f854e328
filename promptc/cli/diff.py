"""``promptc diff``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from promptc.cli.arguments import TEMPLATES, FilePath, about, counting
from promptc.cli.asked import request
from promptc.cli.output import DONE, FAILED, FINDINGS, progress_bar, say

HEAD = "HEAD"


@click.command()
@click.argument("revision", metavar="[REV]", required=False)
@click.argument("paths", nargs=-1, type=FilePath())
@click.option("--max-growth", metavar="LIMIT", help="Exit 1 above it: 10%, 50, or 10%,50 for both.")
@click.option("--markdown", "as_markdown", is_flag=True, help="Print it for a pull request.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@counting
@click.option("--no-cache", is_flag=True, help="Count everything anew.")
@click.pass_context
def diff(ctx: click.Context, /, revision: str | None, **given: Any) -> None:
    """Show what templates cost now, and what they cost at a git revision.

    REV is a commit, a branch or a tag, by default HEAD; BASE... is where HEAD parted from BASE.
    PATHS are folders of templates, or files; by default the folder templates. A template has
    changed when a file that it includes has.

    \b
    promptc diff
    promptc diff main... prompts/ --markdown
    promptc diff v1.2 --max-growth 10%,50
    """
    from promptc import report
    from promptc.changes import limit
    from promptc.comparison import compare

    as_markdown, as_json = given.pop("as_markdown"), given.pop("as_json")
    if as_markdown and as_json:
        raise click.UsageError("--markdown and --json can't be mixed; ask for one of them.")
    stated = given.pop("max_growth")
    with about("--max-growth"):
        most = limit(stated) if stated is not None else None
    revision, given["paths"] = _meant(revision, given["paths"])
    wanted = request({**given, "level": 0, "passes": (), "without": ()})
    with about("--model", only=repr(wanted.model)):
        compared = compare(wanted, revision, progress=progress_bar(quiet=as_json))
    written = report.diff_markdown if as_markdown else report.diff_text
    say(report.diff_json(compared) if as_json else written(compared))
    grown = [each for each in compared.changes if most and most.exceeded(each)]
    for each in grown:
        told = f"{each.path}: grown by {each.grown:,.0f} tokens, more than {stated}"
        click.echo(report.plain(told), err=True)
    for failure in compared.failures:
        click.echo(report.plain(failure.message), err=True)
    ctx.exit(FAILED if compared.failures else FINDINGS if grown else DONE)


def _meant(revision: str | None, paths: tuple[Path, ...]) -> tuple[str, tuple[Path, ...]]:
    """The revision and the paths; as for git, a first word that is a path stands for itself."""
    from promptc.history.git import repository

    if revision is None:
        return HEAD, paths
    there = Path(revision)
    if there.exists():
        found = repository(paths[0] if paths else there)
        if found is None or not found.knows(revision):
            return HEAD, (there, *paths)
    return revision, paths or ((TEMPLATES,) if TEMPLATES.exists() else ())

"""``promptc check``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from promptc.cli.arguments import FilePath, about, compiling
from promptc.cli.asked import request
from promptc.cli.output import DONE, FAILED, FINDINGS, progress_bar, say

FORMATS = ("text", "json", "github", "sarif", "junit")


@click.command()
@click.argument("paths", nargs=-1, type=FilePath())
@click.option("--select", multiple=True, metavar="CODES", help="Report these only: PC1,PC403.")
@click.option("--ignore", multiple=True, metavar="CODES", help="Leave these codes out.")
@compiling
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", help="How to report.")
@click.option("--output", type=FilePath(), help="Write the report here.")
@click.option("--fix", is_flag=True, help="Write what -O1 saves into the files.")
@click.option("--unsafe-fixes", is_flag=True, help="Write what -O2 saves, too: other words.")
@click.option("--baseline", type=FilePath(), help="Measure growth against this file.")
@click.option("--update-baseline", is_flag=True, help="Write it: limits only ever get tighter.")
@click.option("--since", metavar="REV", help="Measure growth against REV; default HEAD.")
@click.option("--jobs", type=click.IntRange(0), default=0, help="Processes; 0 chooses.")
@click.option("--no-cache", is_flag=True, help="Read everything anew.")
@click.option("-q", "--quiet", is_flag=True, help="Report errors only.")
@click.pass_context
def check(ctx: click.Context, /, **given: Any) -> None:
    """Report what templates cost too much, and what is wrong with them.

    PATHS are folders of templates, or files; by default the folder templates. A file stands for
    itself and for every template that includes it.

    Exit code: 0 clean or warnings only, 1 errors found, 2 could not run.

    \b
    promptc check prompts/
    promptc check prompts/ --select PC1,PC5 --format github
    promptc check prompts/ --fix
    """
    from promptc import report
    from promptc.checking.flow import Request
    from promptc.checking.flow import check as run

    form, output, quiet = (given.pop(name) for name in ("form", "output", "quiet"))
    fixes = (given.pop("fix"), given.pop("unsafe_fixes"))
    past = {name: given.pop(name) for name in ("baseline", "update_baseline", "since")}
    _refuse_contradictions(**past)
    level = 2 if fixes[1] else int(fixes[0])
    if level == 2 and given["level"] is None:
        given["level"] = 2
    select, ignore = (_codes(given.pop(name)) for name in ("select", "ignore"))
    wanted = Request(request(given), select, ignore, fix=level, **past)
    silent = quiet or form != "text"
    with about("--model", only=repr(wanted.build.model)):
        checked = run(wanted, progress=progress_bar(quiet=silent))
    _write(report.findings(checked, form, quiet=quiet), output)
    for note in checked.notes:
        click.echo(report.plain(note), err=True)
    for failure in checked.failures:
        click.echo(report.plain(failure.message), err=True)
    ctx.exit(FAILED if checked.failures else FINDINGS if checked.errors else DONE)


def _refuse_contradictions(
    *, baseline: Path | None, update_baseline: bool, since: str | None
) -> None:
    if since is not None and (baseline is not None or update_baseline):
        raise click.UsageError("--since and --baseline can't be mixed; ask for one of them.")


def _codes(given: tuple[str, ...]) -> tuple[str, ...]:
    parts = (part.strip() for text in given for part in text.split(","))
    return tuple(part.upper() for part in parts if part)


def _write(text: str, output: Path | None) -> None:
    if output is None:
        say(text)
        return
    from promptc.building.atomic import write

    write(output, f"{text}\n".encode(errors="backslashreplace"))

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
    codes = {name: _codes(given.pop(name)) for name in ("select", "ignore")}
    wanted = Request(request(given), **codes)
    silent = quiet or form != "text"
    with about("--model", only=repr(wanted.build.model)):
        checked = run(wanted, progress=progress_bar(quiet=silent))
    _write(report.findings(checked, form, quiet=quiet), output)
    for note in checked.notes:
        click.echo(report.plain(note), err=True)
    for failure in checked.failures:
        click.echo(report.plain(failure.message), err=True)
    ctx.exit(FAILED if checked.failures else FINDINGS if checked.errors else DONE)


def _codes(given: tuple[str, ...]) -> tuple[str, ...]:
    parts = (part.strip() for text in given for part in text.split(","))
    return tuple(part.upper() for part in parts if part)


def _write(text: str, output: Path | None) -> None:
    if output is None:
        say(text)
        return
    from promptc.atomic import write

    write(output, f"{text}\n".encode(errors="backslashreplace"))

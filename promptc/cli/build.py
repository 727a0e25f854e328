"""``promptc build``."""

from __future__ import annotations

from functools import partial
from typing import Any

import click

from promptc.cli.arguments import FilePath, about, compiling, reporting
from promptc.cli.asked import request
from promptc.cli.output import DONE, FAILED, FINDINGS, page_writer, progress_bar, say


@click.command()
@click.argument("paths", nargs=-1, type=FilePath())
@click.option("-o", "--out", type=FilePath(), help="Output folder; default build.")
@compiling
@click.option(
    "--quality",
    type=click.Choice(["off", "warn", "gate"]),
    help="An edit that fails a check: not checked, listed, or undone; default gate.",
)
@click.option("--jobs", type=click.IntRange(0), default=0, help="Processes; 0 chooses.")
@click.option("--locked", is_flag=True, help="Write nothing; exit 1 unless all is as locked.")
@click.option("--dry-run", is_flag=True, help="Write nothing.")
@click.option("--keep-going", is_flag=True, help="Publish the good files when others fail.")
@click.option("--no-cache", is_flag=True, help="Compile everything anew.")
@click.option("--diff", is_flag=True, help="Show what changed, as a unified diff.")
@click.option("--why", is_flag=True, help="Show what each pass saved, and every row.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.option("--markdown", "as_markdown", is_flag=True, help="Print it for a pull request.")
@reporting
@click.option("-q", "--quiet", is_flag=True, help="Print failures and findings only.")
@click.pass_context
def build(ctx: click.Context, /, **given: Any) -> None:
    """Compile templates into the output folder.

    PATHS are folders of templates, or files; by default the folder templates.

    \b
    promptc build prompts/ -o compiled/
    promptc build -O1 --why --dry-run
    promptc build --pass collapse-blank-lines:keep=0 --no-pass compact-tables
    promptc build --report report.html
    promptc build --locked
    """
    from promptc import report
    from promptc.building.flow import build as run
    from promptc.report import page

    show = {key: given.pop(key) for key in ("diff", "why", "as_json", "as_markdown", "quiet")}
    _refuse_contradictions(**show)
    put = page_writer(given.pop("report"), quiet=show["quiet"])
    wanted = request(given)
    with about("--model", only=repr(wanted.model)):
        built, findings = run(wanted, progress=progress_bar(quiet=show["quiet"] or show["as_json"]))
    if show["as_json"]:
        click.echo(report.as_json(built))
    elif show["as_markdown"]:
        say(report.markdown(built))
    else:
        report.print_report(built, why=show["why"], quiet=show["quiet"])
    if show["diff"]:
        report.print_diffs(built)
    put(partial(page.build_page, built))
    for finding in (*built.notes, *findings):
        click.echo(report.plain(finding), err=True)
    if findings:
        click.echo("Run promptc build with the same options, and commit what it writes.", err=True)
    ctx.exit(FAILED if built.failures else FINDINGS if findings else DONE)


def _refuse_contradictions(
    *, diff: bool, why: bool, as_json: bool, as_markdown: bool, quiet: bool
) -> None:
    forms = {"--json": as_json, "--markdown": as_markdown, "--diff": diff}
    asked = [name for name, given in forms.items() if given]
    if len(asked) > 1:
        raise click.UsageError(f"{' and '.join(asked)} can't be mixed; ask for one of them.")
    if why and quiet:
        raise click.UsageError("--why and --quiet can't be mixed; ask for one of them.")

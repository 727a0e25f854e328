"""The command line: read arguments, call the api, print, choose an exit code."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from promptc.errors import ConfigError, PromptcError

DONE, FINDINGS, FAILED, INTERRUPTED = 0, 1, 2, 130


class Group(click.Group):
    """Shows promptc's own errors as messages, not tracebacks."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except PromptcError as error:
            _say_error(error)
            ctx.exit(FAILED)
        except KeyboardInterrupt:
            click.echo("Interrupted. What was published before stands.", err=True)
            ctx.exit(INTERRUPTED)


def _say_error(error: PromptcError) -> None:
    from promptc.report import plain

    click.echo(f"Error: {plain(str(error))}", err=True)


def _path(**kwargs: Any) -> click.Path:
    return click.Path(path_type=Path, **kwargs)


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="promptc-compiler", prog_name="promptc")
def main() -> None:
    """Compile prompt templates: the same prompt for fewer tokens, with proof."""


def _shared(command: Callable[..., Any]) -> Callable[..., Any]:
    """Options of every command that compiles."""
    options = [
        click.option("-O", "--level", type=click.IntRange(0, 3), help="0 counts only; default 2."),
        click.option("--model", help="Model whose tokenizer and prices count; default gpt-4o."),
        click.option(
            "--pass", "passes", multiple=True, metavar="NAME[:OPTION=VALUE,…]",
            help="Set a pass's options, or run one that its level leaves out.",
        ),
        click.option("--no-pass", "without", multiple=True, metavar="NAME", help="Leave one out."),
        click.option(
            "--set", "bindings", multiple=True, metavar="NAME=VALUE",
            help="A variable whose value is known now; VALUE is JSON, or else a string.",
        ),
        click.option("--config", type=_path(), help="Read this file and no other."),
        click.option("--prices", type=_path(), help="Prices that go before the built-in ones."),
        click.option("--tokenizer", type=_path(), help="The model's tokenizer.json."),
    ]  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


@main.command()
@click.argument("paths", nargs=-1, type=_path())
@click.option("-o", "--out", type=_path(), help="Output folder; default build.")
@_shared
@click.option("--jobs", type=click.IntRange(0), default=0, help="Processes; 0 chooses.")
@click.option("--locked", is_flag=True, help="Write nothing; exit 1 unless all is as locked.")
@click.option("--dry-run", is_flag=True, help="Write nothing.")
@click.option("--keep-going", is_flag=True, help="Publish the good files when others fail.")
@click.option("--no-cache", is_flag=True, help="Compile everything anew.")
@click.option("--diff", is_flag=True, help="Show what changed, as a unified diff.")
@click.option("--why", is_flag=True, help="Show what each pass saved.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.option("--markdown", "as_markdown", is_flag=True, help="Print it for a pull request.")
@click.option("-q", "--quiet", is_flag=True, help="Print failures and findings only.")
@click.pass_context
def build(ctx: click.Context, /, **given: Any) -> None:
    """Compile templates into the output folder.

    PATHS are folders of templates, or files; by default the folder templates.
    """
    from promptc import report
    from promptc.building.flow import build as run

    show = {key: given.pop(key) for key in ("diff", "why", "as_json", "as_markdown", "quiet")}
    request = _request(given)
    built, findings = run(request, progress=_progress(quiet=show["quiet"] or show["as_json"]))
    if show["as_json"]:
        click.echo(report.as_json(built))
    elif show["as_markdown"]:
        click.echo(report.markdown(built))
    else:
        report.print_report(built, why=show["why"], quiet=show["quiet"])
    if show["diff"]:
        report.print_diffs(built)
    for finding in (*built.notes, *findings):
        click.echo(report.plain(finding), err=True)
    ctx.exit(FAILED if built.failures else FINDINGS if findings else DONE)


def _request(given: dict[str, Any]) -> Any:
    from promptc.building.flow import Request

    options = dict(map(_pass_option, given.pop("passes")))
    off = dict.fromkeys(given.pop("without"), False)
    bindings = dict(map(_binding, given.pop("bindings")))
    paths = given.pop("paths") or (Path("templates"),)
    cached = not given.pop("no_cache", False)
    return Request(
        paths=paths, passes={**options, **off}, bindings=bindings, cached=cached, **given
    )


def _pass_option(text: str) -> tuple[str, dict[str, Any]]:
    """``name:keep=0,deep=true`` to the name and its options."""
    name, _, rest = text.partition(":")
    pairs = [part for part in rest.split(",") if part]
    return name, dict(_binding(part, "--pass") for part in pairs)


def _binding(text: str, option: str = "--set") -> tuple[str, Any]:
    import json

    name, equals, value = text.partition("=")
    if not equals or not name:
        raise ConfigError(f"{option} {text!r}: write NAME=VALUE")
    try:
        return name.strip(), json.loads(value)
    except ValueError:
        return name.strip(), value


def _progress(*, quiet: bool) -> Callable[[int, int], None] | None:
    """A callback that draws how far a long build is, where there is a terminal to draw on."""
    if quiet or not sys.stderr.isatty():
        return None
    from promptc.report import progress

    return progress()


@main.command()
@click.argument("what", required=False)
@click.option("-o", "--out", type=_path(), default=Path("build"), help="The build folder.")
def explain(what: str | None, out: Path) -> None:
    """Explain a pass, or what was done to a line.

    WHAT is the name of a pass, or FILE:LINE of a template that was built. Without it, the passes
    are listed.
    """
    from promptc import report
    from promptc.building import ledger
    from promptc.passes import BY_NAME, find, level

    if what is None:
        for name, each in BY_NAME.items():
            summary = (each.__doc__ or "").strip().splitlines()[0]
            click.echo(f"{name:22} {summary}")
        return
    if ":" not in what:
        click.echo(report.explain_pass(find(what), level(what)))
        return
    name, line = _place(what)
    drops = ledger.drops_of(ledger.load(out), name)
    shown = drops[0].source if drops else name
    click.echo(report.explain_drops(drops, (shown, line)))


@main.command()
@click.argument("place", metavar="FILE:LINE")
@click.option("-o", "--out", type=_path(), default=Path("build"), help="The build folder.")
def restore(place: str, out: Path) -> None:
    """Print the source text that was dropped from a line."""
    from promptc.building import ledger

    name, line = _place(place)
    click.echo(ledger.restore(ledger.load(out), name, line), nl=False)


def _place(text: str) -> tuple[str, int]:
    name, _, line = text.rpartition(":")
    if not name or not line.isdigit() or int(line) < 1:
        raise ConfigError(f"{text!r} is no place in a file; write FILE:LINE, as ask.j2:12")
    return name, int(line)


@main.command()
@click.argument("folder", type=_path(file_okay=False), default=Path())
def init(folder: Path) -> None:
    """Write a commented promptc.toml into FOLDER."""
    from promptc.config import init as write

    click.echo(f"Wrote {write(folder)}")

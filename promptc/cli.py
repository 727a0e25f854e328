"""The command line: read arguments, call the api, print, choose an exit code."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from promptc.errors import ConfigError, PromptcError

DONE, FINDINGS, FAILED, INTERRUPTED = 0, 1, 2, 130
TEMPLATES = Path("templates")
_DASH = Path("-")


class Group(click.Group):
    """Shows promptc's own errors as messages, not tracebacks."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except PromptcError as error:
            _complain(f"Error: {error}")
            ctx.exit(FAILED)
        except KeyboardInterrupt:
            stands = " What was published before stands."
            _complain(f"Interrupted.{stands if ctx.invoked_subcommand == 'build' else ''}")
            ctx.exit(INTERRUPTED)


def _complain(message: str) -> None:
    """Print *message* on standard error, over the progress bar if one is drawn."""
    from promptc.report import plain

    wipe = "\r\x1b[2K" if sys.stderr.isatty() else ""
    click.echo(f"{wipe}{plain(message)}", err=True)


def _say(text: str) -> None:
    """Print *text* in characters that standard output can write."""
    from promptc.report import writable

    click.echo(writable(text, sys.stdout.encoding or "utf-8"))


class _Path(click.Path):
    """A path that was written out; with *file*, one of a file that is there."""

    def __init__(self, *, file: bool = False, **kwargs: Any) -> None:
        super().__init__(path_type=Path, **kwargs)
        self.file = file

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        from promptc.paths import display, neighbors

        path = Path(value)
        if value == "":
            self.fail("the path is empty.", param, ctx)
        if self.file and not path.exists():
            self.fail(f"{display(path)}: no such file; {neighbors(path)}", param, ctx)
        if self.file and path.is_dir():
            self.fail(f"{display(path)}: this is a folder; name a file", param, ctx)
        return super().convert(value, param, ctx)


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
            "--pass", "passes", multiple=True, metavar="NAME[:OPTION=VALUE,...]",
            help="Set a pass's options, or run one that its level leaves out.",
        ),
        click.option("--no-pass", "without", multiple=True, metavar="NAME", help="Leave one out."),
        click.option(
            "--set", "bindings", multiple=True, metavar="NAME=VALUE",
            help="A variable whose value is known now; VALUE is JSON, or else a string.",
        ),
        click.option("--config", type=_Path(file=True), help="Read this file and no other."),
        click.option(
            "--prices", type=_Path(file=True), help="Prices that go before the built-in ones."
        ),
        click.option("--tokenizer", type=_Path(file=True), help="The model's tokenizer.json."),
    ]  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


@main.command()
@click.argument("paths", nargs=-1, type=_Path())
@click.option("-o", "--out", type=_Path(), help="Output folder; default build.")
@_shared
@click.option("--jobs", type=click.IntRange(0), default=0, help="Processes; 0 chooses.")
@click.option("--locked", is_flag=True, help="Write nothing; exit 1 unless all is as locked.")
@click.option("--dry-run", is_flag=True, help="Write nothing.")
@click.option("--keep-going", is_flag=True, help="Publish the good files when others fail.")
@click.option("--no-cache", is_flag=True, help="Compile everything anew.")
@click.option("--diff", is_flag=True, help="Show what changed, as a unified diff.")
@click.option("--why", is_flag=True, help="Show what each pass saved, and every row.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.option("--markdown", "as_markdown", is_flag=True, help="Print it for a pull request.")
@click.option("-q", "--quiet", is_flag=True, help="Print failures and findings only.")
@click.pass_context
def build(ctx: click.Context, /, **given: Any) -> None:
    """Compile templates into the output folder.

    PATHS are folders of templates, or files; by default the folder templates.

    \b
    promptc build prompts/ -o compiled/
    promptc build -O1 --why --dry-run
    promptc build --pass collapse-blank-lines:keep=0 --no-pass compact-tables
    promptc build --locked
    """
    from promptc import report
    from promptc.building.flow import build as run

    show = {key: given.pop(key) for key in ("diff", "why", "as_json", "as_markdown", "quiet")}
    _refuse_contradictions(**show)
    request = _request(given)
    with _about("--model", only=repr(request.model)):
        built, findings = run(request, progress=_progress(quiet=show["quiet"] or show["as_json"]))
    if show["as_json"]:
        click.echo(report.as_json(built))
    elif show["as_markdown"]:
        _say(report.markdown(built))
    else:
        report.print_report(built, why=show["why"], quiet=show["quiet"])
    if show["diff"]:
        report.print_diffs(built)
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


@contextmanager
def _about(option: str, only: str = "") -> Iterator[None]:
    """Name *option* in the errors that its value raises: those whose message has *only* in it."""
    try:
        yield
    except ConfigError as error:
        if only not in str(error):
            raise
        raise ConfigError(f"{option}: {error}") from error


def _request(given: dict[str, Any]) -> Any:
    from promptc.building.flow import Request

    passes = _chosen(given.pop("passes"), given.pop("without"))
    bindings = dict(_binding(text, "--set") for text in given.pop("bindings"))
    paths = given.pop("paths") or (TEMPLATES,)
    if paths == (TEMPLATES,) and not TEMPLATES.exists():
        raise ConfigError(
            "there is no folder templates here; name yours, as in 'promptc build prompts/'"
        )
    if given["model"] is not None and not given["model"].strip():
        raise ConfigError("--model: the name is empty; write one, as gpt-4o")
    cached = not given.pop("no_cache", False)
    return Request(paths=paths, passes=passes, bindings=bindings, cached=cached, **given)


def _chosen(wanted: Iterable[str], unwanted: Iterable[str]) -> dict[str, dict[str, Any] | bool]:
    """What ``--pass`` and ``--no-pass`` say of each pass; options of one pass add up."""
    from promptc.passes import find, make

    chosen: dict[str, dict[str, Any] | bool] = {}
    options: dict[str, dict[str, Any]] = {}
    for text in wanted:
        name, given = _pass_option(text)
        with _about("--pass"):
            make(find(name), given)
        options[name] = {**options.get(name, {}), **given}
    chosen.update(options)
    for name in unwanted:
        with _about("--no-pass"):
            find(name)
        if name in options:
            raise ConfigError(f"--no-pass {name}: --pass asks for it; take one of the two away")
        chosen[name] = False
    return chosen


def _pass_option(text: str) -> tuple[str, dict[str, Any]]:
    """``name:keep=0,deep=true`` to the name and its options."""
    name, _, rest = text.partition(":")
    if not name or "=" in name:
        raise ConfigError(f"--pass {text!r}: write NAME, or NAME:OPTION=VALUE")
    pairs = [part for part in rest.split(",") if part]
    return name, dict(_binding(part, "--pass") for part in pairs)


def _binding(text: str, option: str) -> tuple[str, Any]:
    import json

    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise ConfigError(f"{option} {text!r}: write NAME=VALUE")
    try:
        return name.strip(), json.loads(value, parse_constant=str)
    except ValueError:
        return name.strip(), value


def _progress(*, quiet: bool) -> Callable[[int, int], None] | None:
    """A callback that draws how far a long build is, where there is a terminal to draw on."""
    if quiet or not sys.stderr.isatty():
        return None
    from promptc.report import progress

    return progress()


class _Input(_Path):
    """A path, or ``-`` for a standard stream."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return _DASH if str(value) == "-" else super().convert(value, param, ctx)


_ABOVE_ZERO = click.FloatRange(0, min_open=True)


@main.command()
@click.argument("files", nargs=-1, type=_Input(file=True))
@click.option("--rate", type=float, help="Share of the tokens that may stay, as 0.5.")
@click.option(
    "--tokens", type=click.IntRange(0), help="Tokens that may stay; with --rate the tighter."
)
@click.option("--query", default="", help="A question; what may answer it stays.")
@click.option("--model", default="gpt-4o", help="Whose tokens are counted; default gpt-4o.")
@click.option("--scorer", default="embedded", help="What rates tokens; default embedded.")
@click.option("--together", is_flag=True, help="One budget for all FILES, not one for each.")
@click.option("--keep", multiple=True, metavar="TEXT", help="Stays wherever it stands; repeatable.")
@click.option("--mark", default="", metavar="TEXT", help="Write this at every cut; it counts.")
@click.option("--fine/--no-fine", default=None, help="Cut inside sentences, or never.")
@click.option("--cache", type=_Path(file_okay=False), help="A folder that remembers results.")
@click.option("--deadline", type=_ABOVE_ZERO, metavar="SECONDS", help="Time for each input.")
@click.option("--jsonl", is_flag=True, help="FILES are JSON Lines.")
@click.option("--text-field", metavar="NAME", help="With --jsonl: the field to compress.")
@click.option("--rejects", type=_Path(), help="With --jsonl: write the bad lines here.")
@click.option("--resume", is_flag=True, help="With --jsonl: skip what is in --output already.")
@click.option("-o", "--output", type=_Input(), help="Write here; JSON Lines are added at its end.")
@click.option("--json", "as_json", is_flag=True, help="Print what was kept, and numbers, as JSON.")
@click.option("--explain", is_flag=True, help="Say on standard error what was dropped.")
@click.pass_context
def compress(ctx: click.Context, /, **given: Any) -> None:
    """Shorten texts to a budget of tokens, nothing reworded.

    FILES are texts in UTF-8; - or none is standard input. Each is shortened by itself, to a budget
    of its own, and they are printed in order. With --together they are documents that share one
    budget; of some nothing may stay.

    With --jsonl, each line is an object with the field text, documents or messages; id and query
    may stand beside it. It comes back with that field replaced and the numbers under promptc. A
    line that can't be compressed is reported and set aside, and the rest goes on. Without an id a
    line is known by its number.

    Exit code: 0 done, 2 could not run all or part, 130 interrupted.

    \b
    promptc compress notes.txt --rate 0.5
    promptc compress mail.txt notes.txt --together --tokens 2000 --query "Who signed?"
    promptc compress chats.jsonl --jsonl --rate 0.4 --output short.jsonl --resume
    """
    from promptc.streams import command

    inputs = given.pop("files") or (_DASH,)
    given["output"] = None if given["output"] == _DASH else given["output"]
    ctx.exit(command.run(command.Asked(inputs=inputs, **given), _complain))


@main.command()
@click.argument("what", required=False)
@click.option("-o", "--out", type=_Path(), default=Path("build"), help="The build folder.")
def explain(what: str | None, out: Path) -> None:
    """Explain a pass, or what was done to a line.

    WHAT is the name of a pass, or FILE:LINE of a template that was built; FILE alone names the
    lines that were changed. Without it, the passes are listed.

    \b
    promptc explain minify-json
    promptc explain templates/sql_writer.j2:12
    """
    from promptc import report
    from promptc.building import ledger
    from promptc.passes import find, level

    if what is None:
        _say(report.list_passes())
    elif ":" in what:
        name, line = _place(what)
        _say(report.explain_line(ledger.load(out), name, line))
    elif "." in what or "/" in what:
        _say(report.changed_lines(ledger.load(out), what))
    else:
        _say(report.explain_pass(find(what), level(what)))


@main.command()
@click.argument("place", metavar="FILE:LINE")
@click.option("-o", "--out", type=_Path(), default=Path("build"), help="The build folder.")
def restore(place: str, out: Path) -> None:
    """Print the source text that was dropped from a line.

    It is printed as it stood, to be put back by hand or by an editor; a terminal shows its
    control characters as escapes.

    \b
    promptc restore templates/sql_writer.j2:12
    """
    from promptc import report
    from promptc.building import ledger

    name, line = _place(place)
    text = ledger.restore(ledger.load(out), name, line)
    if sys.stdout.isatty():
        _say(report.printable(text))
    else:
        click.echo(text.encode(), nl=False)


def _place(text: str) -> tuple[str, int]:
    name, _, line = text.rpartition(":")
    if not name or not line.isdecimal() or int(line) < 1:
        raise ConfigError(f"{text!r} is no place in a file; write FILE:LINE, as ask.j2:12")
    return name, int(line)


@main.command()
@click.argument("folder", type=_Path(exists=True, file_okay=False), default=Path())
def init(folder: Path) -> None:
    """Write a commented promptc.toml into FOLDER, by default the current one."""
    from promptc.config import init as write

    click.echo(f"Wrote {write(folder)}")

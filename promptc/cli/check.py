"""``promptc check``."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn, TypeAlias

import click

from promptc.cli.arguments import TEMPLATES, FilePath, about, compiling, reporting
from promptc.cli.asked import request
from promptc.cli.output import DONE, FAILED, FINDINGS, complain, page_writer, progress_bar, say
from promptc.errors import PromptcError

if TYPE_CHECKING:
    from promptc.checking.flow import Request
    from promptc.findings import Checked

Put: TypeAlias = Callable[[Callable[[], str]], None]
FORMATS = ("text", "json", "github", "sarif", "junit")


class Shown(NamedTuple):
    """How the findings are shown, and where."""

    form: str
    output: Path | None
    quiet: bool
    page: Path | None


@click.command()
@click.argument("paths", nargs=-1, type=FilePath())
@click.option("--select", multiple=True, metavar="CODES", help="Report these only: PC1,PC403.")
@click.option("--ignore", multiple=True, metavar="CODES", help="Leave these codes out.")
@compiling
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", help="How to report.")
@click.option("--output", type=FilePath(), help="Write the report here.")
@reporting
@click.option("--fix", is_flag=True, help="Write what -O1 saves into the files.")
@click.option("--unsafe-fixes", is_flag=True, help="Write what -O2 saves, too: other words.")
@click.option("--baseline", type=FilePath(), help="Measure growth against this file.")
@click.option("--update-baseline", is_flag=True, help="Write it: limits only ever get tighter.")
@click.option("--since", metavar="REV", help="Measure growth against REV; default HEAD.")
@click.option("--watch", is_flag=True, help="Check again whenever a file changes.")
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
    promptc check prompts/ --report report.html
    promptc check prompts/ --baseline promptc-baseline.json --update-baseline
    """
    shown = Shown(*(given.pop(name) for name in ("form", "output", "quiet", "report")))
    watch = given.pop("watch")
    _refuse_contradictions(watch=watch, **given)
    put = page_writer(shown.page, quiet=shown.quiet)
    if watch:
        _watch(given, shown, put)
    checked = None if shown.page or _writes(given) else _recalled(given)
    ctx.exit(_report(checked or _checked(given, shown, put), shown))


def _writes(given: Mapping[str, Any]) -> bool:
    """Whether the check writes files, or compares with what may move without a trace."""
    asked = ("fix", "unsafe_fixes", "update_baseline", "since", "no_cache")
    return any(given[name] for name in asked)


def _recalled(given: Mapping[str, Any]) -> Checked | None:
    """The last result of the same check, if nothing changed; found without importing much."""
    from promptc.checking import recent

    paths = given["paths"] or (TEMPLATES,)
    return recent.recall(recent.named(_asked(given)), paths[0])


def _asked(given: Mapping[str, Any]) -> list[tuple[str, str]]:
    return sorted((name, str(value)) for name, value in given.items())


def _checked(given: dict[str, Any], shown: Shown, put: Put) -> Checked:
    from promptc.checking import recent
    from promptc.checking.flow import run
    from promptc.checking.traces import stamps, traces
    from promptc.report import page

    name, writes, began = recent.named(_asked(given)), _writes(given), time.time_ns()
    wanted = _request(dict(given))
    silent = shown.quiet or shown.form != "text"
    with about("--model", only=repr(wanted.build.model)):
        checked, state = run(wanted, progress=progress_bar(quiet=silent))
    if not writes and not checked.failures:
        known = stamps(traces(state, wanted))
        recent.remember(name, checked, known, began=began, folder=state.config.root)
    put(partial(page.check_page, checked, state))
    return checked


def _request(given: dict[str, Any]) -> Request:
    from promptc.checking.flow import Request

    fix, unsafe = given.pop("fix"), given.pop("unsafe_fixes")
    if unsafe and given["level"] is None:
        given["level"] = 2
    own = {name: given.pop(name) for name in ("baseline", "update_baseline", "since")}
    select, ignore = (_codes(given.pop(name)) for name in ("select", "ignore"))
    return Request(request(given), select, ignore, fix=2 if unsafe else int(fix), **own)


def _report(checked: Checked, shown: Shown) -> int:
    """Print or write what was found; return the exit code."""
    from promptc import report

    _write(report.findings(checked, shown.form, quiet=shown.quiet), shown.output)
    for note in (*checked.notes, *(failure.message for failure in checked.failures)):
        click.echo(report.plain(note), err=True)
    return FAILED if checked.failures else FINDINGS if checked.errors else DONE


def _watch(given: dict[str, Any], shown: Shown, put: Put) -> NoReturn:
    """Check whenever something changes, until the user interrupts."""
    from promptc.checking.flow import run
    from promptc.checking.traces import asked, stamps, traces
    from promptc.checking.watching import changes
    from promptc.report import page

    wanted = _request(dict(given))
    seen = set(asked(wanted))
    for _ in changes(lambda: stamps(seen)):
        if sys.stdout.isatty():
            click.clear()
        try:
            checked, state = run(wanted)
            seen.clear()
            seen.update(traces(state, wanted))
            _report(checked, shown)
            put(partial(page.check_page, checked, state))
        except PromptcError as error:
            complain(f"Error: {error}")
        click.echo("Watching for changes; Ctrl-C ends it.", err=True)
    raise AssertionError("changes never end")


def _refuse_contradictions(*, watch: bool, **given: Any) -> None:
    if given["since"] is not None and (given["baseline"] or given["update_baseline"]):
        raise click.UsageError("--since and --baseline can't be mixed; ask for one of them.")
    if watch and (given["fix"] or given["unsafe_fixes"] or given["update_baseline"]):
        raise click.UsageError("--watch writes no templates; leave --fix and the like out.")


def _codes(given: tuple[str, ...]) -> tuple[str, ...]:
    parts = (part.strip() for text in given for part in text.split(","))
    return tuple(part.upper() for part in parts if part)


def _write(text: str, output: Path | None) -> None:
    if output is None:
        say(text)
        return
    from promptc.atomic import write

    write(output, f"{text}\n".encode(errors="backslashreplace"))

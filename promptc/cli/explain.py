"""``promptc explain`` and ``promptc restore``: what was done to a line."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import click

from promptc.cli.arguments import FilePath
from promptc.cli.output import say
from promptc.errors import ConfigError

_CODE = re.compile(r"PC\d+", re.IGNORECASE)


@click.command()
@click.argument("what", required=False)
@click.option("-o", "--out", type=FilePath(), default=Path("build"), help="The build folder.")
def explain(what: str | None, out: Path) -> None:
    """Explain a pass, a rule, or what was done to a line.

    WHAT is the name of a pass, the code of a rule, or FILE:LINE of a template that was built; FILE
    alone names the lines that were changed. Without it, passes and rules are listed.

    \b
    promptc explain minify-json
    promptc explain PC301
    promptc explain templates/sql_writer.j2:12
    """
    from promptc import report
    from promptc.building import ledger
    from promptc.passes import find, level

    if what is None:
        say(f"{report.list_passes()}\n\n{report.list_rules()}")
    elif _CODE.fullmatch(what):
        from promptc.rules import find as rule

        say(report.explain_rule(rule(what)))
    elif ":" in what:
        name, line = _place(what)
        say(report.explain_line(ledger.load(out), name, line))
    elif "." in what or "/" in what:
        say(report.changed_lines(ledger.load(out), what))
    else:
        say(report.explain_pass(find(what), level(what)))


@click.command()
@click.argument("place", metavar="FILE:LINE")
@click.option("-o", "--out", type=FilePath(), default=Path("build"), help="The build folder.")
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
        say(report.printable(text))
    else:
        click.echo(text.encode(), nl=False)


def _place(text: str) -> tuple[str, int]:
    name, _, line = text.rpartition(":")
    if not name or not line.isdecimal() or int(line) < 1:
        raise ConfigError(f"{text!r} is no place in a file; write FILE:LINE, as ask.j2:12")
    return name, int(line)

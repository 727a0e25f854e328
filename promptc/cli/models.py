"""``promptc models``."""

from __future__ import annotations

import click

from promptc.cli.output import say


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")
def models(as_json: bool) -> None:
    """List what can rate tokens: what is installed, where it runs, what it would fetch.

    Nothing is downloaded: a model is fetched when it is first named.

    \b
    promptc models
    promptc models --json
    """
    from promptc import report
    from promptc.scorers.catalog import catalog

    say((report.scorers_as_json if as_json else report.list_scorers)(catalog()))

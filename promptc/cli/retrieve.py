"""``promptc retrieve``."""

from __future__ import annotations

from pathlib import Path

import click

from promptc.cli.arguments import FilePath
from promptc.cli.output import complain, say


@click.command()
@click.argument("index", type=FilePath())
@click.argument("query")
@click.option("-k", type=click.IntRange(1), help="Passages at most; default 4 without --tokens.")
@click.option("--tokens", type=click.IntRange(1), help="Tokens of all that is printed, at most.")
@click.option("--json", "as_json", is_flag=True, help="Print the passages, and numbers, as JSON.")
@click.option("--model", default="gpt-4o", help="Whose tokens are counted; default gpt-4o.")
def retrieve(  # noqa: PLR0913 - one for each option
    index: Path, query: str, k: int | None, tokens: int | None, as_json: bool, model: str
) -> None:
    """Print the passages of INDEX that answer QUERY, the best first.

    They are printed as a model is given them. Within --tokens the last one is shortened to what
    is left.

    Exit code: 0 done, 2 could not run, 130 interrupted.

    \b
    promptc index handbook/
    promptc retrieve handbook.index "How long can a laptop be returned?" --tokens 300
    """
    from promptc import retrieving
    from promptc.report import printable
    from promptc.report.retrieved import hits_json
    from promptc.retrieval import blocks

    if not query.strip():
        raise click.BadParameter("the question is empty.", param_hint="QUERY")
    k = 4 if k is None and tokens is None else k
    hits = retrieving.retrieve(index, query, k=k, tokens=tokens, model=model)
    if as_json:
        say(hits_json(hits, model))
    elif hits:
        say(printable(blocks(hits)))
    if not hits:
        complain("nothing found" if tokens is None else f"nothing found that fits {tokens} tokens")

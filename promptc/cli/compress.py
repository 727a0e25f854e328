"""``promptc compress``."""

from __future__ import annotations

from typing import Any

import click

from promptc.cli.arguments import DASH, FilePath, StreamPath, reporting
from promptc.cli.output import complain, page_writer

_ABOVE_ZERO = click.FloatRange(0, min_open=True)


@click.command()
@click.argument("files", nargs=-1, type=StreamPath(file=True))
@click.option("--rate", type=float, help="Share of the tokens that may stay, as 0.5.")
@click.option(
    "--tokens", type=click.IntRange(0), help="Tokens that may stay; with --rate the tighter."
)
@click.option("--query", default="", help="A question; what may answer it stays.")
@click.option("--model", default="gpt-4o", help="Whose tokens are counted; default gpt-4o.")
@click.option(
    "--scorer",
    default="embedded",
    metavar="NAME",
    help="What rates tokens: embedded by default, or one that `promptc models` lists.",
)
@click.option("--device", help="Where a scorer's model runs: cuda, mps or cpu.")
@click.option("--dtype", help="Its numbers: float32, bfloat16 or float16.")
@click.option("--together", is_flag=True, help="One budget for all FILES, not one for each.")
@click.option("--keep", multiple=True, metavar="TEXT", help="Stays wherever it stands; repeatable.")
@click.option("--mark", default="", metavar="TEXT", help="Write this at every cut; it counts.")
@click.option("--fine/--no-fine", default=None, help="Cut inside sentences, or never.")
@click.option("--cache", type=FilePath(file_okay=False), help="A folder that remembers results.")
@click.option("--deadline", type=_ABOVE_ZERO, metavar="SECONDS", help="Time for each input.")
@click.option("--jsonl", is_flag=True, help="FILES are JSON Lines.")
@click.option("--text-field", metavar="NAME", help="With --jsonl: the field to compress.")
@click.option("--rejects", type=FilePath(), help="With --jsonl: write the bad lines here.")
@click.option("--resume", is_flag=True, help="With --jsonl: skip what is in --output already.")
@click.option(
    "-o", "--output", type=StreamPath(), help="Write here; JSON Lines are added at its end."
)
@click.option("--json", "as_json", is_flag=True, help="Print what was kept, and numbers, as JSON.")
@click.option("--explain", is_flag=True, help="Say on standard error what was dropped.")
@reporting
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
    promptc compress notes.txt --rate 0.5 --explain --report report.html
    promptc compress mail.txt notes.txt --together --tokens 2000 --query "Who signed?"
    promptc compress chats.jsonl --jsonl --rate 0.4 --output short.jsonl --resume
    """
    from promptc.streams import command

    inputs = given.pop("files") or (DASH,)
    given["output"] = None if given["output"] == DASH else given["output"]
    path = given.pop("report")
    asked = command.Asked(inputs=inputs, page=page_writer(path) if path else None, **given)
    ctx.exit(command.run(asked, complain))

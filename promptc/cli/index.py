"""``promptc index``."""

from __future__ import annotations

from pathlib import Path

import click

from promptc.cli.arguments import FilePath
from promptc.cli.output import complain, progress_bar, say


@click.command()
@click.argument("folder", type=FilePath(exists=True), metavar="DIR")
@click.option(
    "-o", "--output", type=FilePath(file_okay=False), help="The index; default DIR.index."
)
@click.option(
    "--embedder",
    default="embedded",
    metavar="NAME",
    help="embedded (default); static, a hundred times as fast, which finds less; or a "
    "sentence-transformers model or the folder of one.",
)
@click.option("--model", default="gpt-4o", help="Whose tokens size passages; default gpt-4o.")
@click.option(
    "--most", type=click.IntRange(16), default=150, help="Tokens of a passage at most; default 150."
)
@click.option("--json", "as_json", is_flag=True, help="Print what was indexed as JSON.")
def index(  # noqa: PLR0913 - one for each option
    folder: Path, output: Path | None, embedder: str, model: str, most: int, as_json: bool
) -> None:
    """Index the documents in DIR, so that `promptc retrieve` finds what answers a question.

    Documents are .md, .txt and .html files, and .pdf files with the extra [docs]. DIR may be a
    single document. Only passages that are new are embedded again, and whoever reads the index
    meanwhile sees the old one or the new one.

    Exit code: 0 done, 2 could not run, 130 interrupted.

    \b
    promptc index handbook/
    promptc index handbook/ -o build/handbook.index --most 200
    """
    from promptc import retrieving

    out = output or folder.resolve().with_name(f"{folder.resolve().name}.index")
    bar = progress_bar(quiet=False, noun="passage")
    done = retrieving.index(folder, out, embedder=embedder, model=model, most=most, progress=bar)
    if done.note:
        complain(f"built from nothing: {done.note}")
    from promptc.report import printable
    from promptc.report.retrieved import indexed, indexed_json

    say(indexed_json(done.found, out) if as_json else printable(indexed(done.found, out)))

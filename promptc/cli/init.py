"""``promptc init``."""

from __future__ import annotations

from pathlib import Path

import click

from promptc.cli.arguments import FilePath


@click.command()
@click.argument("folder", type=FilePath(exists=True, file_okay=False), default=Path())
def init(folder: Path) -> None:
    """Write a commented promptc.toml into FOLDER, by default the current one."""
    from promptc.config import init as write

    click.echo(f"Wrote {write(folder)}")

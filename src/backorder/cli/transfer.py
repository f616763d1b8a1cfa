"""Commands that move data in and out of files: import and export, as NDJSON or CSV."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import click

KINDS = click.Choice(["items", "stock", "orders", "purchase-orders"])
ACTOR = "cli"
# More lines of refused rows than this are of no use on a screen.
SHOWN = 20


@click.command()
@click.argument("kind", type=KINDS)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_command(kind: str, file: Path) -> None:
    """Take in KIND (items, stock, orders, purchase-orders) from FILE (.ndjson or .csv).

    Refused rows are reported by line, field and reason; the others are taken. Ends with 1 if any was refused.
    """
    from backorder.config import installation

    with installation.opened(application_name="backorder import"):
        from backorder.api import transfer

        format = transfer.format_of(file.name)
        with file.open("rb") as opened, _progress(file) as bar:
            report = transfer.import_rows(kind, _told(opened, bar), format=format, actor=ACTOR)
    for row in report.refusals[:SHOWN]:
        click.echo(f"line {row.row}: {row.name}: {row.reason}", err=True)
    if report.refused > SHOWN:
        click.echo(f"... and {report.refused - SHOWN} more", err=True)
    click.echo(f"{report.taken} of {report.rows} rows taken.")
    if report.refused:
        raise click.ClickException(f"{report.refused} rows were refused.")


@click.command()
@click.argument("kind", type=KINDS)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def export_command(kind: str, file: Path) -> None:
    """Write all KIND (items, stock, orders, purchase-orders) to FILE (.ndjson or .csv)."""
    from backorder.config import installation

    with installation.opened(application_name="backorder export"):
        from backorder.api import transfer

        rows = 0
        format = transfer.format_of(file.name)
        part = file.with_name(file.name + ".part")
        # A file that is there is whole: it gets its name when its last line is written.
        with part.open("wb") as opened:
            for rows, line in enumerate(transfer.export_rows(kind, format=format), 0 if format == "csv" else 1):
                opened.write(line)
        os.replace(part, file)
    click.echo(f"{rows} rows written to {file}.")


def _progress(file: Path) -> "click._termui_impl.ProgressBar[int]":
    return click.progressbar(length=file.stat().st_size, label=f"Importing {file.name}")


def _told(opened: BinaryIO, bar: "click._termui_impl.ProgressBar[int]") -> Iterator[bytes]:
    from backorder.api.rows import LONGEST_LINE

    while line := opened.readline(LONGEST_LINE + 1):
        bar.update(len(line))
        yield line

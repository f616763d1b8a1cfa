"""Commands that move data in and out of files: import and export, as NDJSON or CSV."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from backorder.files.transfer import Report

ACTOR = "cli"
SHOWN_REFUSALS = 20


@click.command()
@click.argument("kind")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), help="Write the refused rows here (NDJSON).")
def import_command(kind: str, file: Path, report: Path | None) -> None:
    """Take in KIND (items, stock, orders, purchase-orders) from FILE (.ndjson or .csv).

    A refused row does not touch the others. Ends with 1 if a row was refused.
    """
    from backorder.config import installation

    with installation.opened(application_name="backorder import"):
        from backorder.files import transfer

        with file.open("rb") as source, _progress(file) as bar:
            lines = _counted(source, bar)
            done = transfer.import_rows(kind, lines, format=transfer.format_of(file.name), actor=ACTOR)
    click.echo(f"{done.taken} of {done.rows} rows of {done.kind} taken, {done.refused} refused.")
    _tell_refusals(done, report)
    if done.refused:
        sys.exit(1)


@click.command()
@click.argument("kind")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def export_command(kind: str, file: Path) -> None:
    """Write all KIND (items, stock, orders, purchase-orders) to FILE (.ndjson or .csv)."""
    from backorder.config import installation

    with installation.opened(application_name="backorder export"):
        from backorder.files import transfer

        rows = transfer.export_rows(kind, format=transfer.format_of(file.name))
        partial = file.with_name(f".{file.name}.partial")
        with partial.open("wb") as target:
            target.writelines(rows)
        partial.replace(file)
    click.echo(f"{file} written, {file.stat().st_size / 1e6:.1f} MB.")


def _progress(file: Path) -> "click._termui_impl.ProgressBar[int]":
    return click.progressbar(length=file.stat().st_size, label=file.name, file=sys.stderr, show_pos=False)


def _counted(lines: Iterator[bytes], bar: "click._termui_impl.ProgressBar[int]") -> Iterator[bytes]:
    for line in lines:
        yield line
        bar.update(len(line))


def _tell_refusals(done: "Report", report: Path | None) -> None:
    for refused in done.refusals[:SHOWN_REFUSALS]:
        click.echo(f"  row {refused.row}: {refused.reason}", err=True)
    if len(done.refusals) > SHOWN_REFUSALS and report is None:
        click.echo("  ... (--report FILE writes all of them)", err=True)
    if report is not None:
        rows = [{"row": r.row, "type": r.name, "field": r.field, "reason": r.reason} for r in done.refusals]
        report.write_text("".join(json.dumps(row) + "\n" for row in rows))

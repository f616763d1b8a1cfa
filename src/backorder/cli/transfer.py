"""Commands that move data in and out of files: import and export, as NDJSON or CSV."""

from pathlib import Path

import click


@click.command()
@click.argument("kind")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_command(kind: str, file: Path) -> None:
    """Take in KIND (items, stock, orders, purchase-orders) from FILE (.ndjson or .csv)."""
    raise click.ClickException("not yet")


@click.command()
@click.argument("kind")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def export_command(kind: str, file: Path) -> None:
    """Write all KIND (items, stock, orders, purchase-orders) to FILE (.ndjson or .csv)."""
    raise click.ClickException("not yet")

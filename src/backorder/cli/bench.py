"""`backorder bench`: a size to measure pages and runs at."""

import os

import click

MOST_LINES, MOST_ITEMS = 5_000_000, 500_000


@click.group(name="bench")
def bench_command() -> None:
    """Fill a new installation, to see how fast it is at your size."""


@bench_command.command()
@click.option("--lines", default=1_000_000, show_default=True, type=click.IntRange(1, MOST_LINES), help="Open lines.")
@click.option("--items", default=100_000, show_default=True, type=click.IntRange(1, MOST_ITEMS), help="Items.")
def load(lines: int, items: int) -> None:
    """Load open lines with their promises and supply into a new installation of the embedded database."""
    from backorder.config import installation, secrets
    from backorder.demo import filling

    if os.environ.get("DATABASE_URL"):
        raise click.ClickException("Only the embedded database can be filled: unset DATABASE_URL.")
    with installation.opened(application_name="backorder bench", migrated=False):
        installation.migrate()
        try:
            seconds = filling.fill(secrets.data_folder(), lines=lines, items=items)
        except filling.NotFilled as refused:
            raise click.ClickException(str(refused)) from None
    click.echo(f"{lines:,} lines on {items:,} items in {seconds:.1f} s")

"""The demo command: months of a shop, replayed, told and served."""

import click

from backorder.cli.house import HOST, PORT

SEED = 20261123


@click.command()
@click.option("--once", is_flag=True, help="End after the report instead of serving.")
@click.option("--again", is_flag=True, help="Throw away the demo that was played before, and play it anew.")
@click.option("--days", type=click.IntRange(2, 272), help="Play only the last so many days.")
@click.option("--seed", default=SEED, show_default=True, help="The same seed gives the same months again.")
@click.option("--host", default=HOST, show_default=True, help="The address to listen on.")
@click.option("--port", default=PORT, show_default=True, type=click.IntRange(1, 65535), help="The port to listen on.")
@click.pass_context
def demo_command(
    context: click.Context, once: bool, again: bool, days: int | None, seed: int, host: str, port: int
) -> None:
    """Replay months of real orders on data of their own, write a report, then serve them."""
    from backorder.demo import command

    try:
        context.exit(command.run(once=once, again=again, host=host, port=port, days=days, seed=seed))
    except command.DemoRefused as refused:
        raise click.ClickException(str(refused)) from None

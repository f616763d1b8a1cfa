"""`backorder keys`: who may call the API. A key is shown once, when it is made; only its hash is kept."""

import click

from backorder.cli.clock import parse_instant

ACTOR = "cli"


@click.group(name="keys")
def keys_command() -> None:
    """Create, list and revoke API keys."""


@keys_command.command()
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, required=True, help="What the key may do; may be given repeatedly.")
@click.option("--expires", default=None, help="When it ends, such as 2027-01-01 (never by default).")
def create(name: str, scopes: tuple[str, ...], expires: str | None) -> None:
    """Make a key called NAME and show it, this once."""
    from backorder.config import installation

    expires_at = parse_instant(expires) if expires else None
    with installation.opened(application_name="backorder keys"):
        from backorder.access import keys

        click.echo(keys.create(name=name, scopes=list(scopes), expires_at=expires_at))


@keys_command.command(name="list")
def list_all() -> None:
    """List the keys by the part of them that may be shown."""
    from backorder.config import installation

    with installation.opened(application_name="backorder keys"):
        from backorder.access import keys

        for key in keys.list_keys():
            click.echo(str(key))


@keys_command.command()
@click.argument("prefix")
def revoke(prefix: str) -> None:
    """End the key that begins with PREFIX."""
    from backorder.config import installation

    with installation.opened(application_name="backorder keys"):
        from backorder.access import keys

        keys.revoke(prefix)
    click.echo(f"{prefix} is revoked.")

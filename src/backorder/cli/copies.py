"""Commands that keep data safe: backup writes all of it to one file, restore takes such a file back."""

from pathlib import Path

import click


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace FILE if it exists.")
def backup_command(file: Path, force: bool) -> None:
    """Write everything to FILE. Orders go on being taken meanwhile; the copy is as of the moment it began."""
    from backorder.config import copies, installation

    with installation.opened(application_name="backorder backup"):
        size = copies.write(file.absolute(), force=force)
    click.echo(f"{file} written, {size / 1e6:.1f} MB. It holds personal data: keep it where only you can read it.")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace what is in the database.")
def restore_command(file: Path, force: bool) -> None:
    """Replace what is in the database by the copy in FILE, all or nothing. Stop the installation first."""
    from backorder.config import copies, installation, secrets

    if installation.is_served(secrets.data_folder()):
        raise click.ClickException("The installation is being served. Stop it first (Ctrl-C), then restore.")
    with installation.opened(application_name="backorder restore", migrated=False):
        copies.take_back(file.absolute(), force=force)
        installation.migrate()
        from backorder.journal import era

        era.begin()
    click.echo(f"{file} is restored and a new era of the journal has begun.")

"""`backorder staff`: the people who work here. A person chooses the password behind a link that is shown once."""

import click

ACTOR = "cli"


@click.group(name="staff")
def staff_command() -> None:
    """Invite, list and end people who sign in."""


@staff_command.command()
@click.argument("email")
@click.option("--name", required=True, help="As colleagues see it.")
@click.option(
    "--role", "roles", multiple=True, required=True, help="viewer, support, planner, buyer, warehouse, admin."
)
def invite(email: str, name: str, roles: tuple[str, ...]) -> None:
    """Let EMAIL in, and show the link behind which the password is chosen."""
    from backorder.config import installation

    with installation.opened(application_name="backorder staff"):
        from backorder.access import staff, welcome

        person = staff.invite(email, name=name, roles=roles, actor=ACTOR)
        click.echo(_address(welcome.link(person.id)))


@staff_command.command()
@click.argument("email")
def link(email: str) -> None:
    """Show a link behind which EMAIL chooses a new password."""
    from backorder.config import installation

    with installation.opened(application_name="backorder staff"):
        from backorder.access import staff, welcome

        click.echo(_address(welcome.link(staff.by_email(email).id)))


@staff_command.command(name="list")
def list_all() -> None:
    """List everybody, with what they may do."""
    from backorder.config import installation

    with installation.opened(application_name="backorder staff"):
        from backorder.access import staff

        for person in staff.people():
            left = f"  left {person.ended_at:%Y-%m-%d}" if person.ended_at else ""
            click.echo(f"{person.email}  {person.name}  {' '.join(person.roles)}{left}")


@staff_command.command()
@click.argument("email")
def end(email: str) -> None:
    """Let EMAIL in no more, at once."""
    from backorder.config import installation

    with installation.opened(application_name="backorder staff"):
        from backorder.access import staff

        staff.end(staff.by_email(email).id, actor=ACTOR)
    click.echo(f"{email} may not come in any more.")


def _address(token: str) -> str:
    from django.conf import settings

    return f"{settings.BACKORDER_PUBLIC_URL}/console/welcome/{token}"

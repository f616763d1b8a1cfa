"""Commands that run the installation: serve, web, work, migrate."""

import contextlib
import threading
import time
import urllib.request
from pathlib import Path

import click

HOST = "127.0.0.1"
PORT = 8400
READY_SECONDS = 60
CLAIM_SECONDS = 8


@click.command()
@click.option("--host", default=HOST, show_default=True, help="The address to listen on.")
@click.option("--port", default=PORT, show_default=True, type=click.IntRange(1, 65535), help="The port to listen on.")
def serve_command(host: str, port: int) -> None:
    """Run everything: database, worker and web server, until Ctrl-C."""
    from django.db import connections

    from backorder.config import installation, supervisor

    stop = supervisor.stop_on_signals()
    address = web_address(host, port)
    with (
        installation.serving(address) as data,
        installation.opened(application_name="backorder serve", migrated=False, stops=True),
    ):
        _claim_patiently(host, port)
        installation.migrate()
        key, owner = _first_key(), _owner_link(address)
        # The supervisor needs no session any more, and must not hold one while the database restarts.
        connections.close_all()
        told = threading.Thread(target=_announce, args=(address, data, key, owner, stop), daemon=True)
        told.start()
        parts = [
            supervisor.Part("worker", supervisor.program("work")),
            supervisor.Part("web", supervisor.program("web", "--host", host, "--port", str(port))),
        ]
        supervisor.supervise(parts, stop=stop, mend=lambda: installation.mend_database(data))
        told.join()
    click.echo("Stopped. Start again to go on where it was.")


@click.command()
@click.option("--host", default=HOST, show_default=True, help="The address to listen on.")
@click.option("--port", default=PORT, show_default=True, type=click.IntRange(1, 65535), help="The port to listen on.")
def web_command(host: str, port: int) -> None:
    """Run the web server only."""
    from django.db import connections

    from backorder.config import installation, server, supervisor

    supervisor.end_with_the_supervisor()
    with installation.opened(application_name="backorder web"):
        connections.close_all()
        server.run(host, port)


@click.command()
@click.option("--only", "only", multiple=True, metavar="JOB", help="Do this job and no other; may be given repeatedly.")
def work_command(only: tuple[str, ...]) -> None:
    """Run the worker only: it re-decides what changed, sends notices and ends holds.

    Any number of workers share the work. One that shall only help with large runs: --only "take part in runs".
    """
    from backorder.config import installation, supervisor

    stop = supervisor.stop_on_signals()
    supervisor.end_with_the_supervisor()
    with installation.opened(application_name="backorder work"):
        from backorder import jobs

        chosen = tuple(job for job in jobs.JOBS if not only or job.name in only)
        if missing := set(only) - {job.name for job in chosen}:
            known = ", ".join(job.name for job in jobs.JOBS)
            raise click.BadParameter(f"There is no job {min(missing)!r}. There are: {known}.", param_hint="--only")
        jobs.step_behind()
        jobs.work(stop, jobs=chosen)


@click.command()
def migrate_command() -> None:
    """Bring the tables of the database up to date."""
    from backorder.config import installation

    with installation.opened(application_name="backorder migrate", migrated=False):
        pending = installation.pending_migrations()
        installation.migrate()
    click.echo(f"{len(pending)} migrations applied." if pending else "Nothing to do: the tables are up to date.")


def web_address(host: str, port: int) -> str:
    """Return the address to type into a browser."""
    shown = {"0.0.0.0": "localhost", "::": "localhost"}.get(host, host)
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"


def _claim_patiently(host: str, port: int) -> None:
    """Wait for the address: the web server of a killed `serve` may need a moment to notice and leave."""
    from backorder.config import server

    deadline = time.monotonic() + CLAIM_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(server.AddressInUse):
            return server.claim(host, port)
        time.sleep(0.2)
    return server.claim(host, port)


def _first_key() -> str | None:
    """Make an administrator's key where there is none yet, and return it: it is shown this once."""
    from backorder.access import keys

    if keys.list_keys():
        return None
    return keys.create(name="first key", scopes=["admin"])


def _owner_link(address: str) -> str | None:
    """Where the owner makes an account, until there is one."""
    from backorder.access import welcome

    token = welcome.owner_link()
    return None if token is None else f"{address}/console/welcome/{token}"


def _announce(address: str, data: Path, key: str | None, owner: str | None, stop: threading.Event) -> None:
    """Say where the installation answers, as soon as it does, and in any case what is shown only once."""
    if _comes_to_answer(address, stop):
        click.echo(f"backorder answers at {address} (API: {address}/api/docs). Data: {data}. Ctrl-C stops it.")
        click.echo(f"The console: {address}/console/")
    elif not stop.is_set():
        click.echo(f"{address} does not answer after {READY_SECONDS} seconds. See: backorder doctor", err=True)
    if owner is not None:
        click.echo(f"Nobody works here yet. Make the owner's account within three days: {owner}")
    if key is not None:
        click.echo(f"Your first API key, shown only now: {key}")


def _comes_to_answer(address: str, stop: threading.Event) -> bool:
    deadline = time.monotonic() + READY_SECONDS
    while not (answers := is_answering(address)) and time.monotonic() < deadline and not stop.is_set():
        stop.wait(0.05)
    return answers


def is_answering(address: str) -> bool:
    """Return whether a backorder at this address says that it is well."""
    try:
        with urllib.request.urlopen(f"{address}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False

"""An installation as a whole: its database is up and Django is set up, or a sentence says why not.

Commands open the installation they work on. An embedded database that nobody uses any more is stopped on the way out.
"""

import fcntl
import logging
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
from django.core.exceptions import ImproperlyConfigured
from django.db import connections

from backorder.config import database, embedded, schema, secrets
from backorder.config.embedded import DatabaseUnavailable

log = logging.getLogger(__name__)

SERVE_LOCK = "serve.lock"
CONNECT_SECONDS = 10


class AlreadyServed(Exception):
    """Another process serves this installation; the message says which and where."""


@contextmanager
def opened(*, application_name: str = "backorder", migrated: bool = True, stops: bool = False) -> Iterator[Path]:
    """Start the database if it is ours, set Django up, and give the data folder.

    With `migrated` the tables must be up to date. With `stops` the embedded database is stopped in the end even if
    others still use it. Raises DatabaseUnavailable.
    """
    data = secrets.data_folder()
    secrets.ensure(data)
    os.environ["PGAPPNAME"] = f"{application_name} {os.getpid()}"
    try:
        # Importing takes as long as starting: both at once. The address may be another one after the start.
        with ThreadPoolExecutor(1) as pool:
            started = pool.submit(start_database, data)
            _set_django_up()
            started.result()
        connections.databases["default"].update(database.settings_for(database.url()))
        if migrated and pending_migrations():
            raise DatabaseUnavailable(
                "The database has no tables, or those of an older version. Run: backorder migrate"
            )
        if migrated:
            _begin_era_on_restored_data()
        yield data
    finally:
        _stop_database(data, unless_used=not stops)


def start_database(data: Path) -> None:
    """Start the embedded database, or make sure that the one of DATABASE_URL answers and is new enough."""
    if database.is_embedded():
        embedded.start(data)
        return
    shown = database.without_password(database.url())
    try:
        with psycopg.connect(database.url(), connect_timeout=CONNECT_SECONDS) as connection:
            version = connection.info.server_version
    except psycopg.OperationalError as error:
        reason = str(error).strip().splitlines()[-1]
        raise DatabaseUnavailable(f"DATABASE_URL {shown} does not answer: {reason}") from None
    if version < database.OLDEST_POSTGRESQL * 10_000:
        raise DatabaseUnavailable(
            f"DATABASE_URL {shown} is PostgreSQL {version // 10_000}; at least {database.OLDEST_POSTGRESQL} is needed."
        )


def mend_database(data: Path) -> None:
    """Start the embedded database again if it died. A failure is logged; the next look tries again."""
    if not database.is_embedded() or embedded.is_running(data):
        return
    log.warning("the database is down; it is started again")
    try:
        embedded.start(data)
    except (DatabaseUnavailable, psycopg.OperationalError, OSError) as error:
        log.error("the database does not start: %s", error)


def pending_migrations() -> list[str]:
    """Return the names of the migrations that this database still lacks."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def migrate() -> None:
    """Bring the tables up to date; where there are none, lay them at once."""
    from django.conf import settings
    from django.core.management import call_command

    schema.lay(database.url(), simulated=settings.BACKORDER_SIMULATED_CLOCK)
    call_command("migrate", verbosity=0, interactive=False)
    _begin_era_on_restored_data()


@contextmanager
def serving(address: str) -> Iterator[Path]:
    """Hold the one place from which this installation is served. Raises AlreadyServed if it is taken."""
    data = secrets.data_folder()
    secrets.ensure(data)
    with os.fdopen(os.open(data / SERVE_LOCK, os.O_RDWR | os.O_CREAT, 0o600), "r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyServed(f"The data in {data} are already being served: {file.read()}.") from None
        file.truncate(0)
        file.write(f"process {os.getpid()}, {address}")
        file.flush()
        yield data


def is_served(data: Path) -> bool:
    """Return whether a `backorder serve` of another process holds this data folder."""
    try:
        with (data / SERVE_LOCK).open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _stop_database(data: Path, *, unless_used: bool) -> None:
    if not database.is_embedded():
        return
    with suppress(ImproperlyConfigured):
        connections.close_all()
    if not unless_used or not (is_served(data) or _has_other_sessions()):
        embedded.stop(data)


def _begin_era_on_restored_data() -> None:
    # Before anything is written: what is written in the old era after a restore would never be read by followers.
    from backorder.journal import era

    era.check_on_start()


def _set_django_up() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backorder.config.settings")
    django.setup()


def _has_other_sessions() -> bool:
    try:
        with psycopg.connect(database.url(), connect_timeout=CONNECT_SECONDS) as connection:
            found = connection.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE backend_type = 'client backend' AND application_name <> current_setting('application_name')"
            ).fetchone()
    except psycopg.OperationalError:
        return False
    return bool(found and found[0])

"""One real PostgreSQL for the whole test run, whatever the number of workers; started when the first test asks for it.

BACKORDER_TEST_DATABASE chooses it: `embedded` (the wheel's PostgreSQL 18, the default) or `debian15` (the oldest
PostgreSQL >= 15 among Debian's packages on this machine).
"""

import fcntl
import os
import shutil
import tempfile
from pathlib import Path

import psutil
import psycopg
import pytest
import pytest_django
from hypothesis import settings

from backorder.config import database, embedded, schema

RUN_PREFIX = "backorder-test-"
DEBIAN = Path("/usr/lib/postgresql")

# Every run of the suite tries the same examples; `make soak` looks for new ones.
settings.register_profile("suite", derandomize=True)
settings.register_profile("soak", derandomize=False, print_blob=True)
settings.load_profile("soak" if "BACKORDER_EXAMPLES" in os.environ else "suite")


def pytest_configure(config: pytest.Config) -> None:
    """The controller makes a folder for the run; workers inherit its name."""
    if hasattr(config, "workerinput"):
        return
    _remove_remains_of_killed_runs()
    folder = Path(tempfile.mkdtemp(prefix=RUN_PREFIX, dir="/tmp"))
    # When root runs the tests, the database's own user must be able to pass through.
    folder.chmod(0o711)
    (folder / "pid").write_text(str(os.getpid()))
    os.environ["BACKORDER_TEST_RUN"] = str(folder)
    # Nothing a test starts may by accident touch the data of the checkout.
    os.environ["BACKORDER_DATA"] = str(folder / "data")
    os.environ.pop("DATABASE_URL", None)
    # The test database is an installation whose clock tests may freeze and move.
    os.environ["BACKORDER_SIMULATED_CLOCK"] = "1"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A second run on another database leaves out what asks no database: it has said what it knows."""
    if _wanted() == "embedded":
        return
    idle = [item for item in items if not _asks_a_database(item)]
    config.hook.pytest_deselected(items=idle)
    items[:] = [item for item in items if item not in set(idle)]


def _asks_a_database(item: pytest.Item) -> bool:
    starts_its_own = item.path.parent.name == "house"
    fixtures = getattr(item, "fixturenames", ())
    return starts_its_own or "postgres_url" in fixtures or item.get_closest_marker("django_db") is not None


def pytest_unconfigure(config: pytest.Config) -> None:
    """The controller stops the database and removes the folder."""
    if not hasattr(config, "workerinput") and "BACKORDER_TEST_RUN" in os.environ:
        _remove(Path(os.environ.pop("BACKORDER_TEST_RUN")))


@pytest.fixture(scope="session")
def postgres_url() -> str:
    """The address of the run's PostgreSQL server; its role may create databases."""
    folder = Path(os.environ["BACKORDER_TEST_RUN"])
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return embedded.start(folder / "server", binaries=_binaries())


@pytest.fixture(scope="session")
def laid_tables(postgres_url: str) -> str:
    """The name of a database with the tables of a new installation, to be copied by each worker."""
    with (Path(os.environ["BACKORDER_TEST_RUN"]) / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            if connection.execute("SELECT FROM pg_database WHERE datname = 'laid'").fetchone() is None:
                connection.execute("CREATE DATABASE laid")
        schema.lay(postgres_url.replace(f"/{embedded.ROLE}?", "/laid?"), simulated=True)
    return "laid"


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    postgres_url: str, laid_tables: str, django_db_modify_db_settings_parallel_suffix: None
) -> None:
    """Point Django at the run's server; pytest-django then makes the test database on it."""
    from django.db import connections

    found = database.settings_for(postgres_url)
    # A test thinks in its one transaction, on a busy machine for longer than a request of ours ever may.
    found["OPTIONS"]["options"] += " -c idle_in_transaction_session_timeout=120000"
    connections.databases["default"].update(found)
    connections.databases["default"]["TEST"]["TEMPLATE"] = laid_tables


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker) -> None:
    """A test that commits ends with a flush, which also empties what migrations put in: put that back each time."""
    from django.apps import apps
    from django.db.models.signals import post_migrate
    from django.urls import get_resolver

    # Importing every page takes seconds on a busy machine, and a test's transaction may not be idle that long.
    _ = get_resolver().url_patterns
    with django_db_blocker.unblock():
        seeds = _rows_of_all_tables()
    post_migrate.connect(lambda **_: _put_back(seeds), sender=apps.get_app_config("journal"), weak=False)


def _rows_of_all_tables() -> dict[str, str]:
    from django.db import connection

    found: dict[str, str] = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            # Django puts the rows of its own tables back by itself.
            if not table.startswith(("django_", "auth_")):
                cursor.execute(f'SELECT jsonb_agg(to_jsonb(t))::text FROM "{table}" AS t')
                (rows,) = cursor.fetchone()
                found |= {table: rows} if rows else {}
    return found


def _put_back(seeds: dict[str, str]) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        for table, rows in seeds.items():
            cursor.execute(f'INSERT INTO "{table}" SELECT * FROM jsonb_populate_recordset(NULL::"{table}", %s)', [rows])


def debian_binaries() -> Path:
    """Return the programs of the oldest PostgreSQL >= 15 that Debian installed; without one the run ends here."""
    versions = sorted(int(folder.name) for folder in DEBIAN.glob("[0-9]*") if (folder / "bin" / "initdb").exists())
    usable = [version for version in versions if version >= database.OLDEST_POSTGRESQL]
    if not usable:
        pytest.exit(f"No PostgreSQL >= 15 in {DEBIAN}. Install it: apt-get install postgresql", returncode=3)
    return DEBIAN / str(usable[0]) / "bin"


def _binaries() -> Path | None:
    return debian_binaries() if _wanted() == "debian15" else None


def _wanted() -> str:
    wanted = os.environ.get("BACKORDER_TEST_DATABASE", "embedded")
    assert wanted in {"embedded", "debian15"}, f"BACKORDER_TEST_DATABASE is {wanted}; use embedded or debian15"
    return wanted


def _remove_remains_of_killed_runs() -> None:
    for folder in Path("/tmp").glob(RUN_PREFIX + "*"):
        try:
            alive = psutil.pid_exists(int((folder / "pid").read_text()))
        except (OSError, ValueError):
            continue
        if not alive and folder.stat().st_uid == os.geteuid():
            _remove(folder)


def _remove(folder: Path) -> None:
    # Not only the server of the run: a killed test may have left one of its own in the folder.
    for version in folder.glob("**/postgres/PG_VERSION"):
        home = version.parent
        binaries = DEBIAN / version.read_text().strip() / "bin"
        embedded.stop(home.parent, binaries=binaries if binaries.exists() else None)
    shutil.rmtree(folder, ignore_errors=True)

"""One real PostgreSQL for the whole test run, whatever the number of workers; started when the first test asks for it.

BACKORDER_TEST_DATABASE chooses it: `embedded` (the wheel's PostgreSQL 18, the default) or `debian15`.
"""

import fcntl
import os
import shutil
import tempfile
from pathlib import Path

import psutil
import pytest

from backorder.config import database, embedded

RUN_PREFIX = "backorder-test-"
DEBIAN = Path("/usr/lib/postgresql/15/bin")


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
def django_db_modify_db_settings(postgres_url: str, django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Point Django at the run's server; pytest-django then makes the test database on it."""
    from django.db import connections

    found = database.settings_for(postgres_url)
    connections.databases["default"].update(found)


def _binaries() -> Path | None:
    wanted = os.environ.get("BACKORDER_TEST_DATABASE", "embedded")
    assert wanted in {"embedded", "debian15"}, f"BACKORDER_TEST_DATABASE is {wanted}; use embedded or debian15"
    if wanted == "embedded":
        return None
    if not DEBIAN.exists():
        pytest.exit(f"{DEBIAN} is missing. Install it: apt-get install postgresql-15", returncode=3)
    return DEBIAN


def _remove_remains_of_killed_runs() -> None:
    for folder in Path("/tmp").glob(RUN_PREFIX + "*"):
        try:
            alive = psutil.pid_exists(int((folder / "pid").read_text()))
        except (OSError, ValueError):
            continue
        if not alive and folder.stat().st_uid == os.geteuid():
            _remove(folder)


def _remove(folder: Path) -> None:
    embedded.stop(folder / "server", binaries=_binaries_of(folder / "server"))
    shutil.rmtree(folder, ignore_errors=True)


def _binaries_of(server: Path) -> Path | None:
    version = server / "postgres" / "PG_VERSION"
    return DEBIAN if version.exists() and version.read_text().strip() == "15" else None

"""Which database is used, how its address is read and shown, and what is refused."""

import os
import shutil
import tempfile
from pathlib import Path

import psycopg
import pytest

from backorder.config import database, embedded, secrets
from tests.conftest import debian_binaries

ADDRESS = "postgresql://shop:se%2Fcret@db.example:5433/orders?sslmode=require&connect_timeout=5"


def test_an_address_becomes_djangos_settings():
    found = database.settings_for(ADDRESS)
    assert {name: found[name] for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT")} == {
        "NAME": "orders",
        "USER": "shop",
        "PASSWORD": "se/cret",
        "HOST": "db.example",
        "PORT": "5433",
    }
    assert found["CONN_MAX_AGE"] is None
    assert found["OPTIONS"]["sslmode"] == "require"
    assert found["OPTIONS"]["connect_timeout"] == "5"
    assert found["OPTIONS"]["options"] == database.SESSION_OPTIONS


def test_an_address_through_a_socket_folder_is_read_back():
    address = database.compose(user="backorder", password="a/b@c", name="backorder", host="/srv/shop data/socket")
    found = database.settings_for(address)
    assert (found["USER"], found["PASSWORD"], found["HOST"], found["PORT"]) == (
        "backorder",
        "a/b@c",
        "/srv/shop data/socket",
        "",
    )


def test_other_databases_are_refused():
    with pytest.raises(ValueError, match="must begin with postgresql://, not mysql://"):
        database.settings_for("mysql://root@localhost/shop")


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        (ADDRESS, "postgresql://shop@db.example:5433/orders?sslmode=require&connect_timeout=5"),
        ("postgresql:///orders?user=shop&password=secret&host=db", "postgresql:///orders?user=shop&host=db"),
        ("postgresql://localhost/orders", "postgresql://localhost/orders"),
    ],
)
def test_an_address_is_shown_without_its_password(address, shown):
    assert database.without_password(address) == shown


def test_secrets_are_made_once_and_reading_makes_nothing(tmp_path):
    assert secrets.read(tmp_path / "data") is None
    assert not (tmp_path / "data").exists()
    made = secrets.ensure(tmp_path / "data")
    assert secrets.ensure(tmp_path / "data") == made
    assert secrets.read(tmp_path / "data") == made
    assert len({made.secret_key, made.database_password, made.superuser_password}) == 3


@pytest.fixture
def debian():
    """The address of an empty database on Debian's PostgreSQL: somebody else's server, as far as we are concerned."""
    folder = Path(tempfile.mkdtemp(prefix="debian-", dir=os.environ["BACKORDER_TEST_RUN"]))
    binaries = debian_binaries()
    yield embedded.start(folder, binaries=binaries)
    embedded.stop(folder, binaries=binaries)
    shutil.rmtree(folder)


def test_a_database_of_ones_own_is_used_and_left_running(debian, command, data_folder):
    done = command(data_folder, "migrate", DATABASE_URL=debian)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("migrations applied.\n")
    assert command(data_folder, "migrate", DATABASE_URL=debian).stdout == "Nothing to do: the tables are up to date.\n"
    assert not (data_folder / "postgres").exists()
    with psycopg.connect(debian) as connection:
        assert connection.execute("SELECT simulated FROM journal_clock").fetchone() == (True,)
        password = connection.info.password
    told = command(data_folder, "doctor", DATABASE_URL=debian)
    assert told.returncode == 0
    assert "(DATABASE_URL), postgresql://backorder@/backorder?host=" in told.stdout
    assert password not in told.stdout + told.stderr


def test_a_copy_moves_from_embedded_to_debian_and_back(debian, command, data_folder, tmp_path):
    assert command(data_folder, "migrate").returncode == 0
    assert command(data_folder, "keys", "create", "moving", "--scope", "orders:read").returncode == 0
    there, back = str(tmp_path / "there.dump"), str(tmp_path / "back.dump")
    assert command(data_folder, "backup", there).returncode == 0
    taken = command(data_folder, "restore", there, "--force", DATABASE_URL=debian)
    assert (taken.returncode, taken.stderr) == (0, "")
    assert " moving " in command(data_folder, "keys", "list", DATABASE_URL=debian).stdout
    assert command(data_folder, "backup", back, DATABASE_URL=debian).returncode == 0
    assert command(data_folder, "restore", back, "--force").returncode == 0
    assert " moving " in command(data_folder, "keys", "list").stdout


def test_a_database_that_does_not_answer_is_named_without_its_password(command, data_folder):
    address = "postgresql://shop:hunter2@127.0.0.1:1/orders"
    done = command(data_folder, "migrate", DATABASE_URL=address)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("Error: DATABASE_URL postgresql://shop@127.0.0.1:1/orders does not answer: ")
    assert "hunter2" not in done.stderr
    assert "Traceback" not in done.stderr


def test_a_database_that_is_too_old_is_refused(monkeypatch, postgres_url, tmp_path):
    from backorder.config import installation

    monkeypatch.setenv("DATABASE_URL", postgres_url)
    monkeypatch.setattr(database, "OLDEST_POSTGRESQL", 99)
    with pytest.raises(embedded.DatabaseUnavailable, match=r"is PostgreSQL 1\d; at least 99 is needed"):
        installation.start_database(tmp_path)

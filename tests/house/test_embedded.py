"""The embedded database: durable, closed to others, and back after whatever killed it."""

import os
import signal
import socket
import stat
from itertools import count
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psutil
import psycopg
import pytest

from backorder.config import database, database_user, embedded, programs, secrets
from tests.house.conftest import as_user, other_user, wait_for

_numbers = count(1)


def one(address: str, statement: str) -> object:
    with psycopg.connect(address) as connection:
        return connection.execute(statement).fetchone()[0]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def kill_server(data: Path, *, children: bool = False) -> None:
    server = psutil.Process(embedded.process_id(data))
    victims = [server, *(server.children() if children else [])]
    for victim in victims:
        victim.kill()
    psutil.wait_procs([server], timeout=10)


# -- what it promises -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("fsync", "on"),
        ("synchronous_commit", "on"),
        ("full_page_writes", "on"),
        ("data_checksums", "on"),
        ("listen_addresses", ""),
        ("server_encoding", "UTF8"),
        ("TimeZone", "UTC"),
        ("password_encryption", "scram-sha-256"),
        ("max_connections", "100"),
        ("shared_buffers", "256MB"),
        ("log_min_error_statement", "panic"),
    ],
)
def test_it_is_set_to_be_durable_closed_and_discreet(running, setting, value):
    assert one(embedded.url(running), f"SHOW {setting}") == value


def test_it_is_postgresql_18_and_our_role_is_no_superuser(running):
    address = embedded.url(running)
    assert one(address, "SELECT current_setting('server_version_num')::int / 10000") == 18
    assert one(address, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False


def test_it_listens_on_no_port(running):
    server = psutil.Process(embedded.process_id(running))
    listening = [found for process in [server, *server.children()] for found in process.net_connections("inet")]
    assert listening == []


def test_starting_twice_is_starting_once(running):
    before = embedded.process_id(running)
    assert embedded.start(running) == embedded.url(running)
    assert embedded.process_id(running) == before


def test_local_settings_of_the_merchant_are_read_last(data_folder):
    embedded.start(data_folder)
    embedded.stop(data_folder)
    (data_folder / "postgres" / "local.conf").write_text("work_mem = 33MB\n")
    (data_folder / "postgres" / "local.conf").chmod(0o644)
    assert one(embedded.start(data_folder), "SHOW work_mem") == "33MB"


# -- who may come in ------------------------------------------------------------------------------------------------


def test_files_are_closed_to_others(running):
    assert mode(running / secrets.FILE_NAME) == 0o600
    assert mode(running / "postgres") == 0o700
    assert mode(running / "socket") == 0o700
    assert mode(running) in {0o700, 0o711}
    assert (running / "postgres" / "pg_hba.conf").read_text().splitlines()[1:] == ["local all all scram-sha-256"]


def test_a_wrong_password_is_refused_even_to_whoever_reaches_the_socket(running):
    address = database.compose(user="backorder", password="guess", name="backorder", host=str(running / "socket"))
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(address)


def test_no_password_is_refused(running):
    with pytest.raises(psycopg.OperationalError, match="no password supplied"):
        psycopg.connect(f"postgresql://postgres@/postgres?host={running / 'socket'}")


def test_another_user_of_the_machine_cannot_read_or_connect_even_with_the_password(running):
    stranger = other_user()
    if stranger is None:
        # Without root there is no second user to try: the folder that holds everything is closed instead.
        assert mode(running) == 0o700
        return
    address = embedded.url(running)
    assert as_user(stranger, lambda: (running / secrets.FILE_NAME).read_text()).startswith("PermissionError")
    assert as_user(stranger, lambda: str(os.listdir(running / "postgres"))).startswith("PermissionError")
    assert "Permission denied" in as_user(stranger, lambda: str(one(address, "SELECT 'in'")))
    assert one(address, "SELECT 'in'") == "in"


def test_another_user_cannot_connect_to_the_short_socket_folder_either(running_far_away):
    folder = Path(parse_qs(urlsplit(embedded.url(running_far_away)).query)["host"][0])
    assert len(str(folder)) < 60
    assert mode(folder) == 0o700
    stranger = other_user()
    if stranger is not None:
        assert "Permission denied" in as_user(stranger, lambda: str(one(embedded.url(running_far_away), "SELECT 'in'")))


def test_the_password_is_in_no_log_and_no_command_line(running):
    kept = secrets.read(running)
    with psycopg.connect(embedded.url(running)) as connection, pytest.raises(psycopg.errors.UndefinedColumn):
        connection.execute("SELECT nobody_knows_this_column")
    logs = list((running / "postgres" / "log").iterdir())
    assert len(logs) == 1
    # The server's collector of logs writes when it comes to it.
    wait_for(lambda: "nobody_knows_this_column" in logs[0].read_text())
    written = logs[0].read_text() + (running / "postgres" / "start.log").read_text()
    lines = [" ".join(process.info["cmdline"] or []) for process in psutil.process_iter(["cmdline"])]
    for secret in (kept.database_password, kept.superuser_password, kept.secret_key):
        assert secret not in written
        assert not [line for line in lines if secret in line]
    assert "SELECT nobody" not in written
    assert repr(kept) == "Secrets(***)"


@pytest.fixture(scope="module")
def running_far_away():
    """A database whose data folder has a name too long for a socket."""
    # Shared tests may come back to a worker after it has ended this once.
    folder = Path(os.environ["BACKORDER_TEST_RUN"]) / f"far-{os.getpid()}-{next(_numbers)}" / ("away-" * 20)
    folder.mkdir(parents=True)
    embedded.start(folder)
    yield folder
    embedded.stop(folder)


def test_a_long_path_keeps_its_socket_over_a_crash(running_far_away):
    before = embedded.url(running_far_away)
    kill_server(running_far_away)
    assert embedded.start(running_far_away) == before
    assert one(before, "SELECT 1") == 1


# -- as whom it runs ------------------------------------------------------------------------------------------------


def test_the_server_does_not_run_as_root(running):
    uid = psutil.Process(embedded.process_id(running)).uids().real
    assert uid != 0
    assert uid == (running / "postgres").stat().st_uid


def test_an_ordinary_user_runs_it_as_himself():
    someone = other_user()
    folder = Path(os.environ["BACKORDER_TEST_RUN"]) / f"ordinary-{os.getpid()}"
    folder.mkdir()
    if someone is None:
        someone_uid, address = os.geteuid(), embedded.start(folder / "data")
        embedded.stop(folder / "data")
    else:
        os.chown(folder, someone.pw_uid, someone.pw_gid)
        someone_uid = someone.pw_uid
        binaries = runnable_by_all(folder)
        address = as_user(someone, lambda: start_use_stop(folder / "data", binaries))
    assert address == "1" or address.startswith("postgresql://")
    assert (folder / "data" / "postgres").stat().st_uid == someone_uid
    assert mode(folder / "data") == 0o700


def start_use_stop(data: Path, binaries: Path) -> str:
    answer = str(one(embedded.start(data, binaries=binaries), "SELECT 1"))
    embedded.stop(data, binaries=binaries)
    return answer


def runnable_by_all(folder: Path) -> Path:
    """Return programs that anybody may run: the wheel's, or a copy if a folder above them is closed."""
    nobody = database_user.SystemUser(uid=65534, gid=65534)
    return programs.runnable(programs.wheel_binaries(), nobody, folder)


def test_data_below_a_closed_folder_go_outside_and_nothing_is_opened(tmp_path, monkeypatch):
    if os.geteuid() != 0:
        assert database_user.place_for(tmp_path / "postgres", None) == tmp_path / "postgres"
        return
    outside = Path(os.environ["BACKORDER_TEST_RUN"]) / f"outside-{os.getpid()}"
    monkeypatch.setattr(database_user, "OUTSIDE", outside)
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    try:
        assert one(embedded.start(closed / "data"), "SELECT 1") == 1
        assert mode(closed) == 0o700
        assert mode(closed / "data") == 0o700
        assert (closed / "data" / "postgres").resolve().parent.parent == outside
    finally:
        embedded.stop(closed / "data")


# -- what may happen to it ------------------------------------------------------------------------------------------


def test_programs_below_a_closed_folder_are_copied_with_their_libraries(data_folder, tmp_path, monkeypatch):
    closed = tmp_path / "closed"
    wheel = closed / "site-packages" / programs.WHEEL
    wheel.mkdir(parents=True)
    real = programs.wheel_binaries()
    (wheel / programs.VERSION_FOLDER).symlink_to(real.parent)
    for libraries in (real.parents[2] / f"{programs.WHEEL}.libs", real.parents[1] / ".dylibs"):
        if libraries.exists():
            place = wheel.parent if libraries.parent == real.parents[2] else wheel
            (place / libraries.name).symlink_to(libraries)
    closed.chmod(0o700)
    binaries = wheel / programs.VERSION_FOLDER / "bin"
    try:
        assert one(embedded.start(data_folder, binaries=binaries), "SELECT 1") == 1
        executable = Path(psutil.Process(embedded.process_id(data_folder)).exe())
        if os.geteuid() == 0:
            assert executable.is_relative_to(data_folder)
            assert not any(mode(folder) & 0o022 for folder in executable.parents if folder.is_relative_to(data_folder))
    finally:
        embedded.stop(data_folder, binaries=binaries)


def test_stopping_and_starting_keeps_what_was_written(data_folder):
    with psycopg.connect(embedded.start(data_folder)) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    embedded.stop(data_folder)
    assert not embedded.is_running(data_folder)
    embedded.stop(data_folder)
    assert one(embedded.start(data_folder), "SELECT answer FROM kept") == 42


@pytest.mark.parametrize("children", [False, True], ids=["server", "server and its children"])
def test_kill_9_loses_nothing_that_was_committed(running, children):
    table = f"survivors_{'all' if children else 'server'}"
    with psycopg.connect(embedded.url(running)) as connection:
        connection.execute(f"CREATE TABLE {table} AS SELECT generate_series(1, 1000) AS id")
    kill_server(running, children=children)
    assert not embedded.is_running(running)
    assert one(embedded.start(running), f"SELECT count(*) FROM {table}") == 1000


def test_orphans_of_a_killed_server_are_ended(running):
    with psycopg.connect(embedded.url(running)) as busy:
        backend = busy.info.backend_pid
        os.kill(backend, signal.SIGSTOP)
        kill_server(running)
        embedded.start(running)
        assert not psutil.pid_exists(backend) or psutil.Process(backend).status() == psutil.STATUS_ZOMBIE
    assert one(embedded.url(running), "SELECT 1") == 1


def test_a_stale_lock_whose_process_id_now_belongs_to_something_else_is_removed(data_folder):
    embedded.start(data_folder)
    file = data_folder / "postgres" / "postmaster.pid"
    text = file.read_text()
    embedded.stop(data_folder)
    file.write_text("\n".join([str(os.getpid()), *text.splitlines()[1:]]) + "\n")
    database_user.give(file, database_user.owner_of(data_folder / "postgres"))
    assert not embedded.is_running(data_folder)
    assert one(embedded.start(data_folder), "SELECT 1") == 1


def test_a_creation_cut_short_is_begun_anew(data_folder):
    half = data_folder / "postgres.new" / "cluster"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    assert one(embedded.start(data_folder), "SELECT 1") == 1
    assert not (data_folder / "postgres.new").exists()


def test_a_database_without_our_role_gets_it(data_folder):
    embedded.start(data_folder)
    with psycopg.connect(embedded.superuser_url(data_folder), autocommit=True) as connection:
        connection.execute("DROP DATABASE backorder")
        connection.execute("DROP ROLE backorder")
    assert one(embedded.start(data_folder), "SELECT current_user") == "backorder"


def test_two_starts_at_once_make_one_server(data_folder):
    pipes = []
    for _ in range(2):
        read_end, write_end = os.pipe()
        if os.fork() == 0:
            address = embedded.start(data_folder)
            os.write(write_end, f"{address} {embedded.process_id(data_folder)}".encode())
            os._exit(0)
        os.close(write_end)
        pipes.append(read_end)
    answers = set()
    for pipe in pipes:
        with os.fdopen(pipe) as file:
            answers.add(file.read())
        os.wait()
    assert answers == {f"{embedded.url(data_folder)} {embedded.process_id(data_folder)}"}


def test_programs_that_are_missing_are_named(data_folder, tmp_path):
    with pytest.raises((embedded.DatabaseUnavailable, FileNotFoundError)):
        embedded.start(data_folder, binaries=tmp_path)
    assert not (data_folder / "postgres").exists()


def test_a_start_that_fails_says_why(data_folder):
    embedded.start(data_folder)
    embedded.stop(data_folder)
    (data_folder / "postgres" / "local.conf").write_text("shared_buffers = 'a lot'\n")
    with pytest.raises(embedded.DatabaseUnavailable, match="shared_buffers"):
        embedded.start(data_folder)
    (data_folder / "postgres" / "local.conf").unlink()
    assert one(embedded.start(data_folder), "SELECT 1") == 1


def test_somebody_elses_socket_folder_is_not_used(data_folder):
    data_folder.mkdir()
    (data_folder / "socket").symlink_to("/tmp")
    address = embedded.start(data_folder)
    assert one(address, "SELECT 1") == 1
    assert str(data_folder / "socket") not in address


def test_nothing_is_left_when_it_is_stopped(data_folder):
    embedded.start(data_folder)
    embedded.stop(data_folder)
    assert [path.name for path in (data_folder / "socket").iterdir()] == []
    with socket.socket(socket.AF_UNIX) as probe, pytest.raises(FileNotFoundError):
        probe.connect(str(data_folder / "socket" / ".s.PGSQL.5432"))
    remains = [p for p in psutil.process_iter(["name"]) if p.info["name"] == "postgres" and in_folder(p, data_folder)]
    assert remains == []


def in_folder(process: psutil.Process, data: Path) -> bool:
    try:
        return process.cwd() == str((data / "postgres").resolve())
    except psutil.Error:
        return False

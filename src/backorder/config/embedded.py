"""The embedded database: a real PostgreSQL 18 from a wheel, kept under the data folder of the installation.

It is durable, listens on no network port, and admits no other local user: its socket folder is closed and a password
is asked besides. Started by root it runs as an unprivileged system user. Starting is idempotent and mends what a
killed server left behind.
"""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import psycopg
from psycopg import sql

from backorder.config import database_user, secrets
from backorder.config.database_user import SystemUser
from backorder.config.programs import DatabaseUnavailable, runnable, wheel_binaries

ROLE = "backorder"
SUPERUSER = "postgres"
START_SECONDS = 60
STOP_SECONDS = 30
# How long the orphans of a killed server may take to notice and end by themselves.
ORPHAN_SECONDS = 2
# sockaddr_un holds 108 bytes on Linux and 104 on macOS, the closing zero included.
SOCKET_NAME = "/.s.PGSQL.5432"
SOCKET_PATH_BYTES = 103

__all__ = ["DatabaseUnavailable", "is_running", "process_id", "start", "stop", "superuser_url", "url", "wheel_binaries"]

SETTINGS = """\
# Written at each start. Put your own settings into local.conf beside this file: they are read last.
listen_addresses = ''
unix_socket_permissions = 0700
max_connections = 100
shared_buffers = 256MB
effective_cache_size = 1GB
work_mem = 8MB
maintenance_work_mem = 128MB
fsync = on
synchronous_commit = on
full_page_writes = on
# This build knows only the slow way to compress pages: it takes longer than writing them does.
wal_compression = off
max_wal_size = 2GB
checkpoint_timeout = 15min
checkpoint_completion_target = 0.9
random_page_cost = 1.1
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
password_encryption = 'scram-sha-256'
logging_collector = on
log_directory = 'log'
log_filename = 'postgresql-%a.log'
log_rotation_age = 1d
log_rotation_size = 0
log_truncate_on_rotation = on
log_line_prefix = '%m [%p] %q%a '
# Statements and row details may hold personal data: they stay out of the log.
log_min_error_statement = panic
log_error_verbosity = terse
"""

HBA = """\
# Whoever reaches the socket must also know the password.
local all all scram-sha-256
"""


def start(data: Path, *, binaries: Path | None = None) -> str:
    """Start the database of this data folder, creating it first if needed, and return its postgresql:// address.

    If it already runs, only the address is returned. `binaries` is the folder of initdb and pg_ctl, the wheel's by
    default. Raises DatabaseUnavailable.
    """
    kept = secrets.ensure(data)
    with _only_one(data):
        if not is_running(data):
            _start_stopped(data, binaries or wheel_binaries(), kept)
        address = url(data)
        _ensure_database(data, address, kept)
    return address


def stop(data: Path, *, binaries: Path | None = None) -> None:
    """Stop the database of this data folder: sessions end, everything is written. Twice is once."""
    if not _home(data).exists():
        return
    with _only_one(data):
        home = _home(data)
        user = database_user.owner_of(home)
        if is_running(data):
            found = runnable(binaries or wheel_binaries(), user, home.parent)
            _run([found / "pg_ctl", "stop", "-D", home, "-m", "fast", "-w", "-t", str(STOP_SECONDS)], user=user)
        _remove_short_socket_folder(data)


def is_running(data: Path) -> bool:
    """Return whether a server of this data folder is up and takes connections."""
    lines = _postmaster_file(data)
    return len(lines) > 7 and lines[7].strip() == "ready" and _is_our_server(int(lines[0]), data)


def process_id(data: Path) -> int | None:
    """Return the process id of the running server, or None."""
    return int(_postmaster_file(data)[0]) if is_running(data) else None


def url(data: Path) -> str:
    """Return the address of this installation's database, whether or not it runs."""
    from backorder.config.database import compose

    kept = secrets.read(data)
    password = kept.database_password if kept else ""
    return compose(user=ROLE, password=password, name=ROLE, host=str(_socket_folder(data)))


def superuser_url(data: Path) -> str:
    """Return the address by which the house itself administers the server."""
    from backorder.config.database import compose

    kept = secrets.read(data)
    assert kept is not None, f"{data} has no secrets yet"
    return compose(user=SUPERUSER, password=kept.superuser_password, name="postgres", host=str(_socket_folder(data)))


# -- creating and starting ------------------------------------------------------------------------------------------


def _start_stopped(data: Path, binaries: Path, kept: secrets.Secrets) -> None:
    user = database_user.choose()
    home = _home(data)
    if not (home / "PG_VERSION").exists():
        home = _create(data, binaries, user, kept)
    user = database_user.owner_of(home)
    _clear_remains(data)
    (home / "backorder.conf").write_text(SETTINGS)
    sockets = _make_socket_folder(data, user)
    found = runnable(binaries, user, home.parent)
    options = f"-c unix_socket_directories='{sockets}'"
    _run(
        [
            found / "pg_ctl",
            "start",
            "-D",
            home,
            "-w",
            "-t",
            str(START_SECONDS),
            "-l",
            home / "start.log",
            "-o",
            options,
        ],
        user=user,
        log=home / "start.log",
    )


def _create(data: Path, binaries: Path, user: SystemUser | None, kept: secrets.Secrets) -> Path:
    """Make an empty cluster beside its place and rename it, so that a crash leaves none or a whole one."""
    place = _choose_place(data, user)
    parent = place.parent
    with suppress(FileNotFoundError):
        shutil.rmtree(parent / "postgres.new")
    fresh = parent / "postgres.new"
    fresh.mkdir(mode=0o700)
    database_user.give(fresh, user)
    password_file = fresh / "password"
    password_file.touch(mode=0o600)
    database_user.give(password_file, user)
    password_file.write_text(kept.superuser_password + "\n")
    found = runnable(binaries, user, parent)
    identity = ["-U", SUPERUSER, f"--pwfile={password_file}", "--auth=scram-sha-256"]
    storage = ["--encoding=UTF8", "--data-checksums", *_locale_options(found)]
    _run([found / "initdb", "-D", fresh / "cluster", *identity, *storage], user=user)
    cluster = fresh / "cluster"
    (cluster / "pg_hba.conf").write_text(HBA)
    with (cluster / "postgresql.conf").open("a") as file:
        file.write("\ninclude = 'backorder.conf'\ninclude_if_exists = 'local.conf'\n")
    cluster.rename(place)
    shutil.rmtree(fresh)
    return place


def _choose_place(data: Path, user: SystemUser | None) -> Path:
    wanted = data / "postgres"
    if wanted.is_symlink():
        # An earlier creation was cut short.
        return wanted.resolve()
    place = database_user.place_for(wanted, user)
    if place != wanted:
        wanted.symlink_to(place)
    return place


def _locale_options(binaries: Path) -> list[str]:
    # Sorting by code point is the same on every machine; the builtin provider came with version 17.
    if _major_version(binaries) >= 17:
        return ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    return ["--locale=C.UTF-8"]


def _major_version(binaries: Path) -> int:
    answer = subprocess.run([binaries / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    return int(answer.split()[2].split(".")[0])


def _ensure_database(data: Path, address: str, kept: secrets.Secrets) -> None:
    """Make the role and the database that the application uses; it is no superuser."""
    if _can_connect(address):
        return
    with psycopg.connect(superuser_url(data), autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone()
        verb = "ALTER" if known else "CREATE"
        connection.execute(
            sql.SQL(verb + " ROLE {} LOGIN CREATEDB NOSUPERUSER PASSWORD {}").format(
                sql.Identifier(ROLE), sql.Literal(kept.database_password)
            )
        )
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [ROLE]).fetchone():
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(ROLE), sql.Identifier(ROLE))
            )
            connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(ROLE)))


def _can_connect(address: str) -> bool:
    try:
        psycopg.connect(address, connect_timeout=10).close()
    except psycopg.OperationalError:
        return False
    return True


# -- what a killed server leaves behind ----------------------------------------------------------------------------


def _clear_remains(data: Path) -> None:
    """End the orphans of a killed server and remove its lock, so that a new one may start."""
    for orphan in _orphans(data):
        with suppress(psutil.NoSuchProcess):
            orphan.terminate()
    deadline = time.monotonic() + ORPHAN_SECONDS
    while (stubborn := _orphans(data)) and time.monotonic() < deadline:
        time.sleep(0.02)
    for orphan in stubborn:
        # Its server is dead: what it had committed is in the log of changes, the rest never happened.
        with suppress(psutil.NoSuchProcess):
            orphan.kill()
    while _orphans(data) and time.monotonic() < deadline + ORPHAN_SECONDS:
        time.sleep(0.02)
    lines = _postmaster_file(data)
    # After a reboot, or in a container, the old process id may belong to something else of the same user, and a dead
    # server that nobody has waited for still counts as alive: PostgreSQL would not start beside either.
    if not (lines and _is_our_server(int(lines[0]), data)):
        (_home(data) / "postmaster.pid").unlink(missing_ok=True)
        Path(f"{_socket_folder(data)}{SOCKET_NAME}.lock").unlink(missing_ok=True)


def _orphans(data: Path) -> list[psutil.Process]:
    home = str(_home(data))
    lines = _postmaster_file(data)
    server = int(lines[0]) if lines else 0
    found = []
    for process in psutil.process_iter(["name"]):
        # A zombie has no folder: it is dead, only nobody has asked for its end yet.
        if process.info["name"] == "postgres" and process.pid != server and _folder_of(process) == home:
            found.append(process)
    return found


def _is_our_server(pid: int, data: Path) -> bool:
    try:
        process = psutil.Process(pid)
        is_postgres = process.name() == "postgres" and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
    return is_postgres and _folder_of(process) in {str(_home(data)), None}


def _folder_of(process: psutil.Process) -> str | None:
    try:
        return str(process.cwd())
    except psutil.Error:
        return None


def _postmaster_file(data: Path) -> list[str]:
    try:
        return (_home(data) / "postmaster.pid").read_text().splitlines()
    except OSError:
        return []


# -- folders --------------------------------------------------------------------------------------------------------


def _home(data: Path) -> Path:
    return (data / "postgres").resolve()


def _socket_folder(data: Path) -> Path:
    """Return the folder of the socket: under the data, or the short private one that the running server made."""
    try:
        return Path((data / "socket-folder").read_text())
    except FileNotFoundError:
        return data / "socket"


def _make_socket_folder(data: Path, user: SystemUser | None) -> Path:
    """Make the closed folder of the socket, or take the one there is: running clients keep its address."""
    folder = _socket_folder(data)
    too_long = len(os.fsencode(folder)) + len(SOCKET_NAME) > SOCKET_PATH_BYTES
    if too_long or not database_user.can_reach(folder, user) or folder.is_symlink():
        # mkdtemp makes a folder with mode 0700 and a name that nobody can have taken before.
        folder = Path(tempfile.mkdtemp(prefix="backorder-", dir="/tmp"))
        (data / "socket-folder").write_text(str(folder))
    _make_private(folder, user)
    return folder


def _make_private(folder: Path, user: SystemUser | None) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    owner = folder.lstat().st_uid
    expected = {os.geteuid(), user.uid} if user else {os.geteuid()}
    if folder.is_symlink() or owner not in expected:
        raise DatabaseUnavailable(f"{folder} belongs to somebody else (user {owner}). Remove it or move your data.")
    folder.chmod(0o700)
    database_user.give(folder, user)


def _remove_short_socket_folder(data: Path) -> None:
    note = data / "socket-folder"
    if note.exists():
        shutil.rmtree(note.read_text(), ignore_errors=True)
        note.unlink()


@contextmanager
def _only_one(data: Path) -> Iterator[None]:
    """Let one process at a time start or stop this database; the lock dies with its holder."""
    with os.fdopen(os.open(data / ".lock", os.O_RDWR | os.O_CREAT, 0o600), "w") as file:
        deadline = time.monotonic() + START_SECONDS + STOP_SECONDS
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise DatabaseUnavailable(f"Another process holds {data}/.lock for over a minute.") from None
                time.sleep(0.02)
        yield


def _run(command: list[str | Path], *, user: SystemUser | None, log: Path | None = None) -> None:
    """Run a program of PostgreSQL as the user who owns the data; what it says is shown only if it fails."""
    identity: dict[str, Any] = {"user": user.uid, "group": user.gid, "extra_groups": []} if user else {}
    # pg_ctl leaves its output open in the server it starts: a file, unlike a pipe, does not wait for it.
    with tempfile.TemporaryFile("w+") as said:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            cwd="/",
            umask=0o077,
            env={"PATH": os.defpath, "LC_ALL": "C.UTF-8" if sys.platform != "darwin" else "C", "TZ": "UTC"},
            check=False,
            **identity,
        )
        if done.returncode != 0:
            said.seek(0)
            tail = log.read_text()[-2000:] if log and log.exists() else ""
            raise DatabaseUnavailable(f"{Path(command[0]).name} failed:\n{said.read()[-2000:]}{tail}")

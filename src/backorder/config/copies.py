"""Copies of the whole database: written by pg_dump, taken back by pg_restore in one transaction, all or nothing.

A copy ends with a seal, the SHA-256 of what comes before: pg_restore itself does not notice every file cut short.
"""

import hashlib
import os
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import psycopg

from backorder.config import database, embedded

EMPTY_SCHEMA = b"""\
DROP SCHEMA public CASCADE;
CREATE SCHEMA public AUTHORIZATION pg_database_owner;
GRANT USAGE ON SCHEMA public TO PUBLIC;
"""
# A setting that pg_restore of PostgreSQL 17 and later always writes and that older servers do not know.
NEW_SETTING = b"SET transaction_timeout = 0;\n"
HEADER_LINES = 60
SEAL_BEGINS = b"\nbackorder copy sha256 "
PIECE_BYTES = 1 << 20


class CopyFailed(Exception):
    """The copy could not be written or taken back; nothing was changed."""


def write(file: Path, *, force: bool = False) -> int:
    """Write a copy of the database to `file`, readable by its owner only, and return its size in bytes.

    An existing file is replaced only with `force`. Raises CopyFailed.
    """
    if file.exists() and not force:
        raise CopyFailed(f"{file} exists. Give --force to replace it.")
    try:
        handle, partial = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")
    except OSError as error:
        raise CopyFailed(f"Cannot write to {file.parent}: {error.strerror}.") from error
    try:
        with os.fdopen(handle, "r+b") as output:
            _run([*_program("pg_dump"), "-Fc", "--no-owner", "--no-privileges", "-f", partial])
            seal = _seal_of(output)
            output.write(seal)
            output.flush()
            os.fsync(output.fileno())
            size = output.tell()
        os.replace(partial, file)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(partial)
        raise
    return size


def take_back(file: Path, *, force: bool = False) -> None:
    """Replace what is in the database by the copy in `file`. Raises CopyFailed, and then nothing was changed.

    A database that holds tables is overwritten only with `force`.
    """
    _check_seal(file)
    with psycopg.connect(database.url()) as connection:
        has_tables = connection.execute("SELECT 1 FROM pg_tables WHERE schemaname = 'public' LIMIT 1").fetchone()
        version = connection.info.server_version // 10_000
    if has_tables and not force:
        raise CopyFailed("The database already holds data. Give --force to replace all of it by the copy.")
    _replay(file, version)


def _seal_of(copy: IO[bytes], length: int | None = None) -> bytes:
    """Return the seal of the first `length` bytes of a file (all by default), and stand behind them."""
    digest, left = hashlib.sha256(), length if length is not None else os.fstat(copy.fileno()).st_size
    copy.seek(0)
    while left and (piece := copy.read(min(left, PIECE_BYTES))):
        digest.update(piece)
        left -= len(piece)
    return SEAL_BEGINS + digest.hexdigest().encode() + b"\n"


def _check_seal(file: Path) -> None:
    seal_bytes = len(SEAL_BEGINS) + 65
    with file.open("rb") as copy:
        length = max(0, file.stat().st_size - seal_bytes)
        copy.seek(length)
        found = copy.read()
        if not found.startswith(SEAL_BEGINS) or found != _seal_of(copy, length):
            raise CopyFailed(f"{file} is not a whole copy made by `backorder backup`; nothing was changed.")


def _replay(file: Path, server_version: int) -> None:
    reader = [str(embedded.wheel_binaries() / "pg_restore"), "-f", "-", "--no-owner", "--no-privileges", str(file)]
    writer = [*_program("psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "--single-transaction", "-o", os.devnull]
    with tempfile.TemporaryFile() as said:
        source = subprocess.Popen(reader, stdout=subprocess.PIPE, stderr=said)
        target = subprocess.Popen(
            writer, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=said, env=_environment()
        )
        assert source.stdout is not None
        assert target.stdin is not None
        with suppress(BrokenPipeError):
            target.stdin.write(EMPTY_SCHEMA)
            _pour(source.stdout, target.stdin, skip=NEW_SETTING if server_version < 17 else None)
        source.stdout.close()
        if source.wait() != 0:
            # End of input would commit what came so far: the session is cut instead.
            target.kill()
        with suppress(BrokenPipeError):
            target.stdin.close()
        if target.wait() != 0 or source.returncode != 0:
            said.seek(0)
            raise CopyFailed(f"{file} was not taken back, nothing was changed:\n{said.read()[-2000:].decode()}")


def _pour(source: IO[bytes], target: IO[bytes], *, skip: bytes | None) -> None:
    for _ in range(HEADER_LINES):
        line = source.readline()
        if line != skip:
            target.write(line)
    while piece := source.read(PIECE_BYTES):
        target.write(piece)


def _program(name: str) -> list[str]:
    return [str(embedded.wheel_binaries() / name), "-d", database.without_password(database.url())]


def _environment() -> dict[str, str]:
    # The password goes through the environment: command lines are visible to everybody on the machine.
    return {**os.environ, "PGPASSWORD": database.settings_for(database.url())["PASSWORD"]}


def _run(command: list[str], **options: Any) -> bytes:
    options.setdefault("stdout", subprocess.PIPE)
    done = subprocess.run(command, stderr=subprocess.PIPE, env=_environment(), check=False, **options)
    if done.returncode != 0:
        raise CopyFailed(f"{Path(command[0]).name} failed: {done.stderr.decode()[-2000:].strip()}")
    return done.stdout or b""

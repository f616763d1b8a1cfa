"""Make src/backorder/config/schema.sql, the tables of a new installation, from what its migrations make.

`python -m tools.make_schema` writes; `--check` says what is out of date and ends with 1. Both run all migrations in a
database of their own, which is gone afterwards.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg
from psycopg import sql

HEADER = "-- Made by `python -m tools.make_schema` from the migrations: do not edit.\n\n"

# Rows that Django puts there by itself, and those that say when and how this installation was created.
MADE_ANEW = r"(auth_|django_content_type|journal_era|journal_clock)"
_NOISE = re.compile(r"^(--.*|SET .*|SELECT pg_catalog\.set_config.*|\\(un)?restrict .*)\n", re.MULTILINE)
_ROWS = re.compile(rf"^INSERT INTO {MADE_ANEW}.*\n", re.MULTILINE)
_UNUSED_SEQUENCE = re.compile(rf"^SELECT pg_catalog\.setval\('({MADE_ANEW}.*|.*, false\));\n", re.MULTILINE)
# PostgreSQL writes such an expression in another way once it has read its own words.
_CASTS = re.compile(r"::(character varying|text)(\[\])?|[()]")
_APPLIED = re.compile(r"^(INSERT INTO django_migrations .*), '[^']*'\);$", re.MULTILINE)


def main() -> None:
    """Write the file, or with --check compare it and what is laid by it with what the migrations make."""
    with tempfile.TemporaryDirectory(prefix="backorder-schema-", dir="/tmp") as folder:
        Path(folder).chmod(0o711)
        os.environ.update(BACKORDER_DATA=folder, DJANGO_SETTINGS_MODULE="backorder.config.settings")
        os.environ.pop("DATABASE_URL", None)
        from backorder.config import installation, schema

        with installation.opened(application_name="make schema", migrated=False, stops=True):
            made, laid = _migrated(), _laid()
        if "--check" not in sys.argv:
            schema.FILE.write_text(made)
            print(f"{schema.FILE.name} written")
        elif made != schema.FILE.read_text() or _CASTS.sub("", made) != _CASTS.sub("", laid):
            print(f"{schema.FILE.name} is out of date: run `python -m tools.make_schema`")
            sys.exit(1)


def _migrated() -> str:
    from django.core.management import call_command
    from django.db import connections

    from backorder.config import database

    call_command("migrate", verbosity=0, interactive=False)
    connections.close_all()
    return _dumped(database.url())


def _laid() -> str:
    """What comes of the file as it is, in a database beside; nothing if there is no file yet."""
    from backorder.config import database, embedded, schema, secrets

    if not schema.FILE.exists():
        return ""
    with psycopg.connect(embedded.superuser_url(secrets.data_folder()), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE laid OWNER {}").format(sql.Identifier(embedded.ROLE)))
    beside = database.url().replace(f"/{embedded.ROLE}?", "/laid?")
    assert schema.lay(beside, simulated=False)
    return _dumped(beside)


def _dumped(address: str) -> str:
    from backorder.config import embedded

    program = [str(embedded.wheel_binaries() / "pg_dump"), "--inserts", "--no-owner", "--no-privileges", "-d", address]
    dump = subprocess.run(program, check=True, capture_output=True, text=True).stdout
    text = _NOISE.sub("", dump.replace("public.", ""))
    text = _APPLIED.sub(r"\1, now());", _UNUSED_SEQUENCE.sub("", _ROWS.sub("", text)))
    return HEADER + re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


if __name__ == "__main__":
    main()

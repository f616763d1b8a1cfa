"""The tables of a new installation: laid at once, and the same as all migrations make."""

import subprocess
import sys
from pathlib import Path

import psycopg

from backorder.config import schema

ROOT = Path(__file__).parents[2]


def test_the_file_is_what_the_migrations_make():
    done = subprocess.run(
        [sys.executable, "-m", "tools.make_schema", "--check"], cwd=ROOT, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_tables_are_laid_once_and_never_over_others(postgres_url):
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS bare")
        connection.execute("CREATE DATABASE bare")
    bare = postgres_url.replace("/backorder?", "/bare?")
    assert schema.lay(bare, simulated=True)
    with psycopg.connect(bare) as connection:
        assert connection.execute("SELECT simulated, frozen_at FROM journal_clock").fetchall() == [(True, None)]
        assert connection.execute("SELECT id, reason FROM journal_era").fetchall() == [(1, "created")]
    assert not schema.lay(bare, simulated=False)
    with psycopg.connect(bare) as connection:
        assert connection.execute("SELECT simulated FROM journal_clock").fetchall() == [(True,)]

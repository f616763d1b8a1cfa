"""One running installation for all journeys of a test process; each journey has items of its own."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest
from psycopg import sql

from .merchant import Merchant
from .serving import Served, serving

DATABASE = f"journeys_{os.getpid()}"
START = "2030-01-07T09:00:00Z"  # A Monday.


@pytest.fixture(scope="session")
def database(postgres_url: str) -> Iterator[str]:
    """The address of an empty database on the run's server."""
    name = sql.Identifier(DATABASE)
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
    yield str(httpx.URL(postgres_url).copy_with(path=f"/{DATABASE}"))
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


@pytest.fixture(scope="session")
def served(database: str) -> Iterator[Served]:
    """`backorder serve`, web server and worker, on that database."""
    folder = Path(tempfile.mkdtemp(prefix="journeys-", dir=os.environ["BACKORDER_TEST_RUN"]))
    with serving(folder, database=database) as found:
        yield found
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def opened(served: Served) -> Iterator[Merchant]:
    """The merchant has set up: two warehouses that work every day, a parcel service of one day, a web shop."""
    headers = {"Authorization": f"Bearer {served.key}"}
    with httpx.Client(base_url=f"{served.address}/api/v1", headers=headers, timeout=60) as client:
        merchant = Merchant(client)
        merchant.post("/clock", {"to": START})
        merchant.post("/clock", {"be": "frozen"})
        merchant.put("/calendars/ALWAYS", {"weekdays": [0, 1, 2, 3, 4, 5, 6]})
        for code in ("NORTH", "SOUTH"):
            merchant.put(f"/locations/{code}", {"name": code.title(), "calendar": "ALWAYS", "cut_off": "23:59:00"})
        merchant.put(
            "/services/POST", {"name": "Post", "calendar": "ALWAYS", "transit_min_days": 1, "transit_max_days": 1}
        )
        merchant.put("/channels/web", {"name": "Web", "service": "POST"})
        yield merchant


@pytest.fixture
def shop(opened: Merchant) -> Merchant:
    """The merchant at the beginning of a journey."""
    return opened.begin()

"""Runs invariants.sql: what must be true of the data after every storm, demo and bench. Imports no product code.

From a shell: `python -m tests.invariants postgresql://...` prints what is violated and fails if anything is.
"""

from __future__ import annotations

import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

QUERY = Path(__file__).with_name("invariants.sql").read_text()


@dataclass(frozen=True, slots=True)
class Violation:
    """One invariant that does not hold: `detail` names up to five of the `how_many` subjects that break it."""

    name: str
    detail: str
    how_many: int

    def __str__(self) -> str:
        return f"{self.name}: {self.how_many} ({self.detail})"


def check(connection: Any) -> list[Violation]:
    """Ask the database, over Django's or psycopg's connection, which invariants are violated; none is an empty list."""
    with closing(connection.cursor()) as cursor:
        cursor.execute(QUERY)
        return [Violation(*row) for row in cursor.fetchall()]


def assert_clean(connection: Any) -> None:
    """Fail with a sentence for each violated invariant."""
    violations = check(connection)
    assert not violations, "\n".join(str(violation) for violation in violations)


def main(address: str) -> int:
    """Print what is violated in the database at `address`; return how many invariants are."""
    with psycopg.connect(address) as connection:
        violations = check(connection)
    for violation in violations:
        print(violation)
    print("invariants clean" if not violations else f"{len(violations)} invariants violated")
    return len(violations)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

"""The number that every change of the catalog replaces; who kept what he read compares it.

Other rooms whose small tables are kept the same way (channels) renew it too.
"""

from __future__ import annotations

from django.db import connection

from backorder.journal.prepared import rows


def version() -> int:
    """The number as it is now; one cheap statement."""
    found = rows("SELECT n FROM catalog_version", [])
    return int(found[0][0]) if found else 0


def renew_version() -> None:
    """Renew it, in the transaction that changes something; a number never comes twice, even if rolled back."""
    assert connection.in_atomic_block, "the version is renewed with the change"
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO catalog_version (id, n) VALUES (1, nextval('catalog_version_n'))"
            " ON CONFLICT (id) DO UPDATE SET n = nextval('catalog_version_n')"
        )

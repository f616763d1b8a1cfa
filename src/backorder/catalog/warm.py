"""Read the catalog's items ahead of the orders, so that the first order of each need not wait for it."""

from __future__ import annotations

import logging
import time

from django.db import connection

from .queries import current
from .snapshot import MOST_KEPT

CHUNK = 2_000
PAUSE_SECONDS = 60.0  # A catalog that changes all day is read ahead at most this often.

_NEXT = "SELECT sku FROM catalog_item WHERE active AND sku > %s ORDER BY sku LIMIT %s"

log = logging.getLogger(__name__)


def keep_warm() -> None:
    """Read ahead now and whenever the catalog has changed; never returns, so run it in a daemon thread."""
    warm = -1
    while True:
        try:
            if current().version != warm:
                warm = read_ahead()
        except Exception as failure:
            log.info("the catalog could not be read ahead: %s", failure)
            connection.close()
        time.sleep(PAUSE_SECONDS)


def read_ahead() -> int:
    """Read all active items, up to as many as are kept, into the present snapshot; returns its version."""
    snapshot, after = current(), ""
    for _ in range(0, MOST_KEPT, CHUNK):
        with connection.cursor() as cursor:
            cursor.execute(_NEXT, [after, CHUNK])
            skus = [sku for (sku,) in cursor.fetchall()]
        if not skus:
            break
        snapshot.items_by_sku(skus)
        after = skus[-1]
    return snapshot.version

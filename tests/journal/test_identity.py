"""Ids come from blocks that each process fetched; rows that are read by age get theirs in order of time."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from backorder.journal.identity import BLOCK, ids_in_order, new_ids

pytestmark = pytest.mark.django_db(transaction=True)


def elsewhere(count: int) -> list[int]:
    """What another process, which has no block yet, would be given."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('backorder_id')")
        (first,) = cursor.fetchone()
    return list(range(first, first + count))


def test_ids_of_one_process_ascend_and_are_given_once() -> None:
    ids = [id for _ in range(3) for id in new_ids(BLOCK // 2 + 1)]
    assert len(set(ids)) == len(ids)


def test_threads_are_never_given_the_same() -> None:
    given: list[int] = []

    def take() -> None:
        given.extend(new_ids(7))
        connection.close()

    threads = [threading.Thread(target=take) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(given)) == len(given) == 140


def test_ids_of_a_block_are_older_than_those_fetched_elsewhere_meanwhile() -> None:
    """The negative control: an id of one's own block comes later and is lower."""
    new_ids(1)
    other = elsewhere(1)[0]
    assert new_ids(1)[0] < other


@pytest.mark.parametrize("count", [0, 1, 3, BLOCK, BLOCK + 1])
def test_ids_in_order_are_above_all_before(count: int) -> None:
    before = [*new_ids(5), *elsewhere(5)]
    ids = ids_in_order(count)
    assert len(ids) == count
    assert ids == sorted(set(ids))
    assert all(id > max(before) for id in ids)
    assert all(id > max([*ids, *before]) for id in ids_in_order(2))

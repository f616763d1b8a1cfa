"""Every invariant of invariants.sql is seen to be violated when it is: each is broken by hand, and reported alone.

Checks and triggers that would refuse the damage are taken away first, inside the transaction that is rolled back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tests import invariants

pytestmark = pytest.mark.django_db

WORLD = Path(__file__).with_name("world.sql").read_text()

# What is broken, the damage, and who is reported. Damage that no single row can do breaks several; all are named.
DAMAGE = {
    "line_balance": ("UPDATE orders_line SET cancelled = 4 WHERE id = 1", "line/1"),
    "returned_was_shipped": ("UPDATE orders_line SET returned = 5 WHERE id = 1", "line/1"),
    "line_allocated_is_its_allocations": (
        "UPDATE orders_allocation SET allocated = 6, released = 1 WHERE id = 1",
        "line/1",
    ),
    "line_pegs_within_open": (
        "UPDATE orders_peg SET units = 4 WHERE id = 1; UPDATE supply_supply SET pegged = 5",
        "line/1",
    ),
    "line_shipped_is_its_shipments": ("UPDATE orders_line SET shipped = 3, cancelled = 4 WHERE id = 1", "line/1"),
    "shipment_is_of_its_order": ("UPDATE orders_shipment SET order_id = 2", "shipment/1"),
    "order_has_lines": (
        "UPDATE orders_order SET id = 3 WHERE id = 2;"
        "UPDATE journal_entry SET subject = 'order/3' WHERE subject = 'order/2'",
        "order/3",
    ),
    "one_order_per_reference": ("UPDATE orders_order SET reference = 'R-1'", "channel/1 R-1"),
    "substituted_units_have_a_line": ("UPDATE orders_line SET instead_of_id = NULL", "line/1"),
    "never_oversold": (
        "UPDATE stock_level SET on_hand = 8 WHERE id = 1; UPDATE stock_move SET units = 2 WHERE id = 1",
        "level/1",
    ),
    "level_allocated_is_its_allocations": ("UPDATE stock_level SET allocated = 10 WHERE id = 1", "level/1"),
    "on_hand_is_its_moves": ("UPDATE stock_level SET on_hand = 25 WHERE id = 1", "item/1 location/1"),
    "one_move_per_cause": (
        "INSERT INTO stock_move (id, item_id, location_id, units, kind, cause, note, at, actor) SELECT 9, item_id,"
        " location_id, units, kind, cause, note, at, actor FROM stock_move WHERE id = 4;"
        "UPDATE stock_level SET on_hand = 12 WHERE id = 2",
        "item/2 opening opening/2",
    ),
    "shipment_moves_are_the_shipments": (
        "UPDATE stock_move SET kind = 'adjustment' WHERE kind = 'shipment'",
        "item/1 location/1",
    ),
    "allocation_is_of_its_item": (
        "UPDATE orders_allocation SET level_id = 5 - level_id WHERE line_id IN (3, 4);"
        "UPDATE stock_level SET allocated = 6 - allocated WHERE id IN (2, 3)",
        "allocation/3, allocation/4",
    ),
    "allocation_has_one_owner": ("UPDATE orders_allocation SET line_id = 1 WHERE id = 2", "allocation/2"),
    "supply_pegged_is_its_pegs": ("UPDATE supply_supply SET pegged = 4", "supply/1"),
    "pegged_within_what_comes": (
        "UPDATE supply_supply SET units = 12 WHERE id = 1; UPDATE supply_purchaseline SET units = 12 WHERE id = 1",
        "supply/1",
    ),
    "supply_units": ("UPDATE supply_supply SET cancelled = -1", "supply/1"),
    "no_peg_to_dead_supply": ("UPDATE supply_purchaseorder SET state = 'closed' WHERE id = 1", "peg/1, peg/2"),
    "peg_is_of_its_item": ("UPDATE supply_supply SET item_id = 2", "peg/1, peg/2"),
    "peg_has_one_owner": ("UPDATE orders_peg SET hold_id = 1 WHERE id = 1", "peg/1"),
    "received_is_its_receipts": ("UPDATE supply_supply SET received = 11", "supply/1"),
    "receipt_moves_are_the_receipts": (
        "UPDATE stock_move SET kind = 'adjustment' WHERE kind = 'receipt'",
        "item/1 location/1",
    ),
    "one_receipt_per_key": (
        "UPDATE supply_receipt SET units = 5;"
        "INSERT INTO supply_receipt (id, units, over, closes, key, at, actor, supply_id)"
        " SELECT 2, units, over, closes, key, at, actor, supply_id FROM supply_receipt",
        "receipt r1",
    ),
    "drafts_are_not_supply": (
        "UPDATE supply_supply SET purchase_line_id = 2; UPDATE supply_purchaseline SET units = 30;"
        "UPDATE orders_peg SET supply_id = 1",
        "purchase order/2",
    ),
    "supply_is_what_was_ordered": ("UPDATE supply_supply SET units = 29", "purchase line/1"),
    "eta_is_its_last_change": ("UPDATE supply_supply SET eta = '2026-02-10'", "supply/1"),
    "live_hold_balance": ("UPDATE orders_hold SET units = 5 WHERE id = 1", "hold/1"),
    "ended_hold_owns_nothing": ("UPDATE orders_peg SET hold_id = 2 WHERE id = 2", "hold/2"),
    "hold_pegs_within_open": (
        "UPDATE orders_peg SET units = 3 WHERE id = 2; UPDATE supply_supply SET pegged = 5",
        "hold/1",
    ),
    "hold_outcome_says_how_it_ended": ("UPDATE orders_hold SET outcome = 'released' WHERE id = 3", "hold/3"),
    "every_item_has_a_queue": ("DELETE FROM orders_queue WHERE item_id = 4", "item/4"),
    "queue_is_what_waits": ("UPDATE orders_queue SET open_units = 3 WHERE item_id = 1", "item/1"),
    "promise_versions_are_dense": (
        "UPDATE orders_promise SET version = 0 WHERE line_id = 3; UPDATE orders_part SET version = 0 WHERE line_id = 3;"
        "UPDATE orders_line SET promised_on = NULL WHERE id = 3",
        "line/3",
    ),
    "every_line_has_a_promise": (
        "DELETE FROM orders_part WHERE line_id = 3; DELETE FROM orders_promise WHERE line_id = 3;"
        "UPDATE orders_line SET promise_version = 0, promised_on = NULL, first_promised_on = NULL, first_ship_on = NULL"
        " WHERE id = 3",
        "line/3",
    ),
    "part_has_its_promise": (
        "INSERT INTO orders_part (line_id, version, number, units, ship_on, deliver_from_on, deliver_on, reason,"
        " backing, certain, location_id) SELECT line_id, 7, number, units, ship_on, deliver_from_on, deliver_on,"
        " reason, backing, certain, location_id FROM orders_part WHERE line_id = 3",
        "line/3 version 7",
    ),
    "promise_covers_what_is_owed": ("UPDATE orders_part SET units = 2 WHERE line_id = 1 AND version = 2", "line/1"),
    "promised_day_is_that_of_the_last_part": (
        "UPDATE orders_line SET promised_on = '2026-02-13' WHERE id = 1",
        "line/1",
    ),
    "first_promise_never_changes": ("UPDATE orders_line SET first_promised_on = '2026-02-12' WHERE id = 1", "line/1"),
    "part_days_in_order": (
        "UPDATE orders_part SET deliver_from_on = '2026-03-01' WHERE line_id = 1 AND version = 1 AND number = 1",
        "line/1 version 1",
    ),
    "nothing_ships_before_its_street_date": (
        "UPDATE catalog_itempolicy SET street_on = '2026-01-06' WHERE id = 2",
        "line/1",
    ),
    "kit_has_all_its_parts": ("UPDATE orders_line SET kit_units = 3 WHERE id = 2", "line/3, line/4"),
    "kit_line_has_components": ("UPDATE orders_line SET kit_line_id = NULL", "line/2"),
    "kits_leave_whole": (
        "UPDATE orders_line SET allocated = 2, shipped = 2 WHERE id = 3;"
        "UPDATE orders_allocation SET allocated = 2 WHERE line_id = 3;"
        "UPDATE stock_level SET on_hand = 4, allocated = 2 WHERE id = 2;"
        "INSERT INTO orders_shipment (id, order_id, location_id, service_id, tracking, shipped_at, shipped_on,"
        " deliver_on) VALUES (2, 2, 1, 1, '', now(), '2026-01-05', '2026-01-08');"
        "INSERT INTO orders_shipmentline (id, shipment_id, line_id, units) VALUES (2, 2, 3, 2);"
        "INSERT INTO stock_move (id, item_id, location_id, units, kind, cause, note, at, actor)"
        " VALUES (9, 2, 1, -2, 'shipment', 'shipment/2', '', now(), 'test')",
        "line/2",
    ),
    "every_order_is_in_the_journal": ("DELETE FROM journal_entry WHERE subject = 'order/1'", "order/1"),
    "journal_tells_of_real_orders": (
        "INSERT INTO journal_entry (era, at, actor, fact, subject, body) SELECT max(id), now(), 'test', 'order.placed',"
        " 'order/77', '{}' FROM journal_era",
        "order/77",
    ),
    "entry_belongs_to_an_era": ("UPDATE journal_entry SET era = 900 WHERE subject = 'order/1'", "entry/*"),
    "entry_is_told_once": (
        "INSERT INTO journal_entry (seq, era, xact, at, actor, fact, subject, body) SELECT seq, era,"
        " '1'::xid8, at, actor, 'told', subject, body FROM journal_entry WHERE subject = 'order/1'",
        "entry/*",
    ),
    "entry_is_of_the_past": ("UPDATE journal_entry SET xact = '9000000000'::xid8 WHERE subject = 'order/1'", "entry/*"),
    "follower_is_not_ahead": ("UPDATE journal_follower SET seq = seq + 1 WHERE name = 'reader'", "follower/reader"),
    "clock_is_one_row": ("INSERT INTO journal_clock (id, simulated, shift) VALUES (2, false, '0')", "clock"),
    "one_answer_per_token": (
        "INSERT INTO access_replay (key_id, token, fingerprint, status, answer, made_at)"
        " SELECT key_id, token, fingerprint, status, answer, made_at FROM access_replay",
        "key/1 t",
    ),
    "replay_has_its_answer": ("UPDATE access_replay SET answer = NULL", "replay/1"),
    "delivery_knows_its_end": (
        "UPDATE notices_delivery SET state = 'delivered'",
        "delivery/00000000-0000-0000-0000-000000000001",
    ),
}
# Damage that cannot be done to one invariant alone: what it breaks besides.
BESIDES = {
    "line_pegs_within_open": {"promise_covers_what_is_owed"},
    "allocation_has_one_owner": {"line_allocated_is_its_allocations"},
    "peg_is_of_its_item": {"receipt_moves_are_the_receipts"},
    "drafts_are_not_supply": {"no_peg_to_dead_supply", "supply_is_what_was_ordered"},
    "ended_hold_owns_nothing": {"hold_pegs_within_open"},
}


@pytest.fixture
def world(db: None) -> Iterator[None]:
    """A world in which everything holds, with nothing left that would refuse damage; rolled back by django_db."""
    with connection.cursor() as cursor:
        _let_missing_columns_be_empty(cursor)
        cursor.execute(WORLD)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
    yield
    # Keys that point nowhere are not to be looked at when pytest-django ends the transaction.
    connection.check_constraints = lambda *_, **__: None  # type: ignore[method-assign]


def test_the_world_is_clean(world: None) -> None:
    """Without damage nothing is reported."""
    assert invariants.check(connection) == []


@pytest.mark.parametrize("name", DAMAGE)
def test_an_invariant_that_is_broken_is_reported(world: None, name: str) -> None:
    """The damage is reported under its name, with its subject, and nothing unexpected beside it."""
    damage, subject = DAMAGE[name]
    _take_guards_away()
    with connection.cursor() as cursor:
        cursor.execute(damage)
    found = {violation.name: violation for violation in invariants.check(connection)}
    assert name in found
    assert re.fullmatch(re.escape(subject).replace(r"\*", r"\d+"), found[name].detail)
    assert found[name].how_many == found[name].detail.count(",") + 1
    assert set(found) - {name} == BESIDES.get(name, set())


def test_every_invariant_has_its_control() -> None:
    """No invariant is written down without the test that sees it violated."""
    assert set(re.findall(r"SELECT '(\w+)', ", invariants.QUERY)) == set(DAMAGE)


def _let_missing_columns_be_empty(cursor: Any) -> None:
    """The world names the columns that matter; others that must not be null are empty, whatever is added later."""
    cursor.execute("""
        SELECT format('ALTER TABLE %I ALTER %I SET DEFAULT %s', table_name, column_name,
            CASE WHEN data_type IN ('text', 'bytea') THEN $$''$$ WHEN data_type IN ('ARRAY', 'jsonb') THEN $$'{}'$$
                 WHEN data_type = 'boolean' THEN 'false' WHEN data_type LIKE 'timestamp%' THEN 'now()' ELSE '0' END)
        FROM information_schema.columns
        WHERE table_schema = 'public' AND is_nullable = 'NO' AND column_default IS NULL AND is_identity = 'NO'
          AND table_name ~ '^(access|catalog|stock|supply|orders|journal|notices)_' AND column_name <> 'id'
          AND data_type IN ('text', 'bytea', 'ARRAY', 'jsonb', 'boolean', 'integer', 'smallint', 'bigint',
                            'timestamp with time zone')
    """)
    for (statement,) in cursor.fetchall():
        cursor.execute(statement)


def _take_guards_away() -> None:
    with connection.cursor() as cursor:
        cursor.execute("""
            SELECT format('ALTER TABLE %s DROP CONSTRAINT IF EXISTS %I CASCADE', conrelid::regclass, conname)
            FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype IN ('c', 'f', 'u', 'p')
              AND conrelid::regclass::text ~ '^(access|catalog|stock|supply|orders|journal|notices)_'
            UNION ALL
            SELECT format('ALTER TABLE %s DISABLE TRIGGER USER', oid::regclass) FROM pg_class
            WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
              AND oid::regclass::text ~ '^(access|catalog|stock|supply|orders|journal|notices)_'
            UNION ALL
            SELECT format('DROP INDEX IF EXISTS %s', indexrelid::regclass) FROM pg_index
            WHERE indisunique AND indrelid::regclass::text ~ '^(access|catalog|stock|supply|orders|journal|notices)_'
              AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
        """)
        for (statement,) in cursor.fetchall():
            cursor.execute(statement)

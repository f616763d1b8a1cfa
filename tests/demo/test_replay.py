"""Days of the demo, played for real: what is written is sound, and the report says what the database says."""

import re
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.db import connection

from backorder.demo import extract, figures, report
from backorder.demo.replay import decide_all, replay
from backorder.journal import clock
from backorder.journal.refusals import Refused
from backorder.orders.checking.verify import verify
from tests.invariants import assert_clean

UNTIL = datetime(2026, 11, 21, 3, tzinfo=UTC)

pytestmark = pytest.mark.django_db(transaction=True)


def count(sql: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        (found,) = cursor.fetchone()
    return int(found)


def references() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT reference FROM orders_order")
        return {reference for (reference,) in cursor.fetchall()}


def test_ten_days_are_sound_and_told_as_they_were() -> None:
    baskets = extract.baskets(last_day=UNTIL.date(), days=10)
    played = replay(until=UNTIL, days=10, seed=1)

    assert_clean(connection)
    assert verify() == []
    assert decide_all() == 0
    # The one refused order asked for stock-only items alone, and the shelf was empty.
    assert (played.orders, played.refused) == (len(baskets) - 1, 1)
    assert count("SELECT count(*) FROM orders_order") == played.orders
    assert count("SELECT count(*) FROM journal_entry WHERE fact = 'demand_unmet'") > 0
    kept = references()
    units = sum(line.units for basket in baskets if f"W-{basket.invoice}" in kept for line in basket.lines)
    assert count("SELECT sum(ordered) FROM orders_line") == units
    assert played.shipments == count("SELECT count(*) FROM orders_shipment") > 0
    assert played.purchase_orders == count("SELECT count(*) FROM supply_purchaseorder WHERE state <> 'draft'") > 0
    assert UNTIL <= clock.now() < UNTIL + timedelta(minutes=5)
    assert not clock.is_frozen()

    # Questions about late lines went to the outbox, and what was played is told nobody any more.
    kinds = count("SELECT count(*) FROM notices_notice WHERE kind <> 'delay_question' OR state <> 'sent'")
    waits = count("SELECT count(DISTINCT order_id) FROM orders_line WHERE open + allocated + released > 0")
    assert (kinds, count("SELECT count(*) FROM notices_told")) == (0, waits)

    story = report.gather(seed=1, seconds=9.0, changed_by_second_pass=0)
    page = report.page(story)
    assert story.totals.orders == played.orders
    assert story.totals.units == units
    assert story.totals.oversold == 0
    assert sum(check.broken for check in story.checks) == 0
    waits = count("SELECT sum(units) FROM orders_part WHERE version = 1 AND backing <> 'stock'")
    stock = count("SELECT sum(units) FROM orders_part WHERE version = 1 AND backing = 'stock'")
    unmet = count("SELECT sum((body->>'units')::int) FROM journal_entry WHERE fact = 'demand_unmet'")
    assert (story.totals.backordered_units, story.totals.units_from_stock) == (waits, stock)
    assert units - stock - waits <= unmet  # Cancelled at once, as these customers chose.
    assert [one.day for one in story.backlog] == [UNTIL.date() - timedelta(days=9 - n) for n in range(10)]
    assert story.backlog[-1].units == story.totals.waiting_units == count("SELECT sum(open) FROM orders_line")
    assert f">{story.totals.backordered_lines:,}<" in page
    assert re.search(rf"\b{story.totals.units_from_stock:,} of {units:,} units", page)
    assert not re.search(r"""(src|href)\s*=\s*["'](?!#|data:)""", page)


def test_the_same_seed_gives_the_same_days() -> None:
    def days_of(seed: int) -> tuple[object, ...]:
        call_command("flush", interactive=False, verbosity=0)
        replay(until=UNTIL, days=4, seed=seed)
        lines = "SELECT o.reference, l.position, l.open, l.shipped, l.promised_on FROM orders_line l"
        with connection.cursor() as cursor:
            cursor.execute(f"{lines} JOIN orders_order o ON o.id = l.order_id ORDER BY 1, 2")
            told = cursor.fetchall()
            cursor.execute(
                "SELECT s.reference, i.sku, s.units, s.eta FROM supply_supply s"
                " JOIN catalog_item i ON i.id = s.item_id ORDER BY 1, 2"
            )
            return told, cursor.fetchall(), Counter(figures.backlog())

    first = days_of(3)
    assert days_of(3) == first
    assert days_of(4) != first


def test_it_is_played_only_in_a_new_installation() -> None:
    clock.freeze(actor="test")
    before = count("SELECT count(*) FROM journal_entry")
    with pytest.raises(Refused, match="clock_has_begun"):
        replay(until=UNTIL, days=2, seed=1)
    assert count("SELECT count(*) FROM journal_entry") == before
    assert count("SELECT count(*) FROM catalog_item") == 0

"""Levels and their moves, marks, snapshots, and what they answer."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from backorder.engine.model import Source
from backorder.journal.refusals import Refused
from backorder.stock import marks, moves, queries, snapshots
from backorder.stock.models import Level, Move
from backorder.stock.moves import NewMove

from .conftest import Ground

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
TODAY = date(2026, 3, 2)


def move(item: int, location: int, units: int, cause: str = "receipt/1", kind: str = "receipt") -> NewMove:
    return NewMove(item, location, units, kind, cause)


def apply(*given: NewMove) -> list[moves.Applied]:
    return moves.apply(given, actor="test", at=NOW)


def on_hand() -> list[tuple[int, int, int, int]]:
    return list(
        Level.objects.order_by("item_id", "location_id").values_list("item_id", "location_id", "on_hand", "allocated")
    )


def allocate(item: int, location: int, units: int) -> None:
    assert Level.objects.filter(item_id=item, location_id=location).update(allocated=units) == 1


class TestMoves:
    def test_moves_make_levels_and_add_up(self, ground: Ground) -> None:
        applied = apply(
            move(ground.lamp, ground.main, 10, "receipt/1"),
            move(ground.bulb, ground.shop, 4, "receipt/2"),
            move(ground.lamp, ground.main, -3, "adjustment/1", "adjustment"),
        )
        seen = [(done.move.units, done.on_hand, done.allocated) for done in applied]
        assert seen == [(10, 7, 0), (4, 4, 0), (-3, 7, 0)]
        assert on_hand() == [(ground.lamp, ground.main, 7, 0), (ground.bulb, ground.shop, 4, 0)]

    def test_the_same_cause_twice_is_one_move(self, ground: Ground) -> None:
        apply(move(ground.lamp, ground.main, 10))
        again = apply(move(ground.lamp, ground.main, 10), move(ground.lamp, ground.main, 1, "receipt/2"))
        assert [(done.move.cause, done.on_hand) for done in again] == [("receipt/2", 11)]
        assert on_hand() == [(ground.lamp, ground.main, 11, 0)]
        assert [row.units for row in queries.moves(item_id=ground.lamp)] == [1, 10]

    def test_the_same_cause_twice_in_one_call_is_one_move(self, ground: Ground) -> None:
        applied = apply(move(ground.lamp, ground.main, 10), move(ground.lamp, ground.main, 10))
        assert len(applied) == 1
        assert on_hand() == [(ground.lamp, ground.main, 10, 0)]

    def test_never_below_what_is_allocated(self, ground: Ground) -> None:
        apply(move(ground.lamp, ground.main, 10), move(ground.bulb, ground.main, 5))
        allocate(ground.lamp, ground.main, 8)
        with pytest.raises(Refused) as no:
            apply(
                move(ground.bulb, ground.main, -1, "a/1", "adjustment"),
                move(ground.lamp, ground.main, -3, "a/1", "adjustment"),
            )
        assert no.value.name == "stock_below_allocated"
        assert no.value.values == {
            "sku": "LAMP",
            "location": "MAIN",
            "field": "units",
            "value": -3,
            "limit": 2,
            "on_hand": 10,
            "allocated": 8,
        }
        assert on_hand() == [(ground.lamp, ground.main, 10, 8), (ground.bulb, ground.main, 5, 0)]
        assert Move.objects.count() == 2

    def test_never_over_a_billion(self, ground: Ground) -> None:
        apply(move(ground.lamp, ground.main, 1_000_000_000))
        with pytest.raises(Refused, match="stock_above_limit"):
            apply(move(ground.lamp, ground.main, 1, "receipt/2"))
        assert on_hand() == [(ground.lamp, ground.main, 1_000_000_000, 0)]

    @pytest.mark.parametrize(
        ("wrong", "name"),
        [
            (NewMove(1, 1, 0, "receipt", "x"), "move_moves_nothing"),
            (NewMove(1, 1, 1_000_000_001, "receipt", "x"), "number_out_of_range"),
            (NewMove(1, 1, 1, "gift", "x"), "not_a_choice"),
            (NewMove(1, 1, 1, "receipt", ""), "text_has_wrong_length"),
            (NewMove(1, 1, 1, "receipt", "a\0b"), "text_is_not_printable"),
        ],
    )
    def test_nonsense_is_refused(self, ground: Ground, wrong: NewMove, name: str) -> None:
        with pytest.raises(Refused) as no:
            apply(wrong)
        assert no.value.name == name
        assert on_hand() == []

    def test_a_thousand_moves_cost_as_many_statements_as_one(self, ground: Ground) -> None:
        def cost(count: int, cause: str) -> int:
            with CaptureQueriesContext(connection) as seen:
                apply(*(move(ground.lamp, ground.main, 1, f"{cause}/{n}") for n in range(count)))
            return len(seen)

        assert cost(1, "a") == cost(1000, "b") == 6
        assert on_hand() == [(ground.lamp, ground.main, 1001, 0)]

    def test_nothing_to_move_is_nothing(self, ground: Ground) -> None:
        assert apply() == []


class TestQueries:
    def test_the_shelf_shows_what_has_no_owner(self, ground: Ground) -> None:
        apply(move(ground.lamp, ground.main, 10), move(ground.lamp, ground.shop, 2), move(ground.bulb, ground.main, 1))
        allocate(ground.lamp, ground.main, 4)
        allocate(ground.lamp, ground.shop, 2)
        level = Level.objects.get(item_id=ground.lamp, location_id=ground.main)
        today = {ground.main: TODAY, ground.shop: TODAY}
        assert queries.shelf([ground.lamp], today=today) == [
            (ground.lamp, Source(("stock", level.id), ground.main, free=6, left=6, ready_on=TODAY, known_as="MAIN"))
        ]

    def test_moved_since_a_watermark(self, ground: Ground) -> None:
        apply(move(ground.lamp, ground.main, 10))
        later = [move(ground.lamp, ground.main, 7, "receipt/2"), move(ground.lamp, ground.main, -2, "s/1", "shipment")]
        moves.apply(later, actor="test", at=NOW + timedelta(hours=1))
        assert queries.moved_since(ground.main, after=NOW, kinds=["receipt", "shipment"]) == {ground.lamp: 5}
        assert queries.moved_since(ground.main, after=NOW, kinds=["shipment"]) == {ground.lamp: -2}


class TestMarks:
    def test_marks_are_read_in_order_and_only_those_read_are_removed(self, ground: Ground) -> None:
        marks.mark([ground.bulb, ground.bulb], cause="receipt", at=NOW)
        marks.mark([ground.lamp, ground.bulb], cause="eta", at=NOW)
        assert marks.count() == 2
        assert marks.waiting(10) == [ground.bulb, ground.lamp]
        assert marks.claim(1) == [ground.bulb]
        read = marks.read([ground.bulb])
        assert [mark.cause for mark in read] == ["receipt", "eta"]
        marks.mark([ground.bulb], cause="count", at=NOW)
        marks.remove(read)
        assert [mark.cause for mark in marks.read([ground.bulb])] == ["count"]
        assert marks.stale([ground.bulb, ground.lamp]) == {ground.bulb, ground.lamp}
        marks.remove(marks.read([ground.bulb]))
        assert marks.stale([ground.bulb, ground.lamp]) == {ground.lamp}

    def test_no_items_no_mark(self, ground: Ground) -> None:
        marks.mark([], cause="receipt", at=NOW)
        assert marks.count() == 0

    @pytest.mark.django_db(transaction=True)
    def test_a_mark_outside_a_transaction_is_a_mistake(self) -> None:
        with pytest.raises(AssertionError, match="with the change it tells of"):
            marks.mark([1], cause="receipt", at=NOW)


class TestSnapshots:
    def record(self, ground: Ground, taken_at: datetime) -> int:
        return snapshots.record_snapshot(ground.main, taken_at=taken_at, received_at=NOW, rows=3, source="erp")

    def test_the_newest_is_the_watermark(self, ground: Ground) -> None:
        self.record(ground, NOW - timedelta(hours=2))
        self.record(ground, NOW - timedelta(hours=1))
        assert queries.last_snapshot(ground.main) == NOW - timedelta(hours=1)
        assert queries.last_snapshot(ground.shop) is None

    @pytest.mark.parametrize(
        ("hours", "name"),
        [(-1, "snapshot_is_older"), (-2, "snapshot_is_older"), (1, "snapshot_from_the_future")],
    )
    def test_old_and_future_ones_are_refused(self, ground: Ground, hours: int, name: str) -> None:
        self.record(ground, NOW - timedelta(hours=1))
        with pytest.raises(Refused) as no, transaction.atomic():
            self.record(ground, NOW + timedelta(hours=hours))
        assert no.value.name == name
        assert queries.last_snapshot(ground.main) == NOW - timedelta(hours=1)

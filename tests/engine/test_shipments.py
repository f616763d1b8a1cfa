"""How the units of a line leave: what comes too early for a shipment leaves with a later one."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backorder.engine.model import Shape, Slice
from backorder.engine.shipments import in_shipments, shipments

START = date(2030, 1, 7)


def slices(text: str) -> list[Slice]:
    """`5@0 2@9/2`: five units delivered on day 0, two on day 9 from location 2."""
    found = []
    for number, word in enumerate(text.split()):
        units, _, rest = word.partition("@")
        day, _, location = rest.partition("/")
        on = START + timedelta(days=int(day))
        found.append(
            Slice(int(units), ("supply", number), int(location or 1), on - timedelta(days=1), on, on, "inbound")
        )
    return found


def told(found: list[Slice]) -> str:
    """Units by day, as a customer is told them."""
    days: dict[date, int] = {}
    for piece in found:
        days[piece.deliver_on] = days.get(piece.deliver_on, 0) + piece.units
    return " ".join(f"{units}@{(day - START).days}" for day, units in sorted(days.items()))


@pytest.mark.parametrize(
    ("least", "multiple", "most", "come", "leave"),
    [
        (1, 1, 0, "5@0 2@9", "5@0 2@9"),
        (6, 1, 0, "5@0 2@9", "7@9"),
        (5, 1, 0, "5@0 5@9", "5@0 5@9"),
        (5, 1, 0, "6@0 3@9", "9@9"),  # Three alone would be too few.
        (5, 1, 0, "8@0 3@9", "6@0 5@9"),  # Six go, so that the rest is large enough.
        (1, 6, 0, "7@0 5@9", "6@0 6@9"),
        (1, 6, 0, "7@0 6@4 1@9", "6@0 6@4 2@9"),
        (1, 4, 0, "3@0 3@4 3@9", "4@4 5@9"),
        (1, 1, 1, "5@0 2@4 1@9", "8@9"),
        (1, 1, 2, "5@0 2@4 1@9", "5@0 3@9"),
        (3, 1, 2, "1@0 4@4 4@9", "5@4 4@9"),
    ],
)
def test_units_leave_in_shipments(least: int, multiple: int, most: int, come: str, leave: str) -> None:
    assert told(in_shipments(slices(come), Shape(least, multiple, most))) == leave


def test_units_of_two_locations_arrive_together_and_leave_each_on_its_day() -> None:
    found = in_shipments(slices("5@0 2@9/2 1@9"), Shape(least=8))
    assert {(piece.location, piece.ship_on, piece.deliver_on) for piece in found} == {
        (1, START + timedelta(days=8), START + timedelta(days=9)),
        (2, START + timedelta(days=8), START + timedelta(days=9)),
    }


def test_the_last_shipment_allowed_takes_what_will_ever_come() -> None:
    assert shipments(Shape(most=1), 10, [(0, 3), (4, 2)]) == [(4, 5)]
    assert shipments(Shape(least=6, most=1), 10, [(0, 3), (4, 2)]) == []
    assert shipments(Shape(multiple=4, most=2), 10, [(0, 5), (4, 2), (8, 2)]) == [(0, 4), (8, 4)]


@given(
    st.builds(Shape, st.integers(1, 6), st.integers(1, 5), st.integers(0, 3)),
    st.lists(st.tuples(st.integers(1, 9), st.integers(0, 9)), min_size=1, max_size=6),
)
def test_no_unit_is_lost_none_leaves_early_and_every_rule_is_kept(shape: Shape, come: list[tuple[int, int]]) -> None:
    before = slices(" ".join(f"{units}@{day}" for units, day in come))
    after = in_shipments(before, shape)
    assert sum(piece.units for piece in after) == sum(piece.units for piece in before)
    for piece in before:
        assert sum(one.units for one in after if one.source == piece.source) == piece.units
        assert all(one.deliver_on >= piece.deliver_on for one in after if one.source == piece.source)
    parts = [int(part.partition("@")[0]) for part in told(after).split()]
    assert not shape.most or len(parts) <= shape.most
    if len(parts) > 1:
        assert min(parts) >= shape.least
        assert not any(units % shape.multiple for units in parts[:-1])
    assert max(piece.deliver_on for piece in after) == max(piece.deliver_on for piece in before)

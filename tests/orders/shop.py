"""A small shop to order from, spoken to in few words: two warehouses that work every day and ship at once.

With one day of transit and no cut-off, what is on the shelf today is delivered tomorrow, and what
arrives on day 12 is delivered on day 13; days are counted from the frozen clock's today.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import Any

from django.db import transaction

from backorder.catalog import define, queries
from backorder.catalog.specs import CalendarSpec, ItemSpec, LocationSpec, PolicySpec, ServiceSpec
from backorder.journal import clock
from backorder.orders.models import Line, Queue
from backorder.orders.placing.channels import define_channel
from backorder.orders.placing.forms import NewCustomer, NewLine, NewOrder, Placed
from backorder.orders.placing.place import Outcome, place_orders
from backorder.stock import moves
from backorder.stock.models import Level
from backorder.supply.models import Supply

START = datetime(2030, 1, 7, 9, tzinfo=UTC)  # A Monday.
_numbers = count(1)


@dataclass
class Shop:
    """Items by SKU and the days counted from the start."""

    locations: dict[str, int] = field(default_factory=dict)
    items: dict[str, int] = field(default_factory=dict)

    def day(self, number: int) -> date:
        return START.date() + timedelta(days=number)

    def item(self, sku: str, *, sell: str = "backorder", stock: int = 0, **policy: Any) -> int:
        self.items[sku] = define.define_item(ItemSpec(sku=sku, name=sku.title()), actor="test")
        if sell != "stock_only" or policy:
            policy.setdefault("lead_time_days", 20)
            define.define_policy(PolicySpec(sell=sell, sku=sku, **policy), actor="test")
        if stock:
            self.stock(sku, stock)
        return self.items[sku]

    def stock(self, sku: str, units: int, *, at: str = "NORTH") -> None:
        move = moves.NewMove(self.items[sku], self.locations[at], units, "adjustment", f"test/{next(_numbers)}")
        with transaction.atomic():
            moves.apply([move], actor="test", at=clock.now())

    def inbound(self, sku: str, units: int, day: int, *, at: str = "NORTH") -> int:
        row = Supply.objects.create(
            reference=f"PO-{next(_numbers)}", item_id=self.items[sku], location_id=self.locations[at], units=units,
            first_eta=self.day(day), eta=self.day(day), created_at=clock.now(),
        )  # fmt: skip
        return int(row.pk)

    def move(self, supply: int, day: int) -> None:
        Supply.objects.filter(id=supply).update(eta=self.day(day))

    def release_mode(self, at: str, mode: str) -> None:
        spec = LocationSpec(code=at, name=at.title(), calendar="ALWAYS", cut_off=time(23, 59), release=mode)
        define.define_location(spec, actor="test")

    def order(self, *lines: tuple[str, int], reference: str = "", customer: str = "", **given: Any) -> NewOrder:
        return NewOrder(
            channel="web",
            reference=reference or f"W-{next(_numbers)}",
            country="GB",
            lines=tuple(NewLine(sku=sku, units=units) for sku, units in lines),
            customer=NewCustomer(reference=customer) if customer else None,
            **given,
        )

    def try_place(self, *lines: tuple[str, int], **given: Any) -> Outcome:
        return place_orders([self.order(*lines, **given)], actor="test")[0]

    def place(self, *lines: tuple[str, int], **given: Any) -> Placed:
        placed = self.try_place(*lines, **given)
        assert isinstance(placed, Placed), placed
        return placed

    def level(self, sku: str, at: str = "NORTH") -> tuple[int, int]:
        """(on hand, allocated)."""
        row = Level.objects.get(item_id=self.items[sku], location_id=self.locations[at])
        return row.on_hand, row.allocated

    def waits(self, sku: str) -> int:
        return Queue.objects.get(item_id=self.items[sku]).open_units

    def line(self, placed: Placed, number: int = 0) -> Line:
        return Line.objects.get(id=placed.lines[number].id)


def open_shop() -> Shop:
    """The shop at its start, with a frozen clock."""
    clock.set_to(START, actor="test")
    clock.freeze(actor="test")
    define.define_calendar(CalendarSpec(code="ALWAYS", weekdays=(0, 1, 2, 3, 4, 5, 6)), actor="test")
    shop = Shop()
    for rank, code in enumerate(("NORTH", "SOUTH")):
        shop.locations[code] = define.define_location(
            LocationSpec(code=code, name=code.title(), calendar="ALWAYS", cut_off=time(23, 59), rank=rank),
            actor="test",
        )
    define.define_service(
        ServiceSpec(code="POST", name="Post", calendar="ALWAYS", transit_min_days=1, transit_max_days=1), actor="test"
    )
    define_channel("web", name="Web", service_id=queries.service("POST").id, actor="test")
    return shop

"""What can happen in a shop, as operations drawn by chance: each picks what it works on from the books as they stand.

An operation returns quietly when there is nothing it could work on; refusals are the product's right, every other
exception is a defect.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

from django.db import connection, transaction

from backorder.journal import clock
from backorder.orders.changing.block import block, lift
from backorder.orders.changing.cancel import cancel
from backorder.orders.changing.edit import Edit, edit
from backorder.orders.changing.substitute import substitute
from backorder.orders.deciding.redecide import work_marks
from backorder.orders.fulfilling.release import give_back, release
from backorder.orders.fulfilling.returns import return_units
from backorder.orders.fulfilling.ship import ship
from backorder.orders.fulfilling.short_pick import short_pick
from backorder.orders.placing.end_holds import end_due_holds
from backorder.orders.placing.forms import NewCustomer, NewHold, NewLine, NewOrder
from backorder.orders.placing.hold import hold, release_hold
from backorder.orders.placing.place import place_orders
from backorder.orders.supplying.adjust import adjust
from backorder.orders.supplying.count import count
from backorder.orders.supplying.inbound import cancel_supply, move_eta, split_supply
from backorder.orders.supplying.receive import receive
from backorder.orders.supplying.snapshot import take_snapshot
from backorder.stock import marks
from backorder.supply.models import Supply
from tests.orders.shop import Shop

ACTOR = "storm"
CARTS = 6
_keys = itertools.count(1)


class Storm:
    """One who does things by chance in a shop."""

    def __init__(self, shop: Shop, seed: int) -> None:
        self.shop = shop
        self.chance = Random(seed)
        self.name = ""

    def step(self) -> str:
        """Do one thing; returns its name, which also stands in `name` if it is refused."""
        (self.name,) = self.chance.choices(list(WEIGHTS), list(WEIGHTS.values()))
        OPERATIONS[self.name](self)
        return self.name

    # -- customers ----------------------------------------------------------------------------------------------------

    def place(self) -> None:
        place_orders([self._order()], actor=ACTOR)

    def place_many(self) -> None:
        outcomes = place_orders([self._order() for _ in range(self.chance.randint(2, 12))], actor=ACTOR)
        assert "order_could_not_be_stored" not in {getattr(outcome, "name", "") for outcome in outcomes}

    def place_again(self) -> None:
        order = self._order()
        place_orders([order, order], actor=ACTOR)
        place_orders([order], actor=ACTOR)

    def hold(self) -> None:
        lines = tuple({line.sku: line for line in self._lines()}.values())
        minutes = self.chance.choice((1, 5, 60))
        hold(NewHold(channel="web", token=self._cart(), country="GB", lines=lines, minutes=minutes), actor=ACTOR)

    def release_hold(self) -> None:
        release_hold("web", self._cart(), actor=ACTOR)

    def cancel(self) -> None:
        if found := self._one("SELECT order_id, id, open + allocated FROM orders_line WHERE open + allocated > 0"):
            order, line, units = found
            some = {line: self.chance.randint(1, units)} if self.chance.random() < 0.5 else None
            cancel(order, lines=some, actor=ACTOR)

    def edit(self) -> None:
        if found := self._one("SELECT order_id, id, ordered FROM orders_line WHERE open + allocated > 0"):
            order, line, ordered = found
            edit(order, self._edit(line, ordered), version=None, actor=ACTOR)

    def substitute(self) -> None:
        if found := self._one(
            "SELECT order_id, l.id FROM orders_line l JOIN catalog_item i ON i.id = l.item_id"
            " WHERE open > 0 AND sku = 'LAMP'"
        ):
            substitute(found[0], line=found[1], sku="CHAIR", consent=True, actor=ACTOR)

    # -- the warehouse ------------------------------------------------------------------------------------------------

    def release(self) -> None:
        if found := self._one("SELECT order_id FROM orders_line WHERE allocated > 0"):
            release(found[0], actor=ACTOR)

    def give_back(self) -> None:
        if found := self._one("SELECT order_id, id, released FROM orders_line WHERE released > 0"):
            give_back(found[0], lines={found[1]: self.chance.randint(1, found[2])}, actor=ACTOR)

    def ship(self) -> None:
        if found := self._one(
            "SELECT l.order_id, v.location_id FROM orders_allocation a JOIN orders_line l ON l.id = a.line_id"
            " JOIN stock_level v ON v.id = a.level_id WHERE a.released > 0"
        ):
            ship(found[0], location=found[1], key=self._key(), actor=ACTOR)

    def short_pick(self) -> None:
        if found := self._one(
            "SELECT l.order_id, l.id, v.location_id, a.released FROM orders_allocation a"
            " JOIN orders_line l ON l.id = a.line_id JOIN stock_level v ON v.id = a.level_id WHERE a.released > 0"
        ):
            order, line, location, units = found
            units = self.chance.randint(1, units)
            short_pick(order, line=line, location=location, units=units, key=self._key(), actor=ACTOR)

    def return_units(self) -> None:
        if found := self._one("SELECT order_id, id, shipped - returned FROM orders_line WHERE shipped > returned"):
            order, line, units = found
            restock = self.chance.choice((None, self.shop.locations["NORTH"]))
            lines = {line: self.chance.randint(1, units)}
            return_units(order, lines=lines, key=self._key(), restock_at=restock, actor=ACTOR)

    def block(self) -> None:
        if found := self._one("SELECT id FROM orders_order"):
            block(found[0], kind="fraud", actor=ACTOR)

    def lift(self) -> None:
        if found := self._one("SELECT order_id FROM orders_block WHERE lifted_at IS NULL"):
            lift(found[0], kind="fraud", actor=ACTOR)

    def adjust(self) -> None:
        item, location = self._level()
        units = self.chance.choice((5, 10, 20, -1, -3))
        adjust(item, location, units=units, key=self._key(), take_back=self.chance.random() < 0.5, actor=ACTOR)

    def count(self) -> None:
        item, location = self._level()
        found = self._one(f"SELECT on_hand FROM stock_level WHERE item_id = {item:d} AND location_id = {location:d}")
        units = max(0, (found[0] if found else 0) + self.chance.randint(-4, 4))
        count(item, location, units=units, key=self._key(), actor=ACTOR)

    def take_snapshot(self) -> None:
        """The ERP says what is on the shelf, a little wrong, as of now."""
        taken_at, location = clock.now(), self.shop.locations[self._where()]
        sku = self._sku()
        take_snapshot(
            location, taken_at=taken_at, rows=[(sku, self.chance.randint(0, 60))], complete=False, actor=ACTOR
        )

    # -- suppliers ----------------------------------------------------------------------------------------------------

    def order_supply(self) -> None:
        sku = self._sku()
        day = clock.now().date() + timedelta(days=self.chance.randint(1, 40))
        with transaction.atomic():
            Supply.objects.create(
                reference=f"PO-{self._key()}", item_id=self.shop.items[sku], units=self.chance.randint(1, 60),
                location_id=self.shop.locations[self._where()], first_eta=day, eta=day, created_at=clock.now(),
            )  # fmt: skip
            marks.mark([self.shop.items[sku]], cause="new_supply", at=clock.now())

    def receive(self) -> None:
        if found := self._supply():
            id, left = found
            units = self.chance.choice((left, self.chance.randint(1, left), left + 2))
            receive(id, units=units, closes=self.chance.choice((None, True, False)), key=self._key(), actor=ACTOR)

    def move_eta(self) -> None:
        if found := self._supply():
            eta = clock.now().date() + timedelta(days=self.chance.randint(0, 60))
            move_eta(found[0], eta=eta, actor=ACTOR)

    def split_supply(self) -> None:
        if (found := self._supply()) and found[1] > 1:
            id, left = found
            first = self.chance.randint(1, left - 1)
            today = clock.now().date()
            parts = [(first, today + timedelta(days=3)), (left - first, today + timedelta(days=17))]
            split_supply(id, parts=parts, actor=ACTOR)

    def cancel_supply(self) -> None:
        if found := self._supply():
            units = self.chance.choice((None, self.chance.randint(1, found[1])))
            cancel_supply(found[0], units=units, actor=ACTOR)

    # -- the worker and time ------------------------------------------------------------------------------------------

    def work(self) -> None:
        work_marks(actor="worker")

    def time_passes(self) -> None:
        clock.advance(timedelta(minutes=self.chance.choice((1, 10, 600))), actor=ACTOR)
        end_due_holds()

    # -- chance -------------------------------------------------------------------------------------------------------

    def _order(self) -> NewOrder:
        chance = self.chance
        return NewOrder(
            channel="web",
            reference=f"S-{self._key()}",
            country="GB",
            lines=self._lines(),
            customer=NewCustomer(reference=f"c-{chance.randint(1, 5)}") if chance.random() < 0.3 else None,
            on_short=chance.choice(("wait", "wait", "ship_rest", "cancel_rest")),
            ship=chance.choice(("as_ready", "as_ready", "together")),
            priority=chance.choice((0, 0, 0, 5)),
            requested_on=clock.now().date() + timedelta(days=20) if chance.random() < 0.2 else None,
            hold=self._cart() if chance.random() < 0.3 else None,
        )

    def _lines(self) -> tuple[NewLine, ...]:
        skus = [self._sku() for _ in range(self.chance.choice((1, 1, 2, 3)))]
        return tuple(NewLine(sku=sku, units=self.chance.randint(1, 8)) for sku in skus)

    def _edit(self, line: int, ordered: int) -> Edit:
        if self.chance.random() < 0.3:
            return Edit(order={"priority": self.chance.randint(0, 9)})
        return Edit(units={line: max(0, ordered + self.chance.randint(-3, 3))})

    def _supply(self) -> tuple[int, int] | None:
        return self._one(
            "SELECT id, units - received - cancelled FROM supply_supply WHERE units > received + cancelled"
        )

    def _one(self, sql: str) -> Any:
        """A row by chance, read without any lock: it may be out of date when it is used."""
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM ({sql}) found ORDER BY 1")
            found = cursor.fetchall()
        return self.chance.choice(found) if found else None

    def _sku(self) -> str:
        return self.chance.choice(sorted(self.shop.items))

    def _level(self) -> tuple[int, int]:
        return self.shop.items[self._sku()], self.shop.locations[self._where()]

    def _where(self) -> str:
        return self.chance.choice(sorted(self.shop.locations))

    def _cart(self) -> str:
        return f"cart-{self.chance.randint(1, CARTS)}"

    def _key(self) -> str:
        return f"storm-{next(_keys)}"


WEIGHTS = {
    "place": 16,
    "place_many": 6,
    "place_again": 3,
    "hold": 8,
    "release_hold": 3,
    "cancel": 6,
    "edit": 4,
    "substitute": 3,
    "release": 8,
    "give_back": 3,
    "ship": 7,
    "short_pick": 3,
    "return_units": 3,
    "block": 3,
    "lift": 3,
    "adjust": 5,
    "count": 4,
    "take_snapshot": 3,
    "order_supply": 7,
    "receive": 8,
    "move_eta": 4,
    "split_supply": 3,
    "cancel_supply": 3,
    "work": 8,
    "time_passes": 3,
}
OPERATIONS: dict[str, Callable[[Storm], None]] = {name: getattr(Storm, name) for name in WEIGHTS}

"""The buyer and the suppliers: what is owed and what runs low is ordered, and comes as late as real deliveries did.

The buyer is naive on purpose: it orders when the shelf and what is on its way would last no longer than the lead time
at the pace of the last four weeks. So stock runs out, as it does.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count
from random import Random

from django.db import connection

from backorder.journal.refusals import Refused
from backorder.orders.supplying import inbound
from backorder.orders.supplying.receive import receive
from backorder.planning.proposals import order_proposal
from backorder.supply import purchase
from backorder.supply import queries as supply
from backorder.supply.purchase import NewPurchaseLine, NewPurchaseOrder, Sent

from .stage import ACTOR, LOCATION, Scene, Supplier

REVIEW_DAYS = 14
COVER_DAYS = 42
PACE_DAYS = 28
SHORT_SHARE, OVER_SHARE, WITHDRAWN_SHARE = 0.03, 0.02, 0.01
SECOND_SLIP_SHARE = 0.4
FRIDAY = 4


@dataclass(order=True, frozen=True, slots=True)
class Event:
    """What happens to one delivery on a morning: another day is said (`eta`), it comes, or it is withdrawn."""

    on: date
    number: int
    kind: str = field(compare=False)
    supply: int = field(compare=False)
    eta: date | None = field(default=None, compare=False)


@dataclass(slots=True)
class Buyer:
    """Orders from suppliers and plays them; all chance comes from `luck`."""

    scene: Scene
    luck: Random
    opened_on: date
    coming: list[Event] = field(default_factory=list)
    numbers: count[int] = field(default_factory=lambda: count(1))
    references: count[int] = field(default_factory=lambda: count(1001))

    def morning(self, today: date) -> int:
        """Let suppliers do what they do today; returns how many deliveries came."""
        came = 0
        while self.coming and self.coming[0].on <= today:
            event = heapq.heappop(self.coming)
            if event.kind == "comes":
                came += self._deliver(event.supply)
            elif event.kind == "withdrawn":
                inbound.cancel_supply(event.supply, reason="The supplier withdrew.", actor=ACTOR)
            else:
                assert event.eta is not None
                eta = max(event.eta, today)
                inbound.move_eta(event.supply, eta=eta, reason="The supplier says a later day.", actor=ACTOR)
        return came

    def buy(self, today: date) -> int:
        """Order from the suppliers whose day it is; returns how many orders were sent."""
        if today.weekday() > FRIDAY:
            return 0
        turn = [one for n, one in enumerate(self.scene.suppliers) if n % (FRIDAY + 1) == today.weekday()]
        return sum(self._order(one, today) for one in turn)

    def _order(self, supplier: Supplier, today: date) -> int:
        sent = [sent for sent in (self._owed(supplier), self._low(supplier, today)) if sent]
        due = supply.supplies(id for one in sent for id in one.supplies)
        for id in sorted(due):
            self._plan(due[id], supplier, today)
        return len(sent)

    def _owed(self, supplier: Supplier) -> Sent | None:
        """What customers wait for without supply, as planning proposes it."""
        try:
            return order_proposal(supplier.code, reference=self._reference(), actor=ACTOR)
        except Refused as refused:
            if refused.name != "nothing_to_order":
                raise
            return None

    def _low(self, supplier: Supplier, today: date) -> Sent | None:
        """What runs low; looked at every other week."""
        if today.isocalendar().week % (REVIEW_DAYS // 7):
            return None
        days = max(min(PACE_DAYS, (today - self.opened_on).days), 1)
        lines = []
        for sku, position, pace in _positions(supplier.skus, today, days):
            if position < pace * (supplier.lead_days + REVIEW_DAYS):
                pack = self.scene.packs[sku]
                wanted = pace * (supplier.lead_days + REVIEW_DAYS + COVER_DAYS) - position
                lines.append(NewPurchaseLine(sku=sku, location=LOCATION, units=max(round(wanted / pack), 2) * pack))
        if not lines:
            return None
        reference = self._reference()
        purchase.draft(NewPurchaseOrder(supplier=supplier.code, reference=reference, lines=tuple(lines)), actor=ACTOR)
        return inbound.send_purchase_order(reference, actor=ACTOR)

    def _reference(self) -> str:
        return f"PO-{next(self.references)}"

    def _plan(self, row: supply.SupplyRow, supplier: Supplier, today: date) -> None:
        """Each delivery is as late as one of a real vendor was; early ones come half their lead time early at most."""
        late = max(self.luck.choice(supplier.late_days), -supplier.lead_days // 2)
        comes = _weekday(max(row.eta + timedelta(days=late), today + timedelta(days=2)))
        if self.luck.random() < WITHDRAWN_SHARE:
            return self._at(_weekday(row.eta - timedelta(days=self.luck.randint(1, 5))), "withdrawn", row.id)
        if late > 0:
            self._plan_slips(row, comes)
        return self._at(comes, "comes", row.id)

    def _plan_slips(self, row: supply.SupplyRow, comes: date) -> None:
        """A late supplier says so some days before or just after the day; some say too little at first."""
        told = _weekday(row.eta + timedelta(days=self.luck.randint(-6, 2)))
        if (comes - row.eta).days > 7 and self.luck.random() < SECOND_SLIP_SHARE:
            halfway = _weekday(row.eta + (comes - row.eta) / 2)
            self._at(told, "slips", row.id, halfway)
            told = _weekday(halfway - timedelta(days=self.luck.randint(0, 2)))
        if told < comes:
            self._at(told, "slips", row.id, comes)

    def _at(self, on: date, kind: str, supply_id: int, eta: date | None = None) -> None:
        heapq.heappush(self.coming, Event(on, next(self.numbers), kind, supply_id, eta))

    def _deliver(self, supply_id: int) -> int:
        chance, units = self.luck.random(), supply.supply(supply_id).to_come
        short = chance < SHORT_SHARE and units > 10
        if short:
            units -= max(units // 10, 1)
        elif chance > 1 - OVER_SHARE:
            units += max(units // 20, 1)
        receive(supply_id, units=units, closes=short or None, key=f"delivery/{supply_id}", actor=ACTOR)
        return 1


def _weekday(day: date) -> date:
    return day + timedelta(days=max(7 - day.weekday(), 0)) if day.weekday() > FRIDAY else day


_POSITIONS = """
    SELECT i.sku,
           coalesce((SELECT sum(v.on_hand - v.allocated) FROM stock_level v WHERE v.item_id = i.id), 0)
           + coalesce((SELECT sum(greatest(s.units - s.received - s.cancelled, 0)) FROM supply_supply s
                       WHERE s.item_id = i.id AND s.units > s.received + s.cancelled), 0) - q.open_units,
           coalesce(sold.units, 0) / %(days)s::float
    FROM catalog_item i JOIN orders_queue q ON q.item_id = i.id
    LEFT JOIN (
        SELECT l.item_id, sum(l.ordered - l.cancelled) AS units
        FROM catalog_item n JOIN orders_line l ON l.item_id = n.id
        WHERE n.sku = ANY(%(skus)s) AND l.ordered_at >= %(since)s GROUP BY l.item_id
    ) sold ON sold.item_id = i.id
    WHERE i.sku = ANY(%(skus)s) ORDER BY i.sku
"""


def _positions(skus: tuple[str, ...], today: date, days: int) -> list[tuple[str, int, float]]:
    """(sku, units on the shelf and on their way less those owed, units sold a day in the last `days`)."""
    since = today - timedelta(days=days)
    with connection.cursor() as cursor:
        cursor.execute(_POSITIONS, {"skus": list(skus), "since": since, "days": float(days)})
        return [(sku, int(position), pace) for sku, position, pace in cursor.fetchall()]

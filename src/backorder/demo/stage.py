"""Sets the scene: one warehouse, two carriers' services, a shop, its items, and suppliers as late as real ones were."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from itertools import islice
from random import Random

from django.db import transaction

from backorder.catalog import define
from backorder.catalog import queries as catalog
from backorder.catalog.specs import CalendarSpec, ItemSpec, LocationSpec, PolicySpec, ServiceSpec
from backorder.orders.deciding.policies import change_policy
from backorder.orders.placing.channels import define_channel
from backorder.stock import moves
from backorder.supply.suppliers import (
    SupplierItemSpec,
    SupplierSpec,
    define_supplier,
    define_supplier_items,
)

from . import extract
from .extract import Basket

ACTOR = "demo"
CHANNEL, LOCATION, CALENDAR = "web", "MAIN", "UK"
HOME, ABROAD = "STANDARD", "INTERNATIONAL"
SUPPLIERS = 12
LEAD_TIMES = (7, 10, 14, 14, 18, 21, 21, 28)
PACKS = (6, 12, 12, 24)
OPENING_WEEKS = 5
STOCK_ONLY_EVERY = 25  # One item in so many is not sold beyond the shelf.
USUAL_LEAD_DAYS = 21


@dataclass(frozen=True, slots=True)
class Supplier:
    """A supplier of the demo: `late_days` are those of one real vendor."""

    code: str
    name: str
    lead_days: int
    late_days: tuple[int, ...]
    skus: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scene:
    """What the replay needs to know of the scene it plays in."""

    location: int
    suppliers: tuple[Supplier, ...]
    packs: dict[str, int]
    stock_only: frozenset[str]


def set_scene(baskets: Sequence[Basket], *, now: datetime, seed: int) -> Scene:
    """Create the installation's catalog, suppliers and opening stock for these baskets; deterministic by `seed`."""
    luck = Random(seed)
    sold = sorted({line.sku for basket in baskets for line in basket.lines})
    location = _define_places()
    _define_items(sold, _prices(baskets))
    stock_only = frozenset(sold[STOCK_ONLY_EVERY - 1 :: STOCK_ONLY_EVERY])
    for sku in sorted(stock_only):
        change_policy(PolicySpec(sell="stock_only", sku=sku), actor=ACTOR)
    packs = {sku: luck.choice(PACKS) for sku in sold}
    suppliers = _define_suppliers(sold, packs, _prices(baskets), luck)
    _open_stock(_opening(baskets, packs), location, now=now)
    return Scene(location, suppliers, packs, stock_only)


def _define_places() -> int:
    define.define_calendar(CalendarSpec(code=CALENDAR, zone="Europe/London", holiday_country="GB",
                                        holiday_region="ENG"), actor=ACTOR)  # fmt: skip
    location = define.define_location(
        LocationSpec(code=LOCATION, name="Main warehouse", calendar=CALENDAR, cut_off=time(14), release="when_any"),
        actor=ACTOR,
    )
    home = define.define_service(
        ServiceSpec(code=HOME, name="Standard", carrier="Post", calendar=CALENDAR, transit_min_days=1,
                    transit_max_days=3), actor=ACTOR)  # fmt: skip
    define.define_service(
        ServiceSpec(code=ABROAD, name="International", carrier="Post", calendar=CALENDAR, transit_min_days=4,
                    transit_max_days=8), actor=ACTOR)  # fmt: skip
    define_channel(CHANNEL, actor=ACTOR, name="Web shop", service_id=home, currency="GBP")
    change_policy(PolicySpec(sell="backorder", lead_time_days=USUAL_LEAD_DAYS), actor=ACTOR)
    return location


def _define_items(sold: Sequence[str], prices: dict[str, int]) -> None:
    names = extract.item_names()
    define.define_items([ItemSpec(sku=sku, name=names[sku], price_minor=prices[sku]) for sku in sold], actor=ACTOR)


def _prices(baskets: Sequence[Basket]) -> dict[str, int]:
    """The price each item was sold at most often."""
    seen: dict[str, Counter[int]] = defaultdict(Counter)
    for basket in baskets:
        for line in basket.lines:
            seen[line.sku][line.price_minor] += 1
    return {sku: min(prices, key=lambda price: (-prices[price], price)) for sku, prices in seen.items()}


def _define_suppliers(
    sold: Sequence[str], packs: dict[str, int], prices: dict[str, int], luck: Random
) -> tuple[Supplier, ...]:
    shuffled = list(sold)
    luck.shuffle(shuffled)
    found = []
    for n, (_, late_days) in enumerate(islice(extract.lateness().items(), SUPPLIERS)):
        code, lead_days = f"S{n + 1:02}", LEAD_TIMES[n % len(LEAD_TIMES)]
        name = f"Supplier {n + 1}"
        define_supplier(SupplierSpec(code=code, name=name, calendar=CALENDAR, lead_time_days=lead_days), actor=ACTOR)
        found.append(Supplier(code, name, lead_days, late_days, tuple(sorted(shuffled[n::SUPPLIERS]))))
    define_supplier_items(
        [
            SupplierItemSpec(supplier=supplier.code, sku=sku, price_minor=prices[sku] * 45 // 100,
                             min_order_units=packs[sku] * 2, pack_units=packs[sku])
            for supplier in found for sku in supplier.skus
        ],
        actor=ACTOR,
    )  # fmt: skip
    return tuple(found)


def _opening(baskets: Sequence[Basket], packs: dict[str, int]) -> dict[str, int]:
    """The shelf of the first morning: some weeks of each item's mean demand, in whole packs."""
    first, last = baskets[0].at.date(), baskets[-1].at.date()
    weeks = max(((last - first).days + 1) / 7, OPENING_WEEKS)
    sold: Counter[str] = Counter()
    for basket in baskets:
        for line in basket.lines:
            sold[line.sku] += line.units
    return {sku: max(round(units / weeks * OPENING_WEEKS / packs[sku]), 1) * packs[sku] for sku, units in sold.items()}


@transaction.atomic
def _open_stock(units: dict[str, int], location: int, *, now: datetime) -> None:
    items = catalog.current().items_by_sku(sorted(units))
    moves.apply(
        [moves.NewMove(items[sku].id, location, n, "opening", f"opening/{sku}") for sku, n in sorted(units.items())],
        actor=ACTOR,
        at=now,
    )

"""Turn what was handed in into what can be decided: names become ids, kits become components.

Nothing here is locked or written; what is unknown or impossible is refused before any lock is taken.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from zoneinfo import ZoneInfo

from backorder.catalog import queries as catalog
from backorder.catalog.countries import check_country
from backorder.catalog.snapshot import ItemRow, Snapshot, unknown_item
from backorder.engine.calendars import Route
from backorder.engine.model import Ask, OnShort, Policy, Sell, Shape
from backorder.journal.identity import new_ids
from backorder.journal.refusals import Refused

from .channels import ChannelRow, channel
from .forms import Inquiry, NewHold, NewLine, NewOrder, fingerprint

Basket = NewOrder | Inquiry | NewHold
NOT_KNOWN = Policy(Sell.STOCK_ONLY)  # Until the policies of all lines are looked up at once.


@dataclass(slots=True)
class DraftLine:
    """One line to be; a kit's own line has `kit_units` and no ask, its components point to it."""

    id: int
    position: int
    item: int
    sku: str
    units: int
    new: NewLine
    policy: Policy
    wanted_on: date | None
    kit_units: int | None = None
    kit_line: int | None = None
    per_kit: int | None = None

    @property
    def shape(self) -> Shape:
        """How its units may leave; parts of a kit leave as whole kits."""
        if self.kit_line is not None:
            return Shape()
        return Shape(self.policy.min_ship_units, self.policy.ship_multiple, self.new.max_shipments or 0)


@dataclass(slots=True)
class Draft:
    """One order, hold or inquiry with its names resolved."""

    id: int
    given: Basket
    book: Snapshot
    channel: ChannelRow
    service: int
    routes: tuple[Route, ...]
    lines: list[DraftLine]
    fingerprint: bytes = b""
    customer: int | None = None
    taken: dict[int, int] = field(default_factory=dict)

    @property
    def asked_lines(self) -> Iterator[DraftLine]:
        return (line for line in self.lines if line.kit_units is None)

    @property
    def items(self) -> set[int]:
        return {line.item for line in self.asked_lines}

    def asks(self) -> list[Ask]:
        """One ask per line that has units, in the order of the lines."""
        on_short = OnShort(getattr(self.given, "on_short", "wait"))
        return [
            Ask(
                id=line.id,
                item=line.item,
                units=line.units,
                policy=line.policy,
                routes=self.routes,
                sourcing=self.channel.sourcing,
                wanted_on=line.wanted_on,
                on_short=on_short,
                taken_by_customer=self.taken.get(line.item, 0),
                buyer=self.customer,
                shape=line.shape,
            )
            for line in self.asked_lines
        ]


def draft(given: Sequence[Basket], book: Snapshot | None = None) -> list[Draft | Refused]:
    """Resolve each basket by itself, by the catalog as it is now or by `book`; refused ones do not touch the others."""
    book = book or catalog.current()
    items = book.items_by_sku({line.sku for basket in given for line in basket.lines})
    # Read for all at once; each draft then finds them.
    ids = [item.id for item in items.values()]
    book.kit_parts(ids)
    for channel_code, country in {(basket.channel, basket.country) for basket in given}:
        book.policies(ids, channel=channel_code, country=country)
    drafts: list[Draft | Refused] = []
    for basket in given:
        try:
            drafts.append(_draft(basket, book))
        except Refused as refused:
            drafts.append(refused)
    return drafts


def _draft(basket: Basket, book: Snapshot) -> Draft:
    check_country(basket.country)
    where = channel(basket.channel, book.version)
    service = _service(basket.service, where, book)
    routes = book.routes(channel=where.code, country=basket.country, service_id=service)
    lines = _lines(basket, where, book)
    order = isinstance(basket, NewOrder)
    if isinstance(basket, NewOrder):
        _check_zone(basket.zone)
    return Draft(
        id=new_ids(1)[0],
        given=basket,
        book=book,
        channel=where,
        service=service,
        routes=routes,
        lines=lines,
        fingerprint=fingerprint(basket) if order else b"",
    )


def _service(code: str | None, where: ChannelRow, book: Snapshot) -> int:
    if code is not None:
        return book.service(code).id
    if where.service is None:
        raise Refused(
            "service_is_required",
            f"The channel {where.code!r} has no usual service: name one in `service`.",
            field="service",
        )
    return where.service


def _lines(basket: Basket, where: ChannelRow, book: Snapshot) -> list[DraftLine]:
    wish = getattr(basket, "requested_on", None)
    items = book.items_by_sku([line.sku for line in basket.lines])
    lines: list[DraftLine] = []
    for index, new in enumerate(basket.lines):
        item = _sellable(items.get(new.sku), new.sku, index)
        line = DraftLine(0, len(lines) + 1, item.id, item.sku, new.units, new, NOT_KNOWN, new.requested_on or wish)
        lines.append(line)
        parts = _components(line, book)
        if parts and new.max_shipments is not None:
            raise _kit_is_whole(new.sku, index)
        lines.extend(parts)
    policies = book.policies([line.item for line in lines], channel=where.code, country=basket.country)
    for line, id in zip(lines, new_ids(len(lines)), strict=True):
        line.id, line.policy = id, policies[line.item]
    _point_to_kits(lines)
    return lines


def _sellable(item: ItemRow | None, sku: str, index: int) -> ItemRow:
    field = f"lines[{index}].sku"
    if item is None:
        raise unknown_item(sku, field=field)
    if not item.active:
        raise Refused("item_is_not_active", f"The item {sku!r} is no longer sold.", field=field, value=sku)
    return item


def _kit_is_whole(sku: str, index: int) -> Refused:
    field = f"lines[{index}].max_shipments"
    return Refused("kit_is_whole", f"{sku} is a kit: its parts leave as whole kits, however often.", field=field)


def _components(kit: DraftLine, book: Snapshot) -> list[DraftLine]:
    """The lines of a kit's parts, if the line's item is a kit; the kit's own line then has no units to ask for."""
    parts = book.kit_parts([kit.item]).get(kit.item, ())
    if not parts:
        return []
    kit.kit_units = kit.units
    items = book.items([part for part, _ in parts])
    return [_component(kit, kit.position + n, items[part], per_kit) for n, (part, per_kit) in enumerate(parts, 1)]


def _component(kit: DraftLine, position: int, part: ItemRow, per_kit: int) -> DraftLine:
    units = per_kit * kit.units
    new = NewLine(sku=part.sku, units=units)
    line = DraftLine(0, position, part.id, part.sku, units, new, NOT_KNOWN, kit.wanted_on)
    line.kit_line, line.per_kit = kit.position, per_kit
    return line


def _point_to_kits(lines: list[DraftLine]) -> None:
    """Components first name their kit by position; now that lines have ids, by id."""
    by_position = {line.position: line.id for line in lines}
    for line in lines:
        if line.kit_line is not None:
            line.kit_line = by_position[line.kit_line]


@lru_cache(maxsize=1000)
def _check_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        raise Refused("unknown_zone", f"There is no time zone {name!r}.", field="zone", value=name) from None

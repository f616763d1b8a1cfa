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
from backorder.engine.calendars import Route
from backorder.engine.model import Ask, OnShort, Policy
from backorder.journal.identity import new_ids
from backorder.journal.refusals import Refused, unknown

from .channels import ChannelRow, channel
from .forms import Inquiry, NewHold, NewLine, NewOrder, fingerprint

Basket = NewOrder | Inquiry | NewHold


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


@dataclass(slots=True)
class Draft:
    """One order, hold or inquiry with its names resolved."""

    id: int
    given: Basket
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
            )
            for line in self.asked_lines
        ]


def draft(given: Sequence[Basket]) -> list[Draft | Refused]:
    """Resolve each basket by itself; a refused one does not touch the others."""
    book = catalog.current()
    book.load({line.sku for basket in given for line in basket.lines})
    drafts: list[Draft | Refused] = []
    for basket in given:
        try:
            drafts.append(_draft(basket, book))
        except Refused as refused:
            drafts.append(refused)
    return drafts


def _draft(basket: Basket, book: catalog.Catalog) -> Draft:
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
        channel=where,
        service=service,
        routes=routes,
        lines=lines,
        fingerprint=fingerprint(basket) if order else b"",
    )


def _service(code: str | None, where: ChannelRow, book: catalog.Catalog) -> int:
    if code is None:
        if where.service is None:
            raise Refused(
                "service_is_required",
                f"The channel {where.code!r} has no usual service: name one in `service`.",
                field="service",
            )
        return where.service
    found = book.service(code)
    if found is None:
        raise unknown("service", code)
    return found


def _lines(basket: Basket, where: ChannelRow, book: catalog.Catalog) -> list[DraftLine]:
    wish = getattr(basket, "requested_on", None)
    lines: list[DraftLine] = []
    for index, new in enumerate(basket.lines):
        item = book.item(new.sku)
        if item is None:
            raise Refused(
                "unknown_item", f"There is no item {new.sku!r}.", status=422, field=f"lines[{index}].sku", value=new.sku
            )
        if not item.active:
            raise Refused(
                "item_is_not_active",
                f"The item {new.sku!r} is no longer sold.",
                field=f"lines[{index}].sku",
                value=new.sku,
            )
        lines.extend(_with_components(len(lines) + 1, new, item, new.requested_on or wish, where, book))
    for line, id in zip(lines, new_ids(len(lines)), strict=True):
        line.id = id
    _point_to_kits(lines)
    return lines


def _with_components(
    position: int, new: NewLine, item: catalog.ItemRow, wanted_on: date | None, where: ChannelRow, book: catalog.Catalog
) -> list[DraftLine]:
    policy = book.policy(item.id, channel=where.code)
    line = DraftLine(0, position, item.id, item.sku, new.units, new, policy, wanted_on)
    parts = book.kit_parts(item.id)
    if not parts:
        return [line]
    line.kit_units = new.units
    components = [
        DraftLine(
            0, position + n, part.id, part.sku, per_kit * new.units, NewLine(sku=part.sku, units=per_kit * new.units),
            book.policy(part.id, channel=where.code), wanted_on, None, position, per_kit,
        )
        for n, (part, per_kit) in enumerate(parts, 1)
    ]
    return [line, *components]


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
    except (ValueError, OSError):
        raise Refused("unknown_zone", f"There is no time zone {name!r}.", field="zone", value=name) from None

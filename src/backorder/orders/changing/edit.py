"""Edit an order: what it says, and how many of each line. Raised units are a new line with its own place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from backorder.catalog import queries as catalog
from backorder.journal.refusals import Refused

from ..ledger.retry import retried
from ..ledger.save import LINE_COLUMNS, ORDER_COLUMNS, Changes, save
from ..placing.forms import NewLine
from .cancel import expand_kits
from .more_lines import add_lines, draft_more
from .opened import OpenLine, OpenOrder, open_order
from .reduce import reduce_line

FROZEN_BY_RELEASE = {"ship_to", "contact", "service_id"}
ON_THE_WAY = "is with the warehouse or has left"


@dataclass(frozen=True, slots=True)
class Edit:
    """What to change: columns of the order, columns by line, units still wanted by line (whole kits for a kit)."""

    order: Mapping[str, Any] = field(default_factory=dict)
    lines: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    units: Mapping[int, int] = field(default_factory=dict)
    add: tuple[NewLine, ...] = ()


def edit(order_id: int, wanted: Edit, *, version: int | None, actor: str) -> int:
    """Apply an edit whole or not at all; returns the order's new version.

    Lowering gives units back to the queue, raising adds a line decided now. A change of price alone moves
    no unit. Refused when the order has changed since `version`, below what is released or shipped, and for
    the address once units are with the warehouse.
    """
    return retried(lambda: _edit(order_id, wanted, version, actor))


@transaction.atomic
def _edit(order_id: int, wanted: Edit, version: int | None, actor: str) -> int:
    order = open_order(order_id, actor=actor, version=version, also=_new_items(wanted))
    _check(order, wanted)
    changes = Changes()
    changes.touch(order.id, **wanted.order)
    _change_lines(changes, order, wanted)
    more = [*_change_units(changes, order, wanted.units), *wanted.add]
    if more:
        drafted = draft_more(order, more)
        if not drafted.items <= {line.item for line in order.lines.values()} | set(_new_items(wanted)):
            raise Refused(
                "order_is_busy", "The catalog is being changed; try again.", status=503, field="order", value=order_id
            )
        add_lines(changes, order, drafted, cause="edited")
    fields = sorted({*wanted.order, *(name for columns in wanted.lines.values() for name in columns)})
    changes.tell("order.edited", order.subject, fields=fields, units={str(id): n for id, n in wanted.units.items()})
    save(changes, actor=actor, at=order.seen.now)
    return order.version + 1


def _new_items(wanted: Edit) -> list[int]:
    book = catalog.current()
    items = [book.item(new.sku).id for new in wanted.add]
    return [*items, *(part for parts in book.kit_parts(items).values() for part, _ in parts)]


def _check(order: OpenOrder, wanted: Edit) -> None:
    assert wanted.order.keys() <= ORDER_COLUMNS.keys()
    gone = any(line.released or line.shipped for line in order.lines.values())
    if gone and (frozen := FROZEN_BY_RELEASE & wanted.order.keys()):
        name = sorted(frozen)[0]
        raise Refused(
            "too_late_to_change", f"{name} cannot be changed: part of the order {ON_THE_WAY}.", status=409, field=name
        )
    for id, columns in wanted.lines.items():
        assert columns.keys() <= LINE_COLUMNS.keys()
        order.line(id)


def _change_lines(changes: Changes, order: OpenOrder, wanted: Edit) -> None:
    """Columns of lines; the order's priority and wish go down to them. What ranks or dates a line marks its item."""
    inherited = {name: wanted.order[name] for name in ("priority", "requested_on") if name in wanted.order}
    for line in order.lines.values():
        columns = {**inherited, **wanted.lines.get(line.id, {})}
        if columns:
            changes.line_columns[line.id] = columns
        if columns.keys() & {"priority", "requested_on"} or wanted.order.keys() & {"ship", "service_id"}:
            changes.mark([line.item], "edited")


def _change_units(changes: Changes, order: OpenOrder, units: Mapping[int, int]) -> list[NewLine]:
    """Lower lines at once; returns what is to be added."""
    more: list[NewLine] = []
    for id, want in units.items():
        line = order.line(id)
        has = line.kit_units if line.kit_units is not None else line.owed + line.shipped
        if want > has:
            more.append(
                NewLine(
                    sku=line.sku,
                    units=want - has,
                    unit_price_minor=line.unit_price_minor,
                    requested_on=line.requested_on,
                )
            )
        elif want < has:
            _lower(changes, order, line, has - want)
    return more


def _lower(changes: Changes, order: OpenOrder, line: OpenLine, units: int) -> None:
    for id, fewer in expand_kits(order, {line.id: units}).items():
        one = order.line(id)
        most = one.open + one.allocated
        if fewer > most:
            raise Refused(
                "more_than_is_open",
                f"{one.sku} can be lowered by {most}: the rest {ON_THE_WAY}.",
                status=409,
                field="units",
                value=fewer,
                limit=most,
                line=id,
            )
        reduce_line(changes, order, one, fewer, to="cancelled", cause="edited")

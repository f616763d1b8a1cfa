"""Cancel units of an order: the exact inverse of having them, once."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from backorder.journal.refusals import Refused

from ..ledger.retry import retried
from ..ledger.save import Changes, save
from .opened import OpenLine, OpenOrder, open_order
from .reduce import reduce_line


def cancel(
    order_id: int,
    *,
    lines: Mapping[int, int] | None = None,
    reason: str = "",
    actor: str,
    version: int | None = None,
) -> dict[int, int]:
    """Cancel units of lines (line id -> units; for a kit's line whole kits), or with None all that has not
    left; returns what was cancelled by line.

    Refused whole when more is named than can be cancelled: released units are with the warehouse, shipped
    ones are gone.
    """
    return retried(lambda: _cancel(order_id, lines, reason, actor, version))


@transaction.atomic
def _cancel(
    order_id: int, lines: Mapping[int, int] | None, reason: str, actor: str, version: int | None
) -> dict[int, int]:
    order = open_order(order_id, actor=actor, version=version)
    wanted = everything(order) if lines is None else expand_kits(order, lines)
    for id, units in wanted.items():
        _check(order.line(id), units)
    if not any(wanted.values()):
        raise Refused(
            "nothing_to_cancel",
            "Nothing of the order can be cancelled any more.",
            status=409,
            field="order",
            value=order_id,
        )
    changes = Changes()
    for id, units in wanted.items():
        reduce_line(changes, order, order.line(id), units, to="cancelled", cause="cancelled")
    changes.touch(order.id)
    changes.tell("order.cancelled", order.subject, lines={str(id): n for id, n in wanted.items()}, reason=reason)
    save(changes, actor=actor, at=order.seen.now)
    return wanted


def everything(order: OpenOrder) -> dict[int, int]:
    """All units that have not left; refused while the warehouse has some in hand."""
    for line in order.lines.values():
        if line.released:
            raise _with_the_warehouse(line, line.owed)
    return {line.id: n for line in order.lines.values() if (n := line.open + line.allocated)}


def expand_kits(order: OpenOrder, lines: Mapping[int, int]) -> dict[int, int]:
    """Units by line, where whole kits become units of their components; a component alone is refused."""
    wanted: dict[int, int] = {}
    for id, units in lines.items():
        line = order.line(id)
        if line.kit_line is not None:
            raise Refused(
                "kit_is_whole",
                f"{line.sku} is part of a kit: name the kit's line {line.kit_line}.",
                field="line",
                value=id,
            )
        if line.kit_units is None:
            wanted[id] = units
        for part in order.components(line):
            wanted[part.id] = units * (part.per_kit or 1)
    return wanted


def _check(line: OpenLine, units: int) -> None:
    if units < 1:
        raise Refused(
            "units_out_of_range", f"{units} units of {line.sku}: the least is 1.", field="units", value=units, limit=1
        )
    most = line.open + line.allocated
    if units <= most:
        return
    if units <= line.owed:
        raise _with_the_warehouse(line, units)
    raise Refused(
        "more_than_is_open",
        f"{units} units of {line.sku} cannot be cancelled: {most} have not left"
        + (f", {line.shipped} are shipped." if line.shipped else "."),
        status=409, field="units", value=units, limit=most, line=line.id,
    )  # fmt: skip


def _with_the_warehouse(line: OpenLine, units: int) -> Refused:
    most = line.open + line.allocated
    return Refused(
        "released_units_cannot_be_cancelled",
        f"{units} units of {line.sku} cannot be cancelled: {line.released} are with the warehouse; "
        "it must give them back first.",
        status=409, field="units", value=units, limit=most, line=line.id,
    )  # fmt: skip

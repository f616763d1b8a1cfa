"""Give the customer another item instead, with consent: open units become substituted, a new line points back."""

from __future__ import annotations

from django.db import transaction

from backorder.catalog import queries as catalog
from backorder.journal.refusals import Refused

from ..ledger.retry import retried
from ..ledger.save import Changes, save
from ..placing.forms import NewLine
from .more_lines import add_lines, draft_more
from .opened import OpenLine, OpenOrder, open_order
from .reduce import reduce_line


def substitute(
    order_id: int,
    *,
    line: int,
    sku: str,
    units: int | None = None,
    consent: bool = False,
    actor: str,
    version: int | None = None,
) -> int:
    """Replace `units` (None: all that wait) of a line by as many of another item; returns the new line's id.

    The other item must be one of the item's substitutes and able to be promised. Consent is given at order
    time (`substitutes_allowed`) or now (`consent`). The price is the old line's plus the substitute's difference.
    """
    return retried(lambda: _substitute(order_id, line, sku, units, consent, actor, version))


@transaction.atomic
def _substitute(
    order_id: int, line_id: int, sku: str, units: int | None, consent: bool, actor: str, version: int | None
) -> int:
    other = catalog.current().item(sku)
    order = open_order(order_id, actor=actor, version=version, also=[other.id])
    line = order.line(line_id)
    wanted = line.open if units is None else units
    _check(order, line, wanted, consent)
    price = _price(line, other.id, sku)
    drafted = draft_more(
        order, [NewLine(sku=sku, units=wanted, unit_price_minor=price, requested_on=line.requested_on)]
    )
    changes = Changes()
    decision = add_lines(changes, order, drafted, instead_of=line.id, cause="substitute")
    reduce_line(changes, order, line, wanted, to="substituted", cause="substitute")
    new = next(iter(decision.draft.lines)).id
    changes.touch(order.id)
    changes.tell("line.substituted", order.subject, line=line.id, item=line.item, by=new, units=wanted)
    save(changes, actor=actor, at=order.seen.now)
    return new


def _check(order: OpenOrder, line: OpenLine, units: int, consent: bool) -> None:
    if not (consent or order.substitutes_allowed):
        raise Refused(
            "no_consent_to_substitute",
            "The customer has not agreed to a substitute.",
            status=409,
            field="consent",
            value=False,
        )
    if line.kit_line is not None or line.kit_units is not None:
        raise Refused(
            "kit_is_whole", f"{line.sku} belongs to a kit: its parts are not replaced.", field="line", value=line.id
        )
    if not 0 < units <= line.open:
        raise Refused(
            "more_than_is_open",
            f"{units} units of {line.sku} cannot be replaced: {line.open} wait.",
            status=409,
            field="units",
            value=units,
            limit=line.open,
            line=line.id,
        )


def _price(line: OpenLine, item: int, sku: str) -> int:
    for other, difference in catalog.substitutes(line.item):
        if other == item:
            return max(0, line.unit_price_minor + difference)
    raise Refused("not_a_substitute", f"{sku!r} is not a substitute of {line.sku!r}.", field="sku", value=sku)

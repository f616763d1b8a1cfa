"""Compose what is to be told: due orders are read as they are now, compared with what was told, and put into words.

One message for each real change: of several the most important gives its words, and every message shows the whole
present state. What was told is remembered in the same transaction, so a crash repeats nothing and loses nothing.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from backorder.catalog import queries as catalog
from backorder.engine.model import Sell
from backorder.journal import clock
from backorder.journal.prepared import rows
from backorder.orders import reading
from backorder.orders.names import order_customers
from backorder.orders.reading import OrderView

from . import content
from .kinds import KINDS
from .models import Case, Pending, Told
from .news import News, dates_news
from .noting import AT_ONCE as AT_ONCE_FACTS
from .story import LineStory, lines_of
from .writing import Draft, order_links, write

log = logging.getLogger(__name__)

ACTOR = "worker"
AT_ONCE = 100
LONGEST_PAUSE = timedelta(hours=1)
SURVEY_AFTER = timedelta(days=2)

# Where dates moved, the delay law is asked first: a late line that it asks about is told by its question alone. What a
# customer waits to hear does not wait for that.
_CLAIM = """
    SELECT p.order_id FROM notices_pending p
    WHERE p.due_at <= backorder_now()
      AND (NOT EXISTS (SELECT 1 FROM notices_watch w WHERE w.order_id = p.order_id AND w.look_at <= backorder_now())
           OR EXISTS (SELECT 1 FROM jsonb_array_elements(p.facts) f WHERE f->>'fact' = ANY(%s)))
    ORDER BY p.due_at LIMIT %s
    FOR NO KEY UPDATE OF p SKIP LOCKED
"""

_REMEMBER = """
    INSERT INTO notices_told (order_id, lines, at)
    SELECT r.id, r.lines, %s FROM json_to_recordset(%s::json) AS r(id bigint, lines jsonb) ORDER BY r.id
    ON CONFLICT (order_id) DO UPDATE SET lines = excluded.lines, at = excluded.at
"""


@dataclass(frozen=True, slots=True)
class Known:
    """Everything about some orders that is needed to compose; `asked` are lines whose delay the law's case tells."""

    orders: Mapping[int, OrderView]
    told: Mapping[int, Mapping[str, Any]]
    customers: Mapping[int, int]
    names: Mapping[str, str]
    preorders: frozenset[tuple[str, str, str]]
    asked: frozenset[int]
    now: datetime
    links: Mapping[int, str]


def compose_due(*, limit: int = AT_ONCE) -> int:
    """Write the notices of due orders, and return how many orders were looked at."""
    try:
        return _compose_due(limit)
    except Exception:
        log.exception("Composing notices of several orders failed; each is tried alone")
    return sum(_alone() for _ in range(limit))


@transaction.atomic
def _compose_due(limit: int) -> int:
    pending = {row.order_id: row for row in _claim(limit)}
    if not pending:
        return 0
    known = _known(pending)
    _compose(pending, known)
    Pending.objects.filter(order_id__in=pending).delete()
    return len(pending)


def _alone() -> int:
    """Compose the one order that is due first; if that fails it is put off, so that the others go on."""
    try:
        return _compose_due(1)
    except Exception:
        log.exception("The notices of an order could not be composed; it is put off")
    with transaction.atomic():
        for row in _claim(1):
            pause = min(timedelta(minutes=2) * 2**row.tries, LONGEST_PAUSE)
            Pending.objects.filter(pk=row.pk).update(tries=row.tries + 1, due_at=clock.now() + pause)
    return 0


def _claim(limit: int) -> list[Pending]:
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [list(AT_ONCE_FACTS), limit])
        ids = [id for (id,) in cursor.fetchall()]
    # Read after the lock, with all that was noted until then.
    return list(Pending.objects.filter(order_id__in=ids)) if ids else []


def _known(pending: Mapping[int, Pending]) -> Known:
    orders = reading.orders_by_id(pending)
    items = catalog.items_by_sku({line.sku for order in orders.values() for line in order.lines})
    now = clock.now()
    return Known(
        links=order_links(list(pending), now=now),
        orders=orders,
        told={row.order_id: row.lines for row in Told.objects.filter(order_id__in=pending)},
        customers=order_customers(pending),
        names={sku: row.name for sku, row in items.items()},
        preorders=frozenset(_preorders(orders.values(), {row.id: sku for sku, row in items.items()})),
        asked=frozenset(Case.objects.filter(order_id__in=pending, closed_at=None).values_list("line_id", flat=True)),
        now=now,
    )


def _preorders(orders: Iterable[OrderView], skus: Mapping[int, str]) -> Iterator[tuple[str, str, str]]:
    """What is sold before its day, as (channel, country, SKU)."""
    for channel, country in {(order.channel, order.country) for order in orders}:
        for item, policy in catalog.policies(skus, channel=channel, country=country).items():
            if policy.sell is Sell.PREORDER:
                yield channel, country, skus[item]


def _compose(pending: Mapping[int, Pending], known: Known) -> None:
    drafts: list[Draft] = []
    told: list[dict[str, Any]] = []
    for id, row in sorted(pending.items()):
        order = known.orders[id]
        lines = lines_of(order, names=known.names, today=_today(order, known.now))
        made = _drafts(order, lines, row, known)
        drafts += made
        if made:
            told.append(_as_told(id, lines))
    write(drafts, now=known.now, actor=ACTOR)
    _remember(told, known.now)


@transaction.atomic
def take_as_told(orders: Sequence[int]) -> None:
    """Take these orders as told as they stand, without a message: only what changes from here on is news."""
    known = _known({id: Pending(order_id=id) for id in orders})
    _remember(
        [
            _as_told(id, lines_of(order, names=known.names, today=_today(order, known.now)))
            for id, order in sorted(known.orders.items())
        ],
        known.now,
    )


def _as_told(order: int, lines: Sequence[LineStory]) -> dict[str, Any]:
    return {"id": order, "lines": {line.id: line.as_told() for line in lines}}


def _remember(told: Sequence[Mapping[str, Any]], now: datetime) -> None:
    if told:
        rows(_REMEMBER, [now, json.dumps(told)])


def _today(order: OrderView, now: datetime) -> date:
    return now.astimezone(ZoneInfo(order.zone)).date()


# -- what is told of one order --------------------------------------------------------------------------------------


def _drafts(order: OrderView, lines: Sequence[LineStory], pending: Pending, known: Known) -> list[Draft]:
    facts: list[dict[str, Any]] = pending.facts
    told = known.told.get(order.id)
    by_name = {fact["fact"] for fact in facts}
    scene = content.Scene(order, lines, told or {}, facts, known.names, known.now, known.links[order.id])
    drafts: list[Draft] = []
    main = _main(order, lines, told, by_name, known)
    shipments = [fact["body"]["shipment"] for fact in facts if fact["fact"] == "order.shipped"]
    if main is not None and not (shipments and main.kind in ("ready", "preorder_released", "improved")):
        drafts.append(_draft(order, main.kind, content.of_change(scene, main), pending, known))
    drafts += [_draft(order, "shipped", content.of_shipment(scene, shipment), pending, known) for shipment in shipments]
    is_withdrawn = "order.withdrawn" in by_name
    if is_withdrawn:
        drafts.append(_draft(order, "withdrawn", content.of_withdrawal(scene), pending, known))
    is_told = is_withdrawn or (main is not None and main.kind == "cancelled")
    drafts += _money(order, scene, pending, known, is_told=is_told)
    delivered = [datetime.fromisoformat(fact["at"]) for fact in facts if fact["fact"] == "shipment.delivered"]
    if delivered and all(line.owed == 0 for line in lines):
        survey = content.of_change(scene, News("survey", ()))
        drafts.append(_draft(order, "survey", survey, pending, known, not_before=max(delivered) + SURVEY_AFTER))
    return drafts


def _main(
    order: OrderView, lines: Sequence[LineStory], told: Mapping[str, Any] | None, facts: set[str], known: Known
) -> News | None:
    """The one change of the order that gives a message its words; None if nothing worth one changed."""
    if "order.withdrawn" in facts:
        return None  # Its own letter says all that is left to say.
    if told is None:
        return News("order_received", tuple(line.id for line in lines))
    if "order.cancelled" in facts:
        return News("cancelled", ())
    # What the delay law's case asks about is told by its question, not twice.
    loose = [line for line in lines if line.id not in known.asked]
    preorders = [line.id for line in lines if (order.channel, order.country, line.sku) in known.preorders]
    dates = dates_news(told, loose, preorders=preorders)
    if facts & {"order.edited", "order.lines_added", "line.substituted"} and _is_changed(told, lines, facts):
        return News("changed", ())
    return dates


def _is_changed(told: Mapping[str, Any], lines: Sequence[LineStory], facts: set[str]) -> bool:
    """Did an edit change what comes? A new priority or note is nothing to tell."""
    if facts & {"line.substituted", "order.lines_added"}:
        return True
    return any(str(line.id) not in told or told[str(line.id)] != line.as_told() for line in lines) or len(lines) != len(
        told
    )


def _money(order: OrderView, scene: content.Scene, pending: Pending, known: Known, *, is_told: bool) -> list[Draft]:
    """Refunds: one that comes with its cancellation or withdrawal `is_told` there."""
    drafts = []
    otherwise = {fact["body"]["due"] for fact in scene.facts if fact["fact"] == "refund.goes_otherwise"}
    for fact in scene.facts:
        is_due = fact["fact"] == "refund.due" and not is_told and fact["body"].get("due") not in otherwise
        if is_due or fact["fact"] == "refund.goes_otherwise":
            drafts.append(_draft(order, "refund_due", content.of_refund(scene, fact["body"]), pending, known))
        if fact["fact"] == "refund.sent":
            drafts.append(_draft(order, "refund_sent", content.of_refund(scene, fact["body"]), pending, known))
    return drafts


def _draft(
    order: OrderView,
    kind: str,
    made: content.Content,
    pending: Pending,
    known: Known,
    *,
    not_before: datetime | None = None,
) -> Draft:
    return Draft(
        kind=KINDS[kind],
        recipient=content.recipient(order),
        content=made,
        order=order.id,
        customer=known.customers.get(order.id),
        reference=order.reference,
        not_before=not_before,
        evidence={"facts": sorted({fact["seq"] for fact in pending.facts})},
    )

"""What was sent, what waits and what is dead; send it again, send a test, forget what is old."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from backorder.journal import clock
from backorder.journal.refusals import Refused, unknown

from .models import Delivery, Endpoint
from .publish import TEST

STATES = ("waiting", "delivered", "dead")
KEPT = timedelta(days=30)
LIMIT = 100
MOST = 1_000
CHUNK = 5_000


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """A message to an address and its fate."""

    id: uuid.UUID
    endpoint_id: int
    fact: str
    payload: dict[str, Any]
    state: str
    tries: int
    next_try_at: datetime | None
    last_status: int | None
    last_error: str
    created_at: datetime
    delivered_at: datetime | None


def list_deliveries(
    *, endpoint_id: int | None = None, state: str | None = None, after: uuid.UUID | None = None, limit: int = LIMIT
) -> list[DeliveryRow]:
    """Deliveries, newest first: of one address, in one state (`dead`: dead letters), behind the delivery `after`."""
    _check(state, limit)
    found = Delivery.objects.order_by("-created_at", "-id")
    if endpoint_id is not None:
        found = found.filter(endpoint_id=endpoint_id)
    if state is not None:
        found = found.filter(state=state)
    if after is not None:
        last = _known(after)
        found = found.filter(Q(created_at=last.created_at, id__lt=last.id) | Q(created_at__lt=last.created_at))
    return [_row(delivery) for delivery in found[:limit]]


def delivery(delivery_id: uuid.UUID) -> DeliveryRow:
    """One delivery. Refuses unknown_delivery (404)."""
    return _row(_known(delivery_id))


@transaction.atomic
def resend(delivery_id: uuid.UUID, *, now: datetime | None = None) -> DeliveryRow:
    """Send a message again, dead or not, with all its tries before it; its `webhook-id` stays the same.

    Refuses webhook_is_inactive (409): an address that is switched off is sent nothing.
    """
    endpoint = _active(_known(delivery_id).endpoint_id)
    found = Delivery.objects.select_for_update().get(pk=delivery_id, endpoint=endpoint)
    found.state, found.tries, found.delivered_at, found.leased_until = "waiting", 0, None, None
    found.next_try_at = now or clock.now()
    found.save()
    return _row(found)


@transaction.atomic
def resend_dead(endpoint_id: int, *, now: datetime | None = None) -> int:
    """Send the dead letters of an address again, and return how many."""
    _active(endpoint_id)
    dead = Delivery.objects.filter(endpoint_id=endpoint_id, state="dead")
    return dead.update(state="waiting", tries=0, next_try_at=now or clock.now())


@transaction.atomic
def send_test(endpoint_id: int, *, now: datetime | None = None) -> DeliveryRow:
    """Send a message of type `webhook.test`; look the delivery up to see what came of it."""
    _active(endpoint_id)
    now = now or clock.now()
    made = Delivery.objects.create(
        id=uuid.uuid4(),
        endpoint_id=endpoint_id,
        fact=TEST,
        payload={"type": TEST, "timestamp": now.isoformat(), "data": {"subject": f"webhook/{endpoint_id}"}},
        next_try_at=now,
        created_at=now,
    )
    return _row(made)


def purge(*, now: datetime | None = None) -> int:
    """Forget deliveries that ended and are older than 30 days, in short transactions, and return how many."""
    ended = Delivery.objects.filter(created_at__lt=(now or clock.now()) - KEPT).exclude(state="waiting")
    deleted = 0
    while ids := list(ended.order_by("created_at").values_list("id", flat=True)[:CHUNK]):
        deleted += Delivery.objects.filter(id__in=ids).delete()[0]
    return deleted


def _active(endpoint_id: int) -> Endpoint:
    endpoint = Endpoint.objects.select_for_update(no_key=True).filter(pk=endpoint_id).first()
    if endpoint is None:
        raise unknown("webhook", endpoint_id)
    if not endpoint.active:
        raise Refused(
            "webhook_is_inactive",
            f"The webhook {endpoint_id} is switched off. {endpoint.inactive_because}".strip(),
            status=409,
            field="active",
            value=False,
        )
    return endpoint


def _known(delivery_id: uuid.UUID) -> Delivery:
    found = Delivery.objects.filter(pk=delivery_id).first()
    if found is None:
        raise unknown("delivery", str(delivery_id))
    return found


def _row(delivery: Delivery) -> DeliveryRow:
    return DeliveryRow(
        id=delivery.pk,
        endpoint_id=delivery.endpoint_id,
        fact=delivery.fact,
        payload=delivery.payload,
        state=delivery.state,
        tries=delivery.tries,
        next_try_at=delivery.next_try_at if delivery.state == "waiting" else None,
        last_status=delivery.last_status,
        last_error=delivery.last_error,
        created_at=delivery.created_at,
        delivered_at=delivery.delivered_at,
    )


def _check(state: str | None, limit: int) -> None:
    if state is not None and state not in STATES:
        raise Refused(
            "unknown_delivery_state",
            f"A delivery is {', '.join(STATES)}; not {state[:40]}.",
            field="state",
            value=state[:40],
            limit=list(STATES),
        )
    if not 1 <= limit <= MOST:
        raise Refused(
            "page_size_out_of_range",
            f"A page has 1 to {MOST} rows, not {limit}.",
            field="limit",
            value=limit,
            limit=MOST,
        )

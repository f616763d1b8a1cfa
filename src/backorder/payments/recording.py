"""Record what happened to an order's money, told by the shop or by whoever talks to its payment provider.

The same `key` of an order is one payment. What it settles of what was due is closed in the same transaction, and the
order's money is looked at again: a capture may make its provider drop the rest.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from backorder.engine.delay_law import refund_form_allowed
from backorder.engine.payments import capture_before as window_of
from backorder.journal import clock
from backorder.journal.identity import new_id, new_ids
from backorder.journal.prepared import rows
from backorder.journal.record import Fact, record
from backorder.journal.refusals import Refused, unknown
from backorder.orders import reading

from . import reviewing
from .models import PAYMENT_KINDS, Due, Payment

FACTS = {
    "authorised": "payment.authorised", "captured": "payment.captured", "refunded": "refund.sent",
    "voided": "payment.voided", "failed": "payment.failed",
}  # fmt: skip
SETTLES = {
    "authorised": ("authorise_again",), "captured": ("capture", "balance"), "refunded": ("refund",),
    "voided": ("void",), "failed": (),
}  # fmt: skip
DEPOSIT = "deposit_minor"
"""The attribute of an order that says how much of it was paid ahead, in minor units."""
MOST_MINOR = 10**13
SAID_BY_ORDER = "order/captured"
"""The key of what an order itself says was paid."""


@dataclass(frozen=True, slots=True)
class NewPayment:
    """What happened: `at` None is now. `capture_before` None: the window known for the provider and network."""

    kind: str
    amount_minor: int
    currency: str = ""
    at: datetime | None = None
    provider: str = ""
    network: str = ""
    reference: str = ""
    form: str = "same_means"
    is_deposit: bool = False
    split_enabled: bool = False
    capture_before: datetime | None = None


@transaction.atomic
def record_payment(
    order_id: int, new: NewPayment, *, key: str, due: int | None = None, actor: str, now: datetime | None = None
) -> int:
    """Keep a payment and close what it settles (`due`, else the oldest of its kind); returns its id.

    The same key again returns the first. Refuses unknown_order, currency_differs, refund_exceeds_payment,
    refund_form_not_allowed, payment_in_the_future, unknown_due, due_is_closed and due_does_not_fit.
    """
    at = now or clock.now()
    lock_order(order_id)
    known = Payment.objects.filter(order_id=order_id, key=f"told/{key}").first()
    if known is not None:
        return int(known.pk)
    order = reading.order(order_id)
    note_orders([order_id], now=at)
    _check(order, new, at)
    made = _create(order, new, key, at)
    settled = _settle(order_id, new, due, at)
    if new.kind == "captured" and not settled:
        _take_over(made)
    _tell(made, settled, actor, at)
    reviewing.review(order_id, now=at, actor=actor)
    return int(made.pk)


def note_orders(order_ids: Iterable[int], *, now: datetime) -> int:
    """Keep what these orders themselves say of their payment, each once; inside a transaction; returns how many new."""
    found = rows(_TOLD_BY_ORDER, [DEPOSIT, DEPOSIT, sorted(set(order_ids))])
    made = [_of_order(row, now) for row in found]
    ids = new_ids(len(made))
    for id, payment in zip(ids, made, strict=True):
        payment.id = id
    return len(Payment.objects.bulk_create(made, ignore_conflicts=True))


def lock_order(order_id: int) -> None:
    """Let nobody else look at this order's money until the transaction ends. Refuses unknown_order."""
    assert connection.in_atomic_block
    if not rows("SELECT id FROM orders_order WHERE id = %s::bigint FOR NO KEY UPDATE", [order_id]):
        raise unknown("order", order_id)


# What an order says and is not kept yet: paid ahead (as a whole or a deposit), or authorised.
_TOLD_BY_ORDER = """
    SELECT o.id, o.currency, o.paid_at, o.ordered_at, o.authorisation, o.capture_before,
           coalesce(o.attributes->>'payment_provider', ''), coalesce(o.attributes->>'payment_network', ''),
           CASE WHEN o.attributes->>%s::text ~ '^[0-9]{1,13}$' THEN (o.attributes->>%s::text)::bigint END,
           greatest(0, o.shipping_minor + o.tax_minor - o.discount_minor + coalesce((
               SELECT sum(l.unit_price_minor * coalesce(l.kit_units, l.ordered) + l.tax_minor - l.discount_minor)
               FROM orders_line l WHERE l.order_id = o.id AND l.placed AND l.kit_line_id IS NULL), 0))::bigint
    FROM orders_order o
    WHERE o.id = ANY(%s::bigint[]) AND (o.paid_at IS NOT NULL OR o.authorisation <> '')
      AND NOT EXISTS (SELECT 1 FROM payments_payment p WHERE p.order_id = o.id
                      AND p.key = CASE WHEN o.paid_at IS NULL THEN 'order/authorised' ELSE 'order/captured' END)
"""


def _of_order(row: tuple[Any, ...], now: datetime) -> Payment:
    order, currency, paid_at, ordered_at, authorisation, before, provider, network, deposit, whole = row
    is_paid = paid_at is not None
    ahead = deposit if is_paid and deposit is not None else whole
    made = Payment(
        order_id=order, kind="captured" if is_paid else "authorised", currency=currency, amount_minor=ahead,
        is_deposit=ahead < whole, at=paid_at or ordered_at, provider=provider, network=network,
        reference=authorisation, key=SAID_BY_ORDER if is_paid else "order/authorised", recorded_at=now,
    )  # fmt: skip
    if not is_paid:
        _date_hold(made, before)
    return made


def _date_hold(payment: Payment, says: datetime | None) -> None:
    """Until when an authorisation can be captured, and who says so."""
    if says is None and not payment.provider:
        return  # Nobody said who holds it: a guess would only raise false alarms.
    until = window_of(
        authorised_at=payment.at, provider=payment.provider, network=payment.network, provider_says=says
    )  # fmt: skip
    payment.capture_before, payment.capture_source = until.capture_before, until.source.strip()


def _check(order: reading.OrderView, new: NewPayment, now: datetime) -> None:
    assert new.kind in PAYMENT_KINDS
    if new.currency and new.currency != order.currency:
        raise Refused(
            "currency_differs",
            f"The order is in {order.currency}, not in {new.currency}.",
            field="currency", value=new.currency, limit=order.currency,
        )  # fmt: skip
    if new.at is not None and new.at > now:
        raise Refused(
            "payment_in_the_future",
            f"{new.at.isoformat()} has not come yet.",
            field="at", value=new.at.isoformat(), limit=now.isoformat(),
        )  # fmt: skip
    if new.kind == "refunded":
        _check_refund(order, new, now)


def _check_refund(order: reading.OrderView, new: NewPayment, now: datetime) -> None:
    if not refund_form_allowed(new.form):
        raise Refused(
            "refund_form_not_allowed",
            f"A refund is money and goes back the way it came; not as {new.form[:40]}.",
            field="form", value=new.form[:40],
        )  # fmt: skip
    account = reviewing.account_of(order.id, now=now)
    most = account.captured_minor - account.refunded_minor
    if new.amount_minor > most:
        raise Refused(
            "refund_exceeds_payment",
            f"{new.amount_minor} cannot go back: of what was paid {most} is left.",
            status=409, field="amount_minor", value=new.amount_minor, limit=most,
        )  # fmt: skip


def _create(order: reading.OrderView, new: NewPayment, key: str, now: datetime) -> Payment:
    made = Payment(
        id=new_id(), order_id=order.id, kind=new.kind, amount_minor=new.amount_minor, currency=order.currency,
        at=new.at or now, provider=new.provider, network=new.network, reference=new.reference,
        form=new.form if new.kind == "refunded" else "", is_deposit=new.is_deposit, split_enabled=new.split_enabled,
        key=f"told/{key}", recorded_at=now,
    )  # fmt: skip
    if new.kind == "authorised":
        _date_hold(made, new.capture_before)
    made.save(force_insert=True)
    return made


def _take_over(told: Payment) -> None:
    """A capture that nothing was due for is the money that the order itself said was paid: it counts once."""
    assumed = Payment.objects.select_for_update().filter(order_id=told.order_id, key=SAID_BY_ORDER).first()
    if assumed is not None:
        told.is_deposit = told.is_deposit or assumed.is_deposit
        told.save(update_fields=["is_deposit"])
        assumed.amount_minor = max(assumed.amount_minor - told.amount_minor, 0)
        assumed.save(update_fields=["amount_minor"])


def _settle(order_id: int, new: NewPayment, due: int | None, now: datetime) -> list[Due]:
    """Close, or lower, what this was due for; oldest first."""
    open_dues = list(
        Due.objects.select_for_update()
        .filter(order_id=order_id, state="open", kind__in=SETTLES[new.kind])
        .order_by("id")
    )
    if due is not None:
        open_dues = [_named(order_id, new, due, open_dues)]
    left, touched = new.amount_minor, []
    for one in open_dues:
        take = min(left, one.amount_minor)
        # An authorisation or a void that is smaller or larger than asked for still answers what was asked.
        take = one.amount_minor if new.kind in ("authorised", "voided") else take
        if take or new.kind == "voided":
            one.amount_minor -= take
            left -= take
            if one.amount_minor == 0:
                one.state, one.closed_at = "done", now
            one.save(update_fields=["amount_minor", "state", "closed_at"])
            touched.append(one)
    return touched


def _named(order_id: int, new: NewPayment, due: int, open_dues: list[Due]) -> Due:
    found = Due.objects.filter(pk=due, order_id=order_id).first()
    if found is None:
        raise unknown("due", due)
    if found.state != "open":
        raise Refused("due_is_closed", f"It is {found.state} already.", status=409, field="due", value=due)
    if found.kind not in SETTLES[new.kind]:
        raise Refused(
            "due_does_not_fit",
            f"What is due is to {found.kind.replace('_', ' ')}, which a payment {new.kind} does not settle.",
            field="due", value=due,
        )  # fmt: skip
    return next(one for one in open_dues if one.pk == due)


def _tell(made: Payment, settled: list[Due], actor: str, now: datetime) -> None:
    body = {
        "payment": made.pk, "amount_minor": made.amount_minor, "currency": made.currency, "at": made.at.isoformat(),
        "dues": [one.pk for one in settled],
    }  # fmt: skip
    if made.capture_before is not None:
        body["capture_before"] = made.capture_before.isoformat()
    record([Fact(FACTS[made.kind], f"order/{made.order_id}", body)], actor=actor, at=now)

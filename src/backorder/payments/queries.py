"""What is due and what was paid, for staff and for whoever moves the money."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from msgspec import Struct

from backorder.journal import clock
from backorder.journal.refusals import Refused, unknown
from backorder.orders import reading
from backorder.orders.names import order_names

from . import amounts, recording, reviewing
from .models import Due, Payment

LIMIT = 100


class DueRow(Struct, frozen=True, kw_only=True):
    """Money that must move: `kind` is refund, capture, authorise_again, balance or void; until the end of `by_at`.

    `amount_minor` is what is left of the `raised_minor`. A refund names what it rests on: rule and paragraph; where it
    cannot go back the way it was paid, its `means` say how it goes, `because` of what was `found_at` an instant.
    """

    id: int
    kind: str
    order: int
    channel: str
    reference: str
    authorisation: str
    amount_minor: int
    raised_minor: int
    currency: str
    by_at: datetime | None
    send_by_on: date | None
    vests_on: date | None
    rule: str
    paragraph: str
    why: str
    state: str
    raised_at: datetime
    closed_at: datetime | None
    note: str
    means: str
    because: str
    found_at: datetime | None


class PaymentRow(Struct, frozen=True, kw_only=True):
    """What happened to an order's money, as it was told; `capture_source` says who knows `capture_before`."""

    id: int
    order: int
    kind: str
    amount_minor: int
    currency: str
    at: datetime
    provider: str
    network: str
    reference: str
    form: str
    is_deposit: bool
    capture_before: datetime | None
    capture_source: str
    lapsed_at: datetime | None
    recorded_at: datetime


class AccountView(Struct, frozen=True, kw_only=True):
    """An order's money: what it costs as wanted now, what was paid, what is held until when, what went back."""

    order: int
    currency: str
    total_minor: int
    captured_minor: int
    held_minor: int
    held_until: datetime | None
    refunded_minor: int
    is_known: bool
    payments: tuple[PaymentRow, ...]
    dues: tuple[DueRow, ...]


def dues(
    *,
    state: str | None = None,
    kind: str | None = None,
    order: int | None = None,
    after: tuple[datetime | None, int] | None = None,
    limit: int = LIMIT,
) -> list[DueRow]:
    """What is due, the nearest deadline first (those without one last), behind (deadline, id) `after`."""
    wanted = {"state": state, "kind": kind, "order_id": order}
    found = Due.objects.filter(**{name: value for name, value in wanted.items() if value is not None})
    if after is not None:
        found = found.filter(_behind(*after))
    return _rows(found.order_by(_LAST_IF_UNDATED, "id")[:limit])


def due(due_id: int) -> DueRow:
    """One thing that is or was due. Refuses unknown_due."""
    found = _rows(Due.objects.filter(pk=due_id))
    if not found:
        raise unknown("due", due_id)
    return found[0]


def account_view(order_id: int) -> AccountView:
    """The money of an order with everything that was told and is due. Refuses unknown_order."""
    order, now = reading.order(order_id), clock.now()
    money = reviewing.account_of(order_id, now=now)
    return AccountView(
        order=order_id, currency=order.currency, total_minor=amounts.cost(order, amounts.kept(order)),
        captured_minor=money.captured_minor, held_minor=money.held_minor, held_until=money.held_until,
        refunded_minor=money.refunded_minor, is_known=money.is_known,
        payments=tuple(_payment(one) for one in Payment.objects.filter(order_id=order_id).order_by("at", "id")),
        dues=tuple(_rows(Due.objects.filter(order_id=order_id).order_by("id"))),
    )  # fmt: skip


def payment(payment_id: int) -> PaymentRow:
    """One payment. Refuses unknown_payment."""
    found = Payment.objects.filter(pk=payment_id).first()
    if found is None:
        raise unknown("payment", payment_id)
    return _payment(found)


def refunds_of(order_id: int) -> list[DueRow]:
    """Every refund that was raised for an order, oldest first."""
    return _rows(Due.objects.filter(order_id=order_id, kind="refund").order_by("id"))


def first_paid_at(order_id: int) -> datetime | None:
    """When the order's first payment was tendered, authorised or captured; None if none is known."""
    told = Payment.objects.filter(order_id=order_id, kind__in=["authorised", "captured"])
    return told.order_by("at").values_list("at", flat=True).first()


@transaction.atomic
def drop(due_id: int, *, note: str, actor: str) -> DueRow:
    """Somebody decides that this need not move any more, and says why. Refuses unknown_due, due_is_closed."""
    order_id = Due.objects.filter(pk=due_id).values_list("order_id", flat=True).first()
    if order_id is None:
        raise unknown("due", due_id)
    recording.lock_order(order_id)
    found = Due.objects.select_for_update().get(pk=due_id)
    if found.state != "open":
        raise Refused("due_is_closed", f"It is {found.state} already.", status=409, field="due", value=due_id)
    reviewing.close(found, "dropped", note=note, now=clock.now(), actor=actor)
    return due(due_id)


_LAST_IF_UNDATED = "by_at"  # PostgreSQL sorts null last.


def _behind(by_at: datetime | None, id: int) -> Q:
    if by_at is None:
        return Q(by_at=None, id__gt=id)
    return Q(by_at__gt=by_at) | Q(by_at=by_at, id__gt=id) | Q(by_at=None)


def _rows(found: Iterable[Due]) -> list[DueRow]:
    kept = list(found)
    if not kept:
        return []
    ids = {one.order_id for one in kept}
    names, told = order_names(ids), _authorisations(ids)
    return [_row(one, names[one.order_id], told.get(one.order_id, "")) for one in kept]


def _authorisations(ids: set[int]) -> dict[int, str]:
    """The last authorisation each order is known to have."""
    told = Payment.objects.filter(order_id__in=ids, kind__in=["authorised", "captured"]).exclude(reference="")
    return dict(told.order_by("at", "id").values_list("order_id", "reference"))


def _row(one: Due, name: Any, authorisation: str) -> DueRow:
    return DueRow(
        id=one.pk, kind=one.kind, order=one.order_id, channel=name.channel, reference=name.reference,
        authorisation=authorisation, amount_minor=one.amount_minor, raised_minor=one.raised_minor,
        currency=one.currency, by_at=one.by_at, send_by_on=one.send_by_on, vests_on=one.vests_on, rule=one.rule,
        paragraph=one.paragraph, why=one.why, state=one.state, raised_at=one.raised_at, closed_at=one.closed_at,
        note=one.note, means=one.means, because=one.because, found_at=one.found_at,
    )  # fmt: skip


def _payment(one: Payment) -> PaymentRow:
    return PaymentRow(
        id=one.pk, order=one.order_id, kind=one.kind, amount_minor=one.amount_minor, currency=one.currency, at=one.at,
        provider=one.provider, network=one.network, reference=one.reference, form=one.form, is_deposit=one.is_deposit,
        capture_before=one.capture_before, capture_source=one.capture_source, lapsed_at=one.lapsed_at,
        recorded_at=one.recorded_at,
    )  # fmt: skip

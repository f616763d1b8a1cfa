"""Look at an order's money as it now stands, and raise what is due: refunds, captures, authorisations, balances.

The amounts follow from the order as it is and from what is known to have happened, less what is due already; so
looking twice raises nothing twice, and whoever looks first (a verb in its own transaction, or the follower) raises it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.conf import settings

from backorder.engine import delay_law
from backorder.engine.law.facts import LineFacts, RefundDue
from backorder.engine.payments import may_charge_balance
from backorder.journal import feed
from backorder.journal.identity import new_id
from backorder.journal.record import Fact, record
from backorder.orders import reading
from backorder.orders.reading import LineView, OrderView

from . import amounts
from .account import Account, Told, account
from .models import Due, Payment

RAISED = {
    "refund": "refund.due", "capture": "payment.capture_due", "authorise_again": "payment.authorise_again",
    "balance": "payment.balance_due", "void": "payment.void_due",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ground:
    """What a refund rests on: who owes it since when, and what the law calls it; `refund` None: worked out here."""

    why: str
    refund: RefundDue | None = None
    paragraph: str = ""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Something that is due and was not raised yet."""

    kind: str
    amount_minor: int
    by_at: datetime | None
    why: str
    refund: RefundDue | None = None
    paragraph: str = ""


def review(order_id: int, *, now: datetime, actor: str, ground: Ground | None = None) -> list[int]:
    """Raise what is due of an order and drop what is not any more; the ids of what was raised.

    The caller has locked the order's money (`recording.lock_order`). `ground` is what a refund rests on, if one is due.
    """
    order = reading.order(order_id)
    money = account_of(order_id, now=now)
    if not money.is_known:
        return []
    _drop(
        order, money, Due.objects.select_for_update().filter(order_id=order_id, state="open").order_by("id"), now, actor
    )
    counted = _counted(order_id)
    going = {kind: sum(one.amount_minor for one in counted if one.kind == kind) for kind in RAISED}
    found = [*_refund(order, money, going, now, ground), *_charges(order, money, going, now)]
    return [_raise(order, one, now, actor) for one in found]


def owe(order_id: int, amount_minor: int, *, ground: Ground, now: datetime, actor: str) -> int | None:
    """Raise a refund of an amount that somebody else worked out, at most what is left of what was paid.

    None if nothing is left. The caller has locked the order's money and does not raise the same twice.
    """
    order, money = reading.order(order_id), account_of(order_id, now=now)
    going = sum(one.amount_minor for one in _counted(order_id) if one.kind == "refund")
    amount = min(amount_minor, money.captured_minor - money.refunded_minor - going)
    assert ground.refund is not None
    if amount <= 0:
        return None
    by_at = delay_law.ends_at(legal_facts(order), ground.refund.sent_by, settings.BACKORDER_LAW)
    return _raise(order, _Wanted("refund", amount, by_at, ground.why, ground.refund, ground.paragraph), now, actor)


def missing_refund(order_id: int, *, now: datetime) -> int:
    """What should go back of an order and was not raised yet, in minor units."""
    going = sum(one.amount_minor for one in _counted(order_id) if one.kind == "refund")
    return _missing(reading.order(order_id), account_of(order_id, now=now), going, _withdrawn_at(order_id))


def _counted(order_id: int) -> list[Due]:
    """What is on its way; what somebody dropped on purpose is not raised again."""
    found = Due.objects.filter(order_id=order_id).exclude(state="done")
    return [one for one in found if one.state == "open" or one.kind == "refund"]


def account_of(order_id: int, *, now: datetime) -> Account:
    """How the money of an order stands."""
    told = Payment.objects.filter(order_id=order_id)
    return account(
        [
            Told(one.kind, one.amount_minor, one.at, one.provider, one.network, one.is_deposit, one.split_enabled,
                 one.capture_before)
            for one in told
        ],
        now=now,
    )  # fmt: skip


def legal_facts(order: OrderView) -> LineFacts:
    """What the law must know of an order to say by when its money goes back."""
    return LineFacts(
        order.country, 1, order.paid_at or order.ordered_at, region=order.region, buyer_zone=order.zone,
        seller_zone=settings.BACKORDER_LAW_PRACTICE.seller_zone, contract_at=order.ordered_at,
        seller_is_creditor=order.attributes.get("seller_is_creditor") is True,
    )  # fmt: skip


# -- what goes back -------------------------------------------------------------------------------------------------


def _refund(
    order: OrderView, money: Account, going: dict[str, int], now: datetime, ground: Ground | None
) -> list[_Wanted]:
    withdrawn_at = _withdrawn_at(order.id)
    due = _missing(order, money, going["refund"], withdrawn_at)
    if not due:
        return []
    facts, given = legal_facts(order), settings.BACKORDER_LAW
    since = withdrawn_at or now
    rule = (ground.refund if ground else None) or delay_law.refund_deadline(
        facts, at=since, units=1, withdrawn=withdrawn_at is not None, assumptions=given
    )
    why = ground.why if ground else "withdrawn" if withdrawn_at else "cancelled"
    by_at = delay_law.ends_at(facts, rule.sent_by, given)
    return [_Wanted("refund", due, by_at, why, rule, ground.paragraph if ground else "")]


def _missing(order: OrderView, money: Account, going_minor: int, withdrawn_at: datetime | None) -> int:
    """What should go back and is not even raised."""
    if not (amounts.is_reduced(order) or withdrawn_at):
        return 0
    keeps = 0 if withdrawn_at else amounts.cost(order, amounts.kept(order))
    gone = money.refunded_minor + going_minor
    return delay_law.refund_amount(paid_minor=money.captured_minor, shipped_alone_minor=keeps, refunded_minor=gone)


def _withdrawn_at(order_id: int) -> datetime | None:
    entries = feed.of_subjects([f"order/{order_id}"], facts=["order.withdrawn"], limit=1)
    return entries[0].at if entries else None


# -- what is still to be paid ---------------------------------------------------------------------------------------


def _charges(order: OrderView, money: Account, going: dict[str, int], now: datetime) -> list[_Wanted]:
    whole = amounts.cost(order, amounts.kept(order))
    if not money.was_held:
        return _balance(order, money, whole - going["balance"], now)
    sent = amounts.cost(order, amounts.shipped(order))
    soon = now + timedelta(hours=settings.BACKORDER_PAYMENT_HOURS)
    found = []
    if (capture := sent - money.captured_minor - going["capture"]) > 0:
        found.append(_Wanted("capture", capture, money.held_until or soon, "shipped"))
    if amounts.is_owed(order):
        rest = whole - money.captured_minor - money.held_minor - going["authorise_again"]
        # What has shipped and is not captured yet is asked for as a capture; the hold it needs may be gone as well.
        if rest > 0:
            found.append(_Wanted("authorise_again", rest, _first_ship_at(order, now), "hold_is_short"))
    elif not _sent(order) and money.held_minor and not going["void"]:
        found.append(_Wanted("void", money.held_minor, min(money.held_until or soon, soon), "cancelled"))
    return found


def _balance(order: OrderView, money: Account, whole: int, now: datetime) -> list[_Wanted]:
    """The rest of what was paid ahead in part: due at release, with some networks only once the goods have shipped."""
    gone = any(line.released or line.shipped for line in order.lines)
    missing = whole - (money.captured_minor - money.refunded_minor)
    if (
        missing <= 0
        or not gone
        or not may_charge_balance(money.network, deposit_charged=True, goods_shipped=_sent(order))
    ):
        return []
    return [_Wanted("balance", missing, now + timedelta(hours=settings.BACKORDER_PAYMENT_HOURS), "released")]


def _sent(order: OrderView) -> bool:
    return any(line.shipped for line in order.lines)


def _first_ship_at(order: OrderView, now: datetime) -> datetime | None:
    """The beginning of the first day on which something may still leave; None while nothing is dated."""
    days = [on for line in order.lines if (on := _next_ship_on(line)) is not None]
    return max(now, datetime.combine(min(days), time(), tzinfo=UTC)) if days else None


def _next_ship_on(line: LineView) -> date | None:
    """The day of the first units that have not left: a promise still names those that have."""
    owed = line.open + line.allocated + line.released
    gone = sum(part.units for part in line.parts) - owed
    for part in line.parts if owed else ():
        gone -= part.units
        if gone < 0:
            return part.ship_on
    return None


# -- writing --------------------------------------------------------------------------------------------------------


def _drop(order: OrderView, money: Account, dues: Iterable[Due], now: datetime, actor: str) -> None:
    """What was due and is not any more: nothing of the order is owed, or what was missing is there."""
    moot = {"authorise_again", "balance"} if not amounts.is_owed(order) and not _sent(order) else set()
    moot |= set() if amounts.is_owed(order) else {"authorise_again"}
    moot |= set() if money.held_minor else {"void"}
    for one in dues:
        if one.kind in moot:
            close(one, "dropped", note="nothing_is_owed", now=now, actor=actor)


def close(due: Due, state: str, *, note: str, now: datetime, actor: str) -> None:
    """Close something that was due without a payment."""
    due.state, due.closed_at, due.note = state, now, note
    due.save(update_fields=["state", "closed_at", "note"])
    body = {"due": due.pk, "kind": due.kind, "amount_minor": due.amount_minor, "note": note}
    record([Fact("payment.due_dropped", f"order/{due.order_id}", body)], actor=actor, at=now)


def _raise(order: OrderView, wanted: _Wanted, now: datetime, actor: str) -> int:
    refund = wanted.refund
    due = Due.objects.create(
        id=new_id(), order_id=order.id, kind=wanted.kind, amount_minor=wanted.amount_minor,
        raised_minor=wanted.amount_minor, currency=order.currency, by_at=wanted.by_at, why=wanted.why,
        send_by_on=refund.sent_by if refund else None, vests_on=refund.vests_on if refund else None,
        rule=refund.rule if refund else "", paragraph=wanted.paragraph, raised_at=now,
    )  # fmt: skip
    body = {
        "due": due.pk, "amount_minor": due.amount_minor, "currency": due.currency, "why": due.why,
        "by_at": due.by_at.isoformat() if due.by_at else None,
    }  # fmt: skip
    if refund:
        body |= {"send_by_on": refund.sent_by.isoformat(), "vests_on": refund.vests_on.isoformat(),
                 "rule": refund.rule, "paragraph": wanted.paragraph}  # fmt: skip
    record([Fact(RAISED[wanted.kind], f"order/{order.id}", body)], actor=actor, at=now)
    return int(due.pk)

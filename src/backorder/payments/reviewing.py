"""Look at an order's money as it now stands, and raise what is due: refunds, captures, authorisations, balances.

The amounts follow from the order as it is and from what is known to have happened, less what is due already; so
looking twice raises nothing twice, and whoever looks first (a verb in its own transaction, or the follower) raises it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
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
from backorder.orders.showing.returned import Returned, returned

from . import amounts
from .account import Account, Told, account
from .models import Due, Payment

RAISED = {
    "refund": "refund.due", "capture": "payment.capture_due", "authorise_again": "payment.authorise_again",
    "balance": "payment.balance_due", "void": "payment.void_due",
}  # fmt: skip

RETURNED = "returned"
"""Why money goes back for goods that came back."""


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


@dataclass(frozen=True, slots=True)
class _Book:
    """An order, how its money stands, all that is or was due of it, when it was withdrawn from, what came back."""

    order: OrderView
    money: Account
    dues: Sequence[Due]
    withdrawn_at: datetime | None
    returned: Returned | None

    @property
    def back_minor(self) -> int:
        """What the goods had cost that came back, or are owed back and stay."""
        if self.withdrawn_at:
            return 0
        return amounts.cost(self.order, amounts.kept(self.order)) - self.keeps_minor

    @property
    def keeps_minor(self) -> int:
        """What the customer has to pay for: nothing after a withdrawal, nor for what is owed back and stays there."""
        return 0 if self.withdrawn_at else self.would_keep_minor(self.stays)

    def would_keep_minor(self, stays: Mapping[int, int]) -> int:
        """The same if these units by line were owed back and stayed."""
        back = self.returned.units if self.returned else {}
        return amounts.cost(self.order, amounts.still_kept(self.order, back, stays))

    @property
    def stays(self) -> dict[int, int]:
        """Units by line that are owed back though the customer keeps them."""
        found: Counter[int] = Counter()
        for one in self.dues:
            found.update({int(line): units for line, units in one.stays.items()})
        return dict(found)


def review(order_id: int, *, now: datetime, actor: str, ground: Ground | None = None) -> list[int]:
    """Raise what is due of an order and drop what is not any more; the ids of what was raised.

    The caller has locked the order's money (`recording.lock_order`). `ground` is what a refund rests on, if one is due.
    """
    return review_all([order_id], now=now, actor=actor, ground=ground)


def review_all(order_ids: Sequence[int], *, now: datetime, actor: str, ground: Ground | None = None) -> list[int]:
    """The same for several orders, in as many statements as for one; each as if it were looked at alone."""
    facts: list[Fact] = []
    dropped: list[Due] = []
    raised: list[Due] = []
    for book in _books(order_ids, now=now):
        moot = _moot(book)
        dropped += [_closed(one, "dropped", note="nothing_is_owed", now=now) for one in moot]
        facts += [_dropped(one) for one in moot]
        new = [_due(book.order, one, now) for one in _wanted(book, now, ground)]
        raised += [due for due, _ in new]
        facts += [fact for _, fact in new]
    Due.objects.bulk_update(dropped, ["state", "closed_at", "note"])
    Due.objects.bulk_create(raised)
    record(facts, actor=actor, at=now)
    return [due.pk for due in raised]


def owe(order_id: int, units: Mapping[int, int], *, ground: Ground, now: datetime, actor: str) -> int | None:
    """Raise a refund of units by line that stay with the customer, at most what is left of what was paid.

    None if nothing is left, or their money went back already because they came back. The caller has locked the order's
    money and does not raise the same twice.
    """
    book = _book(order_id, now=now)
    order, money = book.order, book.money
    stays = {line: n + book.stays.get(line, 0) for line, n in units.items()}
    less = book.keeps_minor - (0 if book.withdrawn_at else book.would_keep_minor({**book.stays, **stays}))
    amount = min(less, money.captured_minor - money.refunded_minor - _going(book.dues)["refund"])
    assert ground.refund is not None
    if amount <= 0:
        return None
    by_at = delay_law.ends_at(legal_facts(order), ground.refund.sent_by, settings.BACKORDER_LAW)
    wanted = _Wanted("refund", amount, by_at, ground.why, ground.refund, ground.paragraph)
    due, fact = _due(order, wanted, now)
    due.goods_stay, due.stays = True, {str(line): n for line, n in units.items()}
    due.save(force_insert=True)
    record([fact], actor=actor, at=now)
    return int(due.pk)


def missing_refund(order_id: int, *, now: datetime) -> int:
    """What should go back of an order and was not raised yet, in minor units."""
    book = _book(order_id, now=now)
    return _missing(book, _going(book.dues)["refund"])


def account_of(order_id: int, *, now: datetime) -> Account:
    """How the money of an order stands."""
    return _accounts([order_id], now=now)[order_id]


def legal_facts(order: OrderView) -> LineFacts:
    """What the law must know of an order to say by when its money goes back."""
    return LineFacts(
        order.country, 1, order.paid_at or order.ordered_at, region=order.region, buyer_zone=order.zone,
        seller_zone=settings.BACKORDER_LAW_PRACTICE.seller_zone, contract_at=order.ordered_at,
        seller_is_creditor=order.attributes.get("seller_is_creditor") is True,
    )  # fmt: skip


# -- what goes back -------------------------------------------------------------------------------------------------


def _wanted(book: _Book, now: datetime, ground: Ground | None) -> list[_Wanted]:
    going = _going(book.dues)
    return [*_refunds(book, going, now, ground), *_charges(book, going, now)]


def _going(dues: Iterable[Due]) -> dict[str, int]:
    """What is on its way, by kind; a refund that somebody dropped on purpose is not raised again."""
    found = dict.fromkeys(RAISED, 0)
    for one in dues:
        if one.state == "open" or (one.state == "dropped" and one.kind == "refund"):
            found[one.kind] += one.amount_minor
    return found


def _refunds(book: _Book, going: Mapping[str, int], now: datetime, ground: Ground | None) -> list[_Wanted]:
    """What was taken back of the order and what came back of it: each has its own days."""
    due = _missing(book, going["refund"])
    if not due:
        return []
    raised = sum(one.raised_minor for one in book.dues if one.why == RETURNED or one.goods_stay)
    back = max(0, min(due, book.back_minor - raised)) if book.returned else 0
    found = [_taken_back(book, due - back, now, ground)] if due > back else []
    return [*found, _came_back(book, back)] if back else found


def _taken_back(book: _Book, amount: int, now: datetime, ground: Ground | None) -> _Wanted:
    facts, given, withdrawn_at = legal_facts(book.order), settings.BACKORDER_LAW, book.withdrawn_at
    rule = (ground.refund if ground else None) or delay_law.refund_deadline(
        facts, at=withdrawn_at or now, units=1, withdrawn=withdrawn_at is not None, assumptions=given
    )
    why = ground.why if ground else "withdrawn" if withdrawn_at else "cancelled"
    by_at = delay_law.ends_at(facts, rule.sent_by, given)
    return _Wanted("refund", amount, by_at, why, rule, ground.paragraph if ground else "")


def _came_back(book: _Book, amount: int) -> _Wanted:
    assert book.returned is not None
    facts, given = legal_facts(book.order), settings.BACKORDER_LAW
    rule = delay_law.return_deadline(facts, at=book.returned.last_at, assumptions=given)
    return _Wanted("refund", amount, delay_law.ends_at(facts, rule.sent_by, given), RETURNED, rule)


def _missing(book: _Book, going_minor: int) -> int:
    """What should go back and is not even raised."""
    if not (amounts.is_reduced(book.order) or book.withdrawn_at or book.returned):
        return 0
    money, gone = book.money, book.money.refunded_minor + going_minor
    return delay_law.refund_amount(
        paid_minor=money.captured_minor, shipped_alone_minor=book.keeps_minor, refunded_minor=gone
    )


# -- what is still to be paid ---------------------------------------------------------------------------------------


def _charges(book: _Book, going: Mapping[str, int], now: datetime) -> list[_Wanted]:
    order, money = book.order, book.money
    if not money.was_held:
        return _balance(order, money, book.keeps_minor - going["balance"], now)
    whole = amounts.cost(order, amounts.kept(order))
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


# -- reading ---------------------------------------------------------------------------------------------------------


def _book(order_id: int, *, now: datetime) -> _Book:
    """The one book, whether or not a payment is known. Refuses unknown_order."""
    return _Book(
        reading.order(order_id), account_of(order_id, now=now), _dues([order_id])[order_id],
        _withdrawn([order_id]).get(order_id), returned([order_id]).get(order_id),
    )  # fmt: skip


def _books(order_ids: Sequence[int], *, now: datetime) -> list[_Book]:
    """The books of those orders of which a payment is known, by id."""
    money = {id: one for id, one in _accounts(order_ids, now=now).items() if one.is_known}
    if not money:
        return []
    orders, dues, withdrawn, back = reading.orders_by_id(money), _dues(money), _withdrawn(money), returned(money)
    return [_Book(orders[id], money[id], dues[id], withdrawn.get(id), back.get(id)) for id in sorted(money)]


def _accounts(order_ids: Iterable[int], *, now: datetime) -> dict[int, Account]:
    told: dict[int, list[Told]] = {id: [] for id in order_ids}
    for one in Payment.objects.filter(order_id__in=told).order_by("id"):
        told[one.order_id].append(
            Told(one.kind, one.amount_minor, one.at, one.provider, one.network, one.is_deposit, one.split_enabled,
                 one.capture_before)
        )  # fmt: skip
    return {id: account(payments, now=now) for id, payments in told.items()}


def _dues(order_ids: Iterable[int]) -> dict[int, list[Due]]:
    """Everything that is or was due, oldest first; whoever changes it holds the lock of the order."""
    found: dict[int, list[Due]] = {id: [] for id in order_ids}
    for one in Due.objects.filter(order_id__in=found).order_by("id"):
        found[one.order_id].append(one)
    return found


def _withdrawn(order_ids: Iterable[int]) -> dict[int, datetime]:
    """When the customers of these orders withdrew, where they did."""
    found: dict[int, datetime] = {}
    subjects = {f"order/{id}": id for id in order_ids}
    for entry in feed.of_subjects(list(subjects), facts=["order.withdrawn"], limit=feed.MOST):
        found.setdefault(subjects[entry.subject], entry.at)
    return found


# -- writing ---------------------------------------------------------------------------------------------------------


def close(due: Due, state: str, *, note: str, now: datetime, actor: str) -> None:
    """Close something that was due without a payment."""
    _closed(due, state, note=note, now=now).save(update_fields=["state", "closed_at", "note"])
    record([_dropped(due)], actor=actor, at=now)


def _moot(book: _Book) -> list[Due]:
    """What was due and is not any more: nothing of the order is owed, or what was missing is there."""
    order = book.order
    moot = {"authorise_again", "balance"} if not amounts.is_owed(order) and not _sent(order) else set()
    moot |= set() if amounts.is_owed(order) else {"authorise_again"}
    moot |= set() if book.money.held_minor else {"void"}
    return [one for one in book.dues if one.state == "open" and one.kind in moot]


def _closed(due: Due, state: str, *, note: str, now: datetime) -> Due:
    due.state, due.closed_at, due.note = state, now, note
    return due


def _dropped(due: Due) -> Fact:
    body = {"due": due.pk, "kind": due.kind, "amount_minor": due.amount_minor, "note": due.note}
    return Fact("payment.due_dropped", f"order/{due.order_id}", body)


def _due(order: OrderView, wanted: _Wanted, now: datetime) -> tuple[Due, Fact]:
    """What is raised, and the fact that tells it."""
    refund = wanted.refund
    due = Due(
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
    return due, Fact(RAISED[wanted.kind], f"order/{order.id}", body)

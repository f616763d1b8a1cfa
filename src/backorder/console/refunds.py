"""Money that must move, by its deadline: what is due, that it was done, or that it need not be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from backorder.payments import queries
from backorder.payments.other_means import by_other_means
from backorder.payments.queries import DueRow
from backorder.payments.recording import NewPayment, record_payment

from .asking import Ask, Did, Field, Given, form, invalid
from .cases_words import due_kind, due_states, means_words
from .door import Visit, address, page
from .listing import Column, Criteria, Filter, Found, Listing, Sort, cut, show
from .saved_views import View
from .states import State
from .templatetags.look import money

READS, WRITES = "orders:read", "orders:write"
DUE_KINDS = ("refund", "capture", "authorise_again", "balance", "void")
SAME = "same_means"
OTHER_MEANS = ("check", "money_order", "cash", "credit_memo_to_issuer")
DOES = {"refund": "refunded", "capture": "captured", "balance": "captured", "authorise_again": "authorised",
        "void": "voided"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Listed:
    """Something due as the list shows it; `is_law`: its deadline is the law's."""

    due: DueRow
    kind: str
    state: State
    is_law: bool
    means: str


@page("messages/dues", name="dues", needs=READS)
def dues(visit: Visit) -> HttpResponseBase:
    """What is due, the nearest deadline first."""

    def read(criteria: Criteria, limit: int) -> Found:
        state = criteria.filters.get("state", "open")
        found = queries.dues(state=state, kind=criteria.filters.get("kind"), after=_place(criteria), limit=limit + 1)
        states = due_states()
        rows = [Listed(one, due_kind(one.kind), states[one.state], bool(one.paragraph), _means(one)) for one in found]
        return cut(rows, limit, lambda row: (row.due.by_at.isoformat() if row.due.by_at else None, row.due.id))

    may = visit.may(WRITES)
    return show(visit, _listing(), read, template="console/messages.html", section="dues", may=may)


def _means(due: DueRow) -> str:
    """By which other means a refund goes back, and why; empty where it goes the way it was paid."""
    if due.means == SAME:
        return ""
    return _("By other means: %(means)s. %(because)s") % {"means": means_words(due.means), "because": due.because}


def _place(criteria: Criteria) -> tuple[datetime | None, int] | None:
    if criteria.after is None:
        return None
    at, id = criteria.after
    return (datetime.fromisoformat(str(at)) if at else None, int(id))


def _listing() -> Listing:
    return Listing(
        name="dues",
        title=_("Messages"),
        caption=_("Money that must move, the nearest deadline first"),
        row="console/dues_row.html",
        columns=(
            Column("order", _("Order"), csv=lambda one: one.due.reference),
            Column("kind", _("What"), csv=lambda one: one.due.kind),
            Column("amount", _("Amount"), csv=lambda one: one.due.amount_minor / 100, number=True),
            Column("by", _("Until"), csv=lambda one: one.due.by_at),
            Column("state", _("State"), csv=lambda one: one.due.state),
            Column("why", _("Why"), csv=lambda one: one.due.why, low=True),
            Column("do", _("Actions")),
        ),
        sorts=(Sort("deadline", _("next deadline first")),),
        filters=(
            Filter("state", _("State"), "choice", options=[(name, one.word) for name, one in due_states().items()]),
            Filter("kind", _("What"), "choice", options=[(one, due_kind(one)) for one in DUE_KINDS]),
        ),
        views=(
            View(_("All that is due")), View(_("Refunds"), {"kind": "refund"}), View(_("Done"), {"state": "done"}),
        ),
        empty_title=_("No money is due"),
        empty_says=_("Refunds that the law or a cancellation asks for, and payments to take, appear here."),
    )  # fmt: skip


otherwise = form("messages/dues/<int:due>/otherwise", name="due-otherwise", needs=WRITES)
doing = form("messages/dues/<int:due>/done", name="due-done", needs=WRITES)
dropping = form("messages/dues/<int:due>/drop", name="due-drop", needs=WRITES)


@otherwise.asks
def ask_otherwise(visit: Visit, given: Given, due: int) -> Ask:
    """Say that a refund cannot go back the way it was paid."""
    row = queries.due(due)
    says = [
        _("%(kind)s of %(amount)s for %(order)s.") % {
            "kind": due_kind(row.kind), "amount": money(row.amount_minor, row.currency), "order": row.reference,
        },
        _("It stays money, never a voucher. Where the law counts from the day this was found out, its last day moves."),
    ]  # fmt: skip
    fields = [
        Field("means", _("How it goes back"), "choice", row.means if row.means != SAME else "",
              options=[(one, means_words(one), "") for one in OTHER_MEANS]),
        Field("because", _("Why not the way it was paid"), most=200, value=row.because),
    ]  # fmt: skip
    return Ask(_("Refund by other means"), _("Keep it"), address("dues"), says=says, fields=fields, icon="swap")


@otherwise.does
def do_otherwise(visit: Visit, given: Given, due: int) -> Did:
    """Keep how it goes, and since when that is known: now."""
    means, because = given.choice("means", OTHER_MEANS), given.text("because", longest=200, required=True)
    by_other_means(due, means=means, because=because, actor=visit.actor)
    row = queries.due(due)
    said = _("The refund of %(amount)s goes back by other means: %(means)s.")
    return Did(said % {"amount": money(row.amount_minor, row.currency), "means": means_words(means)}, address("dues"))


@doing.asks
def ask_done(visit: Visit, given: Given, due: int) -> Ask:
    """Say that the money moved."""
    row = queries.due(due)
    amount = Field(
        "amount", _("Amount, in the smallest unit of %(currency)s") % {"currency": row.currency}, "units",
        str(row.amount_minor), least=1, most=row.amount_minor,
    )  # fmt: skip
    fields = [amount, Field("reference", _("Reference at the payment provider"), required=False, most=100)]
    if row.kind == "refund":
        fields.append(Field("means", _("How it went back"), "choice", row.means,
                            options=[(one, means_words(one), "") for one in (SAME, *OTHER_MEANS)]))  # fmt: skip
    says = [
        _("%(kind)s of %(amount)s for %(order)s.") % {
            "kind": due_kind(row.kind), "amount": money(row.amount_minor, row.currency), "order": row.reference,
        },
        _("No money moves by this: it notes that it was done where payments are kept."),
    ]  # fmt: skip
    return Ask(_("Note that it was done"), _("It was done"), address("dues"), says=says, fields=fields, icon="check")


@doing.does
def do_done(visit: Visit, given: Given, due: int) -> Did:
    """Keep the payment; it closes what is due."""
    row = queries.due(due)
    new: dict[str, Any] = {"amount_minor": given.number("amount", least=1, most=row.amount_minor or 1)}
    if row.kind == "refund" and given.values.get("means"):
        new["form"] = given.choice("means", (SAME, *OTHER_MEANS))
    key = given.text("token", longest=64) or uuid4().hex
    record_payment(
        row.order,
        NewPayment(DOES[row.kind], currency=row.currency, reference=given.text("reference", longest=100), **new),
        key=f"staff/{key}", due=due, actor=visit.actor,
    )  # fmt: skip
    said = _("Noted: %(kind)s of %(amount)s.")
    return Did(said % {"kind": due_kind(row.kind), "amount": money(new["amount_minor"], row.currency)}, address("dues"))


@dropping.asks
def ask_drop(visit: Visit, given: Given, due: int) -> Ask:
    """Decide that it need not be done."""
    row = queries.due(due)
    says = []
    if row.paragraph:
        says.append(_("The law asks for it (%(paragraph)s): have a good reason.") % {"paragraph": row.paragraph})
    note = Field("note", _("Why"), most=200)
    named = {"amount": money(row.amount_minor, row.currency), "order": row.reference}
    title = _("Drop %(amount)s for %(order)s?") % named
    return Ask(title, _("Drop it"), address("dues"), says=says, fields=[note], danger=True)


@dropping.does
def do_drop(visit: Visit, given: Given, due: int) -> Did:
    """Drop it."""
    note = given.text("note", longest=200)
    if not note:
        raise invalid("note", _("Say why."))
    queries.drop(due, note=note, actor=visit.actor)
    return Did(_("Dropped."), address("dues"))

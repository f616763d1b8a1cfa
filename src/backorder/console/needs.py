"""What needs a person now: each with its deadline and what is at stake, the law first, then by deadline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backorder.journal import follow
from backorder.notices import deliveries, threads
from backorder.notices import queries as notices
from backorder.orders.showing import exceptions, queue
from backorder.payments import queries as payments
from backorder.stock import marks

from .door import Visit, address
from .states import State, counted
from .templatetags.look import count, day, sums

MANY = 100
# A day's work ends then; what must be done today is due by it.
EVENING = time(17)
BEHIND_SECONDS = 60
MARKED_MANY = 5_000
REFUND_DAYS = 2


@dataclass(frozen=True, slots=True)
class Need:
    """One thing to do: its kind as a pill, what it is, by when, what is at stake, and where it is done."""

    kind: State
    what: str
    more: str
    by: datetime
    at_stake: str
    url: str
    button: str
    is_law: bool = False


def needs(visit: Visit) -> list[Need]:
    """Everything that needs somebody, the most pressing first."""
    evening = datetime.combine(visit.now.date(), EVENING, tzinfo=UTC)
    found = [need for look in LOOKS for need in look(visit, evening)]
    return sorted(found, key=lambda need: (not need.is_law, need.by))


def _cases(visit: Visit, evening: datetime) -> list[Need]:
    cases = [one for one in notices.open_cases(limit=MANY) if one.deadline_at is not None]
    if not cases:
        return []
    first = cases[0]
    what = ngettext("%(n)s case of the delay law is open", "%(n)s cases of the delay law are open", len(cases))
    return [
        Need(
            State("law", "law", _("Law")),
            what % {"n": _many(len(cases))},
            _("The next step is due by law; %(paragraph)s.") % {"paragraph": first.paragraph or first.jurisdiction},
            first.deadline_at or evening,
            "–",
            _where_cases_are(visit, first, len(cases)),
            _("Open the first") if len(cases) == 1 else _("See them"),
            is_law=True,
        )
    ]


def _refunds(visit: Visit, evening: datetime) -> list[Need]:
    """Refunds whose last day is near or over; money that is not sent in time breaks the law."""
    near = visit.now + timedelta(days=REFUND_DAYS)
    found = [one for one in payments.dues(state="open", kind="refund", limit=MANY) if one.by_at and one.by_at <= near]
    if not found:
        return []
    what = ngettext("%(n)s refund is due", "%(n)s refunds are due", len(found)) % {"n": _many(len(found))}
    more = _("The first is of order %(reference)s; it must be sent before its last day ends.") % {
        "reference": found[0].reference
    }
    worth: Counter[str] = Counter()
    for one in found:
        worth[one.currency] += one.amount_minor
    url = f"{address('dues')}?kind=refund"
    by = found[0].by_at or evening
    return [Need(State("law", "law", _("Refund")), what, more, by, sums(worth), url, _("Send them"), is_law=True)]


def _where_cases_are(visit: Visit, first: notices.CaseRow, many: int) -> str:
    """The case, or the list of them; the order, for who may not read what is told to customers."""
    if not visit.may("notices:read"):
        return address("order", first.order)
    return address("case", first.id) if many == 1 else address("cases")


def _late(visit: Visit, evening: datetime) -> list[Need]:
    found = queue.counted({"state": "late"}, now=visit.now)
    if not found.lines:
        return []
    what = ngettext("%(n)s promise is overdue", "%(n)s promises are overdue", found.lines) % {"n": counted(found)}
    more = _("The day has passed and the goods have not left. Promise a new day, replace or cancel.")
    url = f"{address('backorders')}?state=late"
    return [Need(State("late", "late", _("Late")), what, more, visit.now, sums(found.value), url, _("See them"))]


def _unsupplied(visit: Visit, evening: datetime) -> list[Need]:
    found = queue.counted({"state": "unsupplied"}, now=visit.now)
    if not found.lines:
        return []
    what = ngettext("%(n)s line has no supply behind it", "%(n)s lines have no supply behind them", found.lines)
    more = _("Nothing that is on its way covers them. Somebody has to buy, or to tell the customers.")
    url = f"{address('backorders')}?state=unsupplied"
    kind = State("none", "none", _("No supply"))
    return [Need(kind, what % {"n": counted(found)}, more, evening, sums(found.value), url, _("Find supply"))]


def _overdue(visit: Visit, evening: datetime) -> list[Need]:
    found = exceptions.overdue(visit.now.date())
    if found is None:
        return []
    what = ngettext("%(n)s delivery is overdue", "%(n)s deliveries are overdue", found.deliveries)
    more = _("%(reference)s was due on %(day)s. %(units)s units are promised from what has not come.") % {
        "reference": found.reference, "day": day(found.eta, visit.now.date()), "units": count(found.pegged),
    }  # fmt: skip
    kind = State("risk", "slip", _("Overdue"))
    url = _first_that_is("inbound", "backorders")
    return [Need(kind, what % {"n": count(found.deliveries)}, more, evening, sums(found.value), url, _("Ask for days"))]


def _blocked(visit: Visit, evening: datetime) -> list[Need]:
    found = exceptions.blocked()
    if found is None:
        return []
    what = ngettext("%(n)s order is blocked", "%(n)s orders are blocked", found.orders) % {"n": count(found.orders)}
    more = _("%(reference)s waits the longest (%(kind)s). Blocked orders keep their units from others.") % {
        "reference": found.reference, "kind": found.kind,
    }  # fmt: skip
    url = f"{address('orders')}?state=blocked"
    kind = State("risk", "risk", _("Blocked"))
    return [Need(kind, what, more, evening + timedelta(days=1), sums(found.value), url, _("Review"))]


def _questions(visit: Visit, evening: datetime) -> list[Need]:
    asked = threads.threads(waits_for="staff", limit=MANY)
    if not asked:
        return []
    oldest = min(asked, key=lambda one: one.last_at)
    what = ngettext("%(n)s customer asked something", "%(n)s customers asked something", len(asked))
    more = _("Oldest: “%(subject)s”") % {"subject": oldest.subject[:120]}
    url = address("order", oldest.order) if oldest.order else _first_that_is("messages", "orders")
    kind = State("", "ask", _("Question"))
    return [
        Need(kind, what % {"n": _many(len(asked))}, more, oldest.last_at + timedelta(hours=4), "–", url, _("Answer"))
    ]


def _undelivered(visit: Visit, evening: datetime) -> list[Need]:
    dead = notices.notices(state="dead", limit=MANY)
    letters = deliveries.list_deliveries(state="dead", limit=MANY) if visit.may("webhooks") else []
    found = []
    kind = State("", "mail", _("Undelivered"))
    if dead:
        what = ngettext("%(n)s notice could not be delivered", "%(n)s notices could not be delivered", len(dead))
        more = _("The last one: %(error)s") % {"error": dead[0].last_error[:120]}
        url = address("order", dead[0].order) if dead[0].order else _first_that_is("messages", "orders")
        found.append(Need(kind, what % {"n": _many(len(dead))}, more, evening, "–", url, _("Look")))
    if letters:
        what = ngettext("%(n)s webhook message was given up", "%(n)s webhook messages were given up", len(letters))
        more = _("A connected system did not take them; it may miss what happened.")
        url = _first_that_is("settings", "today")
        found.append(Need(kind, what % {"n": _many(len(letters))}, more, evening, "–", url, _("Look")))
    return found


def _stuck(visit: Visit, evening: datetime) -> list[Need]:
    behind = [(seconds, name) for name, seconds in follow.lags().items() if seconds > BEHIND_SECONDS]
    marked = len(marks.waiting(MARKED_MANY + 1))
    if not behind and marked <= MARKED_MANY:
        return []
    seconds, name = max(behind, default=(0.0, ""))
    what = _("The worker does not keep up")
    more = (
        _("“%(name)s” is %(minutes)s min behind.") % {"name": name, "minutes": int(seconds // 60)}
        if behind
        else _("More than %(n)s items wait to be decided again.") % {"n": count(MARKED_MANY)}
    )
    kind = State("late", "bolt", _("Stuck"))
    return [Need(kind, what, more, visit.now, "–", _first_that_is("settings", "today"), _("Look"))]


Look = Callable[[Visit, datetime], list[Need]]
LOOKS: tuple[Look, ...] = (_cases, _refunds, _late, _unsupplied, _overdue, _blocked, _questions, _undelivered, _stuck)


def _many(n: int) -> str:
    return f"{n}+" if n >= MANY else str(n)


def _first_that_is(*names: str) -> str:
    for name in names:
        try:
            return reverse(f"console:{name}")
        except NoReverseMatch:
            continue
    return address("today")

"""How a line that waits stands, in one pill and one drawing: the worst is said first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backorder.orders.showing import queue
from backorder.orders.showing.queue import Counted, Row

from .templatetags.look import count, day, days

SLACK = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class State:
    """A pill: tone, icon and word."""

    tone: str
    icon: str
    word: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A row of the queue as it is drawn: state, units, and the promise in words with what was said before."""

    row: Row
    state: State
    units: list[tuple[str, int]]
    promise: str
    before: str
    reason: str
    age: int
    supply: str
    arrives: str


def shown(row: Row, *, today: date) -> Shown:
    """Everything a row of the queue says."""
    return Shown(
        row=row,
        state=state(row, today=today),
        units=units(row, today=today),
        promise=promise(row, today=today),
        before=before(row, today=today),
        reason=reason(row),
        age=max((today - row.ordered_at.date()).days, 0),
        supply=row.arrivals[-1].reference if row.arrivals else "",
        arrives=_arrives(row, today=today),
    )


def counted(found: Counted) -> str:
    """A count in figures: `37`, `1,000+`."""
    n = min(found.lines, queue.COUNTED)
    return f"{count(n)}+" if found.more else count(n)


def state(row: Row, *, today: date) -> State:
    """The pill of a line."""
    late = row.days_late(today)
    if late:
        return State("late", "late", ngettext("%(n)s day late", "%(n)s days late", late) % {"n": late})
    if row.unsupplied and not row.is_unreleased:
        return State("none", "none", _("No supply"))
    if row.promised_on is None:
        return State("none", "none", _("No date"))
    slipped = row.slipped_days
    if slipped > 0:
        return State("risk", "slip", ngettext("Slipped %(n)s day", "Slipped %(n)s days", slipped) % {"n": slipped})
    if row.is_at_risk:
        return State("risk", "risk", _("At risk"))
    if slipped < 0:
        return State("kept", "up", ngettext("Sooner by %(n)s day", "Sooner by %(n)s days", -slipped) % {"n": -slipped})
    if row.is_unreleased:
        return State("", "cal", _("Preorder"))
    return State("kept", "kept", _("On time"))


def units(row: Row, *, today: date) -> list[tuple[str, int]]:
    """Its units as groups to draw: gone, here, to come, to come late, without supply."""
    coming = max(row.open - row.unsupplied, 0)
    is_slipped = row.slipped_days > 0 or row.days_late(today) > 0
    return [
        ("gone", row.shipped),
        ("now", row.allocated + row.released),
        ("slip" if is_slipped else "later", coming),
        ("none", row.unsupplied),
    ]


def promise(row: Row, *, today: date) -> str:
    """`5 now, 2 on 12–16 Dec`."""
    told = []
    if here := row.allocated + row.released:
        told.append(_("%(n)s now") % {"n": count(here)})
    waiting = [part for part in row.parts if part.backing != "stock"]
    last = waiting[-1] if waiting else None
    if last is None or row.promised_on is None:
        told.append(_("%(n)s, no date") % {"n": count(row.open)})
    elif row.days_late(today):
        told.append(_("%(n)s overdue") % {"n": count(row.open)})
    else:
        on = days(last.deliver_from_on, last.deliver_on, today)
        told.append(_("%(n)s on %(days)s") % {"n": count(row.open), "days": on})
    return ", ".join(told)


def before(row: Row, *, today: date) -> str:
    """What was said first, beside what is said now."""
    if row.first_promised_on is None:
        return _("never promised")
    if row.days_late(today):
        return _("was promised for %(day)s") % {"day": day(row.first_promised_on, today)}
    if row.slipped_days:
        return _("first said %(day)s") % {"day": day(row.first_promised_on, today)}
    return _("as first said")


def reason(row: Row) -> str:
    """Why it waits, in a few words."""
    said = {
        "eta": _("The delivery moved"),
        "cancelled_supply": _("The delivery was cancelled"),
        "count": _("The count was short"),
        "counted": _("The count was short"),
        "adjusted": _("Stock was corrected"),
        "adjustment": _("Stock was corrected"),
        "receipt": _("Fewer came than were due") if row.slipped_days > 0 else _("More sold than came"),
        "short_pick": _("Missing when picked"),
        "new_day": _("The delivery is overdue") if row.is_at_risk else _("A day passed"),
        "cancelled": _("Another order gave units back"),
        "returned": _("Units came back"),
        "new_supply": _("Waits for a new delivery"),
        "edited": _("The order was edited"),
        "substitute": _("Offered instead of another item"),
        "split": _("Split off"),
        "pinned": _("Pinned to a delivery"),
        "set": _("Waits for what it ships with"),
        "run": _("Decided by a run"),
    }
    if row.is_unreleased:
        return _("Not on sale yet")
    if row.cause in said:
        return said[row.cause]
    return _("More sold than bought") if row.unsupplied else _("More sold than was there")


def _arrives(row: Row, *, today: date) -> str:
    if not row.arrivals:
        return ""
    last = row.arrivals[-1]
    says = _("overdue since %(day)s") if last.eta < today else _("arrives %(day)s")
    more = len(row.arrivals) - 1
    return says % {"day": day(last.eta, today)} + (f", +{more}" if more else "")

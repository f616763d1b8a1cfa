"""Today: what needs a person, by deadline and value; how we stand; what settled itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backorder.access import staff
from backorder.catalog import queries as catalog
from backorder.journal import feed
from backorder.journal.entries import Entry
from backorder.orders.names import order_names
from backorder.supply import queries as supply

from . import charts, facts, measuring
from .door import Visit, address, page
from .measuring import Stand
from .needs import needs
from .templatetags.look import count, day, whole
from .words import actor_name

FEED = 300
SHOWN = 6
WEEKS_BACK = 10
# What moves many promises at once is worth telling; single orders are not.
TOLD = frozenset(
    {
        "supply.received", "supply.eta_moved", "supply.reduced", "stock.counted", "stock.adjusted",
        "order.cancelled", "books.repaired", "line.unsupplied", "run.committed", "release.short",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with what it is made of: its unit, a sentence beside it, its way so far, and where it is broken down."""

    label: str
    value: str
    unit: str
    more: str
    path: str
    ground: str
    tone: str
    url: str


@dataclass(frozen=True, slots=True)
class Settled:
    """Something that settled itself."""

    at: datetime
    icon: str
    tone: str
    about: str
    says: str
    who: str


@page("", name="today", needs="orders:read")
def today(visit: Visit) -> HttpResponse:
    """The first page of the day."""
    found = needs(visit)
    days = measuring.stood()
    return visit.render(
        "console/today.html",
        title=_("Today"),
        hello=_hello(visit),
        says=_says(len(found)),
        needs=found,
        figures=_figures(days),
        measured=days[-1] if days else None,
        settled=_settled(),
        today=visit.now.date(),
        weeks=_weeks(days),
        kept=_kept(days, visit.now.date()),
        backlog=_backlog(days),
    )


def _hello(visit: Visit) -> str:
    hour = timezone.localtime(visit.now).hour
    name = visit.person.name.split()[0] if visit.person.name.split() else ""
    if hour < 11:
        return _("Good morning, %(name)s") % {"name": name}
    return (_("Good evening, %(name)s") if hour >= 18 else _("Hello, %(name)s")) % {"name": name}


def _says(n: int) -> str:
    if not n:
        return _("Nothing needs a person now. Everything settles itself.")
    return ngettext("%(n)s thing needs a person.", "%(n)s things need a person.", n) % {"n": n}


# -- how we stand ------------------------------------------------------------------------------------------------------


def _figures(days: Sequence[Stand]) -> list[Figure]:
    if not days or days[-1].lines is None:
        return []
    now = days[-1]
    queue_url = address("backorders")
    value = " + ".join(whole(worth, currency) for currency, worth in now.value.items()) or "–"
    lines = ngettext("%(n)s line", "%(n)s lines", now.lines or 0) % {"n": count(now.lines)}
    oldest = ngettext("oldest %(n)s day", "oldest %(n)s days", now.oldest or 0) % {"n": now.oldest or 0}
    units = [float(one.waiting) for one in days]
    ages = [float(one.median_age) for one in days if one.median_age is not None]
    return [
        Figure(_("Waiting, value"), value, "", lines,
               *charts.spark(units), "acc", queue_url),
        Figure(_("Median age"), str(now.median_age or 0), ngettext("day", "days", now.median_age or 0), oldest,
               *charts.spark(ages), "acc", f"{queue_url}?sort=age"),
        _share(days, _("Kept, first date"), lambda one: (one.first, one.left), _("of what left in 4 weeks"),
               f"{queue_url}?state=slipped"),
        _share(days, _("Fill rate"), lambda one: (one.filled, one.asked), _("of units from the shelf at first ask"),
               queue_url),
    ]  # fmt: skip


def _share(days: Sequence[Stand], label: str, part: Callable[[Stand], tuple[int, int]], more: str, url: str) -> Figure:
    weeks = [_percent(days[n : n + 7], part) for n in range(max(len(days) - 7 * WEEKS_BACK, 0), len(days), 7)]
    way = [value for value in weeks if value is not None]
    lately = _percent(days[-28:], part)
    before = _percent(days[-56:-28], part)
    shown = "–" if lately is None else number_format(lately, 1)
    if lately is not None and before is not None and abs(lately - before) >= 0.05:
        said = _("down %(n)s in 4 weeks") if lately < before else _("up %(n)s in 4 weeks")
        more = said % {"n": number_format(abs(lately - before), 1)}
    tone = "late" if lately is not None and before is not None and lately < before - 1 else "acc"
    return Figure(label, shown, "%" if lately is not None else "", more, *charts.spark(way), tone, url)


def _percent(days: Sequence[Stand], part: Callable[[Stand], tuple[int, int]]) -> float | None:
    counted = [part(one) for one in days]
    whole = sum(of for _kept, of in counted)
    return 100 * sum(kept for kept, _of in counted) / whole if whole else None


def _weeks(days: Sequence[Stand]) -> dict[str, Any]:
    weeks = days[-1].weeks if days else ()
    if not any(week.arriving or week.promised for week in weeks):
        return {}
    ticks, drawn = charts.pairs([(week.arriving, week.promised) for week in weeks])
    short = [max(week.promised - week.arriving, 0) for week in weeks]
    worst = max(range(len(weeks)), key=lambda n: short[n])
    finding = _("No week is short.")
    if short[worst]:
        finding = _("The week of %(day)s is %(units)s units short.") % {
            "day": day(weeks[worst].monday), "units": count(short[worst]),
        }  # fmt: skip
    columns = zip(weeks, drawn, short, strict=True)
    return {"ticks": ticks, "columns": list(columns), "finding": finding, "worst": worst if short[worst] else None}


def _kept(days: Sequence[Stand], today: date) -> dict[str, Any]:
    weeks = _by_week(days, today)
    firsts = [_percent(week, lambda one: (one.first, one.left)) for week in weeks.values()]
    latests = [_percent(week, lambda one: (one.latest, one.left)) for week in weeks.values()]
    if not any(value is not None for value in firsts):
        return {}
    ticks, (first, latest) = charts.lines([firsts, latests])
    mondays = list(weeks)
    apart = (charts.WIDTH - 8 - charts.LEFT) / max(len(mondays) - 1, 1)
    marks = [(round(charts.LEFT + n * apart, 1), mondays[n]) for n in range(0, len(mondays), 3)]
    table = list(zip(mondays, firsts, latests, strict=True))
    last = next(((f, n) for f, n in zip(reversed(firsts), reversed(latests), strict=True) if f is not None), (0, 0))
    return {"ticks": ticks, "first": first, "latest": latest, "marks": marks, "table": table, "last": last}


def _by_week(days: Sequence[Stand], today: date) -> dict[date, list[Stand]]:
    monday = today - timedelta(days=today.weekday())
    weeks: dict[date, list[Stand]] = {monday - timedelta(weeks=n): [] for n in range(WEEKS_BACK - 1, -1, -1)}
    for one in days:
        start = one.on - timedelta(days=one.on.weekday())
        if start in weeks:
            weeks[start].append(one)
    return weeks


def _backlog(days: Sequence[Stand]) -> dict[str, Any]:
    if len(days) < 2 or not any(one.waiting for one in days):
        return {}
    ticks, ground, line = charts.area([float(one.waiting) for one in days])
    apart = (charts.WIDE - 8 - charts.LEFT) / (len(days) - 1)
    step = max(len(days) // 4, 1)
    marks = [(round(charts.LEFT + n * apart, 1), days[n].on) for n in range(0, len(days) - step // 2, step)]
    then, now = days[0].waiting, days[-1].waiting
    finding = _("%(now)s units wait; %(then)s did on %(day)s.") % {
        "now": count(now), "then": count(then), "day": day(days[0].on),
    }  # fmt: skip
    return {"ticks": ticks, "ground": ground, "line": line, "marks": marks, "finding": finding, "table": days[::-7]}


# -- what settled itself -----------------------------------------------------------------------------------------------


def _settled() -> list[Settled]:
    entries = feed.search(limit=FEED).entries
    told = [entry for entry in entries if entry.fact in TOLD][:SHOWN]
    names = staff.names(entry.actor for entry in told)
    about = _about(told)
    return [_happened(entry, names, about.get(entry.subject, "")) for entry in told]


def _about(entries: Sequence[Entry]) -> dict[str, str]:
    """What the subjects are called: an order's reference, a delivery's and its item."""
    ids = {kind: [int(id) for id in found] for kind, found in _subjects(entries).items()}
    orders = order_names(ids.get("order", ()))
    deliveries = supply.supplies(ids.get("supply", ()))
    items = catalog.items({*(row.item for row in deliveries.values()), *ids.get("item", ())})
    found = {f"order/{id}": name.reference for id, name in orders.items()}
    found |= {f"supply/{id}": f"{row.reference}, {items[row.item].name}" for id, row in deliveries.items()}
    return found | {f"item/{id}": items[id].name for id in ids.get("item", ()) if id in items}


def _subjects(entries: Sequence[Entry]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for entry in entries:
        kind, _slash, id = entry.subject.partition("/")
        if id.isdecimal():
            found.setdefault(kind, set()).add(id)
    return found


def _happened(entry: Entry, names: Mapping[str, str], about: str) -> Settled:
    icon, tone = facts.drawn(entry.fact)
    return Settled(entry.at, icon, tone, about, facts.say(entry), actor_name(entry.actor, dict(names)))

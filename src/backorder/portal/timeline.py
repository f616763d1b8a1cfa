"""Every date that was ever given for an order, the latest first, and what moved it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils.formats import time_format
from django.utils.translation import gettext as _

from backorder.notices.story import Batch, LineStory
from backorder.orders.deciding.promised import Promised, PromisedPart

from .standing import Order, reason

MOST = 30


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing we said. `tone` is kept, late or blank; the icon says the same."""

    at: datetime
    when: str
    icon: str
    tone: str
    name: str
    title: str
    says: str


def entries(order: Order) -> list[Entry]:
    """What was said of every item, the latest first, at most MOST."""
    named = len(order.lines) > 1
    told = [entry for line in order.lines for entry in _of_line(order, line, named=named)]
    return sorted(told, key=lambda entry: entry.at, reverse=True)[:MOST]


def _of_line(order: Order, line: LineStory, *, named: bool) -> Iterator[Entry]:
    before: Promised | None = None
    for version in _versions(order, line):
        if before is not None and _says_the_same(before, version):
            continue
        yield _entry(order, line, version, before, named=named)
        before = version


def _versions(order: Order, line: LineStory) -> list[Promised]:
    """The line's own versions; of a kit those of the part that was promised last, as it tells the kit's day."""
    own = [one.id for one in order.view.lines if one.kit_line == line.id] or [line.id]
    told = [list(order.promises[id]) for id in own if order.promises.get(id)]
    return max(told, key=lambda versions: _last(versions[-1]) or date.min, default=[])


def _entry(order: Order, line: LineStory, version: Promised, before: Promised | None, *, named: bool) -> Entry:
    was, now = (_last(before) if before else None), _last(version)
    fewer = before is not None and _units(version) < _units(before) and (now is None or was is None or now <= was)
    is_later = before is not None and (now is None or (was is not None and now > was))
    icon, tone = ("check", "") if before is None or fewer else ("slip", "late") if is_later else ("up", "kept")
    cause = _("Your order was changed.") if fewer and version.cause in {"cancelled", "edited", "substitute"} else ""
    return Entry(
        at=version.at,
        when=_when(order, version.at),
        icon=icon,
        tone=tone,
        name=line.name if named else "",
        title=_title(order, version),
        says=cause or reason(version.cause, is_later=is_later),
    )


def _title(order: Order, version: Promised) -> str:
    parts = _together(version)
    if not parts:
        return _("No date could be given")
    if len(parts) == 1:
        return _("All %(n)s on %(when)s") % {"n": parts[0].units, "when": order.span(parts[0])}
    return ", ".join(_("%(n)s on %(when)s") % {"n": part.units, "when": order.span(part)} for part in parts)


def _together(version: Promised) -> list[Batch]:
    """The parts of a promise with those of the same days as one."""
    units: dict[tuple[date, date], int] = {}
    for part in version.parts:
        key = part.deliver_from_on, part.deliver_on
        units[key] = units.get(key, 0) + part.units
    return [Batch(n, first, last) for (first, last), n in sorted(units.items())]


def _says_the_same(before: Promised, after: Promised) -> bool:
    def told(parts: tuple[PromisedPart, ...]) -> list[tuple[int, date, date]]:
        return [(part.units, part.deliver_from_on, part.deliver_on) for part in parts]

    return told(before.parts) == told(after.parts)


def _last(version: Promised) -> date | None:
    return max((part.deliver_on for part in version.parts), default=None)


def _units(version: Promised) -> int:
    return sum(part.units for part in version.parts)


def _when(order: Order, at: datetime) -> str:
    local = at.astimezone(ZoneInfo(order.view.zone))
    clock = time_format(local.time(), "H:i")
    if local.date() == order.today:
        return _("Today %(time)s") % {"time": clock}
    return f"{order.day(local.date())}, {clock}"

"""What to say on the phone: an order in a few sentences, the goods that are here first, the reason beside the date.

Pure: it is given everything and asks nobody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backorder.orders.reading import LineView, OrderView
from backorder.orders.showing.queue import Row

from .states import reason
from .templatetags.look import count, days, weekday


@dataclass(frozen=True, slots=True)
class Said:
    """Pieces of a paragraph; the `strong` ones are what the caller asked for."""

    text: str
    strong: bool = False


def says(order: OrderView, waiting: Mapping[int, Row], names: Mapping[str, str], *, today: date) -> list[Said]:
    """The paragraph, sentence by sentence."""
    lines = [line for line in order.lines if line.kit_units is None]
    told = [*_gone(lines, names), *_here(lines, names, today=today)]
    told += _later([(line, waiting[line.id]) for line in lines if line.id in waiting], names, today=today)
    if any(block.lifted_at is None for block in order.blocks):
        told.append(Said(_("Nothing leaves before the block is lifted.")))
    if not told:
        told.append(Said(_("Nothing of this order is owed any more.")))
    if order.ship == "together" and waiting:
        told.append(Said(_("Everything is sent together, as was asked for.")))
    return told


def _gone(lines: Sequence[LineView], names: Mapping[str, str]) -> list[Said]:
    gone = [line for line in lines if line.shipped]
    if not gone:
        return []
    what = _listed([_units(line.shipped, line, names) for line in gone])
    said = ngettext("%(what)s has left already.", "%(what)s have left already.", sum(line.shipped for line in gone))
    return [Said(said % {"what": what})]


def _here(lines: Sequence[LineView], names: Mapping[str, str], *, today: date) -> list[Said]:
    told = []
    if packed := [line for line in lines if line.released]:
        what = _listed([_units(line.released, line, names) for line in packed])
        said = ngettext("%(what)s is being packed.", "%(what)s are being packed.",
                        sum(line.released for line in packed))  # fmt: skip
        told.append(Said(said % {"what": what}, strong=True))
    if here := [line for line in lines if line.allocated]:
        told += _on_the_shelf(here, names, today=today)
    return told


def _on_the_shelf(here: Sequence[LineView], names: Mapping[str, str], *, today: date) -> list[Said]:
    parts = [part for line in here for part in line.parts if part.supply is None]
    leaves = min((part.ship_on for part in parts), default=today)
    arrives = max((part.deliver_on for part in parts), default=None)
    units = sum(line.allocated for line in here)
    what = _listed([_units(line.allocated, line, names) for line in here])
    if leaves <= today:
        said = ngettext("%(what)s is on the shelf and can leave today.",
                        "%(what)s are on the shelf and can leave today.", units)  # fmt: skip
    else:
        said = ngettext("%(what)s is on the shelf and leaves on %(day)s.",
                        "%(what)s are on the shelf and leave on %(day)s.", units)  # fmt: skip
    told = [Said(said % {"what": what, "day": weekday(leaves)}, strong=True)]
    if arrives is not None and arrives >= today:
        told.append(Said(_("That should arrive by %(day)s.") % {"day": weekday(arrives)}))
    return told


def _later(found: Sequence[tuple[LineView, Row]], names: Mapping[str, str], *, today: date) -> list[Said]:
    """One sentence for all lines of which the same is to be said."""
    groups: dict[tuple[str, str], list[tuple[LineView, Row]]] = {}
    for line, row in found:
        groups.setdefault(_tail(row, today=today), []).append((line, row))
    told = []
    for (one, many), members in groups.items():
        units = sum(row.open for _, row in members)
        what = _listed([_units(row.open, line, names) for line, row in members])
        told.append(Said((one if units == 1 else many) % {"what": what}, strong=True))
    return told


def _tail(row: Row, *, today: date) -> tuple[str, str]:
    """What is said of one unit and of several, with the units still to be named."""
    last = next((part for part in reversed(row.parts) if part.backing != "stock"), None)
    why = reason(row).replace("%", "%%")
    if last is None or row.promised_on is None:
        both = _("For %(what)s no date can be given yet: %(why)s.")
        return _twice(both, both, why=why)
    late = row.days_late(today)
    if late:
        days_late = ngettext("%(n)s day", "%(n)s days", late) % {"n": late}
        one = _("%(what)s is %(late)s late: %(why)s.")
        many = _("%(what)s are %(late)s late: %(why)s.")
        return _twice(one, many, late=days_late, why=why)
    on = days(last.deliver_from_on, last.deliver_on, today)
    if row.unsupplied:
        both = _("%(what)s should come %(days)s, but for %(n)s nothing is on its way yet.")
        return _twice(both, both, days=on, n=count(row.unsupplied))
    slipped = row.slipped_days
    apart = ngettext("%(n)s day", "%(n)s days", abs(slipped)) % {"n": abs(slipped)}
    if slipped > 0:
        one = _("%(what)s comes %(days)s, %(apart)s later than first said: %(why)s.")
        many = _("%(what)s come %(days)s, %(apart)s later than first said: %(why)s.")
    elif slipped < 0:
        one = _("%(what)s comes %(days)s, %(apart)s sooner than first said.")
        many = _("%(what)s come %(days)s, %(apart)s sooner than first said.")
    else:
        one, many = _("%(what)s comes %(days)s, as first said."), _("%(what)s come %(days)s, as first said.")
    return _twice(one, many, days=on, apart=apart, why=why)


def _twice(one: str, many: str, **values: str) -> tuple[str, str]:
    left = {"what": "%(what)s", **{name: value[:1].lower() + value[1:] if name == "why" else value
                                   for name, value in values.items()}}  # fmt: skip
    return one % left, many % left


def _units(units: int, line: LineView, names: Mapping[str, str]) -> str:
    name = names.get(line.sku, line.sku)
    whole = line.ordered - line.cancelled - line.substituted
    if units < whole:
        return _("%(n)s of %(whole)s %(item)s") % {"n": count(units), "whole": count(whole), "item": name}
    return f"{count(units)} {name}"


def _listed(things: Sequence[str]) -> str:
    if len(things) > 4:
        return _("%(first)s and %(n)s more") % {"first": ", ".join(things[:3]), "n": len(things) - 3}
    if len(things) < 2:
        return "".join(things)
    return _("%(first)s and %(last)s") % {"first": ", ".join(things[:-1]), "last": things[-1]}

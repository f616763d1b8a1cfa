"""What a template may say of an order, in the customer's language: the values of its variables, and the two pictures.

Everything is plain text, numbers, lists and mappings of them; a sample of the same shape checks templates.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .. import saying
from ..story import Batch, LineStory
from .letter import MOST_DRAWN, Row

MOST_NAMES = 4


def when(batches: Sequence[Batch], *, locale: str, today: date) -> str:
    """By when these units are there: "12–16 December", or that nobody can say."""
    dated = [batch for batch in batches if batch.to_on is not None]
    if not batches or len(dated) < len(batches):
        return _("no date yet")
    first = min(batch.from_on for batch in dated if batch.from_on is not None)
    last = max(batch.to_on for batch in dated if batch.to_on is not None)
    return saying.span(first, last, locale=locale, today=today)


def in_short(line: LineStory, *, locale: str, today: date) -> str:
    """A line in a few words: "5 now, 2 on 12–16 December"."""
    told = []
    if line.now_units:
        told.append(_("%(n)s now") % {"n": line.now_units})
    for batch in line.later:
        on = when([batch], locale=locale, today=today)
        told.append(_later(batch.units, on, is_dated=batch.to_on is not None))
    if line.shipped and line.owed:
        told.insert(0, _("%(n)s on the way") % {"n": line.shipped})
    return ", ".join(told) or _("all on the way")


def line_values(line: LineStory, *, first_said: str, locale: str, today: date) -> dict[str, Any]:
    """One line as a template sees it; `first_said` are the days told before, blank if they are the same."""
    return {
        "name": line.name,
        "sku": line.sku,
        "units": line.wanted,
        "now": line.now_units,
        "later": line.later_units,
        "shipped": line.shipped,
        "now_when": when(line.now, locale=locale, today=today) if line.now else "",
        "later_when": when(line.later, locale=locale, today=today) if line.later else "",
        "when": when((*line.now, *line.later), locale=locale, today=today) if line.owed else "",
        "first_said": first_said,
        "short": in_short(line, locale=locale, today=today),
        "is_undated": line.owed > 0 and line.last_on is None,
        "days_late": line.days_late,
    }


def named(line: LineStory, units: int) -> str:
    """ "2 × Brass star": units of an item, whatever its name is in the plural."""
    return f"{units} × {line.name}"


def all_named(pairs: Sequence[tuple[LineStory, int]]) -> str:
    """Units of several items in one phrase, the first few of them by name."""
    told = [named(line, units) for line, units in pairs[:MOST_NAMES]]
    if (more := len(pairs) - len(told)) > 0:
        told.append(ngettext("%(n)s more item", "%(n)s more items", more) % {"n": more})
    return saying.listed(told, last=_("and")) if told else ""


def headline(lines: Sequence[LineStory], *, locale: str, today: date) -> str:
    """What comes now and later of these lines, in one sentence."""
    now, later = sum(line.now_units for line in lines), sum(line.later_units for line in lines)
    if not later:
        return _("Everything leaves now.") if now else _("Everything is on its way.")
    on = when([batch for line in lines for batch in line.later], locale=locale, today=today)
    is_dated = all(line.last_on is not None for line in lines if line.later)
    if not now:
        if not is_dated:
            return ngettext(
                "%(n)s comes later; we cannot give a date yet.", "%(n)s come later; we cannot give a date yet.", later
            ) % {"n": later}
        return ngettext("%(n)s comes %(when)s.", "%(n)s come %(when)s.", later) % {"n": later, "when": on}
    if not is_dated:
        return _("%(now)s now, %(later)s later; we cannot give a date yet.") % {"now": now, "later": later}
    return _("%(now)s now, %(later)s on %(when)s.") % {"now": now, "later": later, "when": on}


def units_of(line: LineStory) -> list[str]:
    """The state of each unit, for drawing; none if there are too many."""
    if line.wanted > MOST_DRAWN:
        return []
    return ["left"] * line.shipped + ["now"] * line.now_units + ["later"] * line.later_units


def rows_of(
    focus: Sequence[LineStory], others: Sequence[LineStory], *, first_said: str, locale: str, today: date
) -> list[Row]:
    """The table: one line batch by batch, several lines each in short, and what else leaves now."""
    if len(focus) != 1:
        rows = [Row(named(line, line.wanted), in_short(line, locale=locale, today=today)) for line in focus]
    else:
        rows = _batches(focus[0], first_said=first_said, locale=locale, today=today)
    leaving = [(line, line.now_units) for line in others if line.now_units]
    if leaving:
        rows.append(Row(_("Also now"), all_named(leaving)))
    waiting = [line for line in others if line.later_units]
    rows += [Row(named(line, line.later_units), when(line.later, locale=locale, today=today)) for line in waiting]
    return rows


def _batches(line: LineStory, *, first_said: str, locale: str, today: date) -> list[Row]:
    rows = []
    if line.shipped:
        rows.append(Row(_("%(n)s on the way") % {"n": line.shipped}, _("already sent")))
    rows += [
        Row(_("%(n)s now") % {"n": batch.units}, _with_you([batch], locale=locale, today=today)) for batch in line.now
    ]
    for n, batch in enumerate(line.later):
        text = _with_you([batch], locale=locale, today=today)
        if first_said and n == len(line.later) - 1:
            text += " " + _("(said before: %(when)s)") % {"when": first_said}
        if not batch.is_certain and batch.to_on is not None:
            text += " " + _("(not certain)")
        rows.append(Row(_("%(n)s later") % {"n": batch.units}, text))
    return rows


def _with_you(batches: Sequence[Batch], *, locale: str, today: date) -> str:
    on = when(batches, locale=locale, today=today)
    return _("with you %(when)s") % {"when": on} if batches[0].to_on is not None else on


def _later(units: int, on: str, *, is_dated: bool) -> str:
    if is_dated:
        return _("%(n)s on %(when)s") % {"n": units, "when": on}
    return _("%(n)s later, no date yet") % {"n": units}

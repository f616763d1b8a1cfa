"""What templates of the console draw and say: icons, units, days, instants, money. Drawn lengths are SVG geometry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.dateformat import format as date_format
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from backorder.console import refusals
from backorder.console.words import role_name
from backorder.journal.refusals import Refused

register = template.Library()

# Currencies whose minor unit is not a hundredth.
DIGITS = {"JPY": 0, "KRW": 0, "ISK": 0, "CLP": 0, "VND": 0, "KWD": 3, "BHD": 3, "TND": 3}
SIGNS = {"GBP": "£", "EUR": "€", "USD": "$", "JPY": "¥"}
BAR = 76
MOST_BOXES = 7


@register.simple_tag
def icon(name: str) -> SafeString:
    """An icon of the set; the word stands beside it."""
    return format_html('<svg class="i" aria-hidden="true"><use href="{}#i-{}"/></svg>', static("icons.svg"), name)


@register.filter
def money(minor: int | None, currency: str = "GBP") -> str:
    """`£1,234.50`."""
    if minor is None:
        return "–"
    digits = DIGITS.get(currency, 2)
    value = number_format(abs(minor) / 10**digits, decimal_pos=digits, use_l10n=True, force_grouping=True)
    sign = "−" if minor < 0 else ""
    shown = SIGNS.get(currency)
    return f"{sign}{shown}{value}" if shown else f"{sign}{value} {currency}"


def whole(minor: int, currency: str) -> str:
    """Money without its small change, for a figure that is read from afar: `£4,315`."""
    value = number_format(round(minor / 10 ** DIGITS.get(currency, 2)), use_l10n=True, force_grouping=True)
    return f"{SIGNS[currency]}{value}" if currency in SIGNS else f"{value} {currency}"


@register.filter
def sums(value: Mapping[str, int]) -> str:
    """Money in several currencies: `£12.00 + €3.00`."""
    return " + ".join(money(value[currency], currency) for currency in sorted(value)) or "–"


@register.filter
def count(n: int | None) -> str:
    """`1,284`."""
    return "–" if n is None else number_format(n, use_l10n=True, force_grouping=True)


@register.filter
def day(on: date | None, today: date | None = None) -> str:
    """`16 Dec`, with its year when that is not near."""
    if on is None:
        return "–"
    near = today is None or abs((on - today).days) < 200
    return date_format(on, pgettext("day", "j M") if near else pgettext("day with year", "j M Y"))


@register.filter
def weekday(on: date) -> str:
    """`Wed 16 Dec`."""
    return date_format(on, pgettext("day with weekday", "D j M"))


def days(first: date, last: date, today: date | None = None) -> str:
    """`12–16 Dec`, `30 Nov–2 Dec`."""
    if first == last:
        return day(last, today)
    if first.month == last.month and first.year == last.year:
        return f"{first.day}⁠–⁠{day(last, today)}"
    return f"{day(first, today)}⁠–⁠{day(last, today)}"


@register.simple_tag(name="days")
def days_tag(first: date, last: date, today: date | None = None) -> str:
    """A stretch of days."""
    return days(first, last, today)


@register.simple_tag
def when(at: datetime | None, now: datetime) -> SafeString:
    """An instant: relative while it is near, exact on hover."""
    if at is None:
        return mark_safe("–")
    local = timezone.localtime(at)
    exact = date_format(local, pgettext("instant", "D j M Y, H:i")) + f" {local.tzname()}"
    return format_html('<time datetime="{}" title="{}">{}</time>', at.isoformat(), exact, near(at, now))


def near(at: datetime, now: datetime) -> str:
    """`4 s ago`, `12 min ago`, `09:12`, `yesterday 17:03`, `16 Nov, 14:05`."""
    past = now - at
    if timedelta(0) <= past < timedelta(seconds=1):
        return _("now")
    if timedelta(0) <= past < timedelta(minutes=1):
        return _("%(n)s s ago") % {"n": int(past.total_seconds())}
    if timedelta(0) <= past < timedelta(hours=1):
        return _("%(n)s min ago") % {"n": int(past.total_seconds() // 60)}
    local, here = timezone.localtime(at), timezone.localtime(now)
    clock = date_format(local, "H:i")
    apart = (here.date() - local.date()).days
    named = {0: _("today %(clock)s"), 1: _("yesterday %(clock)s"), -1: _("tomorrow %(clock)s")}
    if apart in named:
        return named[apart] % {"clock": clock}
    return f"{day(local.date(), here.date())}, {clock}"


@register.filter
def age(number: int) -> str:
    """`3 days`."""
    return ngettext("%(n)s day", "%(n)s days", number) % {"n": number}


@register.simple_tag
def units(groups: Sequence[tuple[str, int]], *, big: bool = False) -> SafeString:
    """Units drawn as things: each group is (now, gone, later, slip, none; how many)."""
    total = sum(n for _kind, n in groups)
    if not total:
        return mark_safe("")
    boxes = _boxes(groups, total) if total <= MOST_BOXES else _stretches(groups, total)
    drawn = "".join(
        f'<rect class="u-{kind}" x="{x:g}" y="{0 if full else 0.5}" width="{w:g}" height="{10 if full else 9}" rx="2"/>'
        for kind, x, w, full in boxes
    )
    return mark_safe(
        f'<svg class="units{" big" if big else ""}" viewBox="0 0 {BAR} 10" preserveAspectRatio="xMinYMid"'
        f' aria-hidden="true">{drawn}</svg>'
    )


def _boxes(groups: Sequence[tuple[str, int]], total: int) -> list[tuple[str, float, float, bool]]:
    """One box for each unit."""
    width = min(12.0, (BAR - 2 * (total - 1)) / total)
    found, x = [], 0.0
    for kind, n in groups:
        for _number in range(n):
            found.append(_box(kind, x, width))
            x += width + 2
    return found


def _stretches(groups: Sequence[tuple[str, int]], total: int) -> list[tuple[str, float, float, bool]]:
    """One box for each group, as long as its share; none is too short to be seen."""
    parts = [(kind, n) for kind, n in groups if n]
    room = BAR - 2 * (len(parts) - 1)
    found, x = [], 0.0
    for kind, n in parts:
        width = max(4.0, round(room * n / total, 1))
        found.append(_box(kind, x, min(width, BAR - x)))
        x += width + 2
    return found


def _box(kind: str, x: float, width: float) -> tuple[str, float, float, bool]:
    # Outlined boxes are drawn half a line inwards.
    full = kind in ("now", "gone")
    return (kind, round(x, 2), round(width, 2), True) if full else (kind, round(x + 0.5, 2), round(width - 1, 2), False)


@register.simple_tag
def order_units(row: Any) -> SafeString:
    """The units of an order or line: gone, here, waiting."""
    return units([("gone", row.shipped), ("now", row.allocated + row.released), ("later", row.open)])


@register.simple_tag
def pill(state: Any) -> SafeString:
    """A state: icon, word, then colour. `state` has `tone`, `icon` and `word`."""
    return format_html('<span class="pill {}">{}{}</span>', state.tone, icon(state.icon), state.word)


@register.filter
def role(name: str) -> str:
    """A role as people say it."""
    return role_name(name)


@register.simple_tag
def line_value(line: Any, currency: str) -> str:
    """What a line is worth that is not cancelled or replaced."""
    units = line.ordered - line.cancelled - line.substituted
    return money(units * line.unit_price_minor - line.discount_minor, currency)


@register.filter
def intcount(value: float) -> str:
    """A number of a scale: whole, with its separators."""
    return count(round(value))


@register.filter
def said(refused: Refused) -> str:
    """A refusal in the language of the page."""
    return refusals.said(refused)

"""Days, money and units in the words of a language: "12–16 December", "12.–16. Dezember", "£5.90", "5,90 €".

Languages are those of the product; a locale such as en-US also chooses the order of day and month.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.utils import translation
from django.utils.dates import MONTHS

LANGUAGES = ("en", "de", "es", "fr")
FALLBACK = "en"

# What a currency's whole is divided into, where that is not a hundred (ISO 4217).
_WHOLE = ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF")
_DIGITS = {**dict.fromkeys(_WHOLE, 0), **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3)}
_SIGNS = {"GBP": "£", "EUR": "€", "USD": "$", "JPY": "¥"}


class _Style(NamedTuple):
    """How a language writes days: alone, two of one month, with a year; and whether a currency's sign comes first."""

    day: str
    span: str
    year: str
    point: str
    sign_first: bool


_STYLES = {
    "en": _Style("{d} {m}", "{a}–{b} {m}", "{day} {y}", ".", True),
    "en-us": _Style("{m} {d}", "{m} {a}–{b}", "{day}, {y}", ".", True),
    "de": _Style("{d}. {m}", "{a}.–{b}. {m}", "{day} {y}", ",", False),
    "es": _Style("{d} de {m}", "{a}–{b} de {m}", "{day} de {y}", ",", False),
    "fr": _Style("{d} {m}", "{a}–{b} {m}", "{day} {y}", ",", False),
}


def language_of(locale: str) -> str:
    """The product's language for a locale: de for de-AT, English where there is none."""
    language = locale.partition("-")[0].lower()
    return language if language in LANGUAGES else FALLBACK


@contextmanager
def spoken(language: str) -> Iterator[None]:
    """Translate into `language` until the block ends."""
    with translation.override(language):
        yield


def active() -> str:
    """The language that is spoken just now."""
    return language_of(translation.get_language() or FALLBACK)


def day(on: date, *, locale: str, today: date) -> str:
    """A day; with its year where that is not this or the next three months' year."""
    style = _style(locale)
    said = style.day.format(d=_number(on, locale), m=_month(on, locale))
    return said if _is_near(on, today) else style.year.format(day=said, y=on.year)


def moment(at: datetime, *, locale: str, zone: ZoneInfo) -> str:
    """A day with its year, the time and whose time it is: what somebody may have to prove later."""
    local, style = at.astimezone(zone), _style(locale)
    on = style.day.format(d=_number(local.date(), locale), m=_month(local.date(), locale))
    return f"{style.year.format(day=on, y=local.year)}, {local:%H:%M} ({zone.key})"


def span(first: date, last: date, *, locale: str, today: date) -> str:
    """From one day to another, as short as it can be said."""
    if first == last:
        return day(last, locale=locale, today=today)
    if (first.year, first.month) != (last.year, last.month):
        return f"{day(first, locale=locale, today=today)} – {day(last, locale=locale, today=today)}"
    style = _style(locale)
    said = style.span.format(a=_number(first, locale), b=last.day, m=_month(last, locale))
    return said if _is_near(last, today) else style.year.format(day=said, y=last.year)


def money(minor: int, currency: str, *, locale: str) -> str:
    """An amount in minor units, with its currency."""
    digits, style = _DIGITS.get(currency, 2), _style(locale)
    whole, part = divmod(abs(minor), 10**digits)
    amount = f"{whole:,}".replace(",", "," if style.point == "." else "\u202f" if _is(locale, "fr") else ".")
    amount += f"{style.point}{part:0{digits}d}" if digits else ""
    sign, minus = _SIGNS.get(currency), "-" if minor < 0 else ""
    if sign is None:
        return f"{minus}{amount}\u00a0{currency}"
    return f"{minus}{sign}{amount}" if style.sign_first else f"{minus}{amount}\u00a0{sign}"


def plain_amount(minor: int, currency: str) -> str:
    """An amount for machines: 5.90, in Japan 590."""
    digits = _DIGITS.get(currency, 2)
    whole, part = divmod(minor, 10**digits)
    return f"{whole}.{part:0{digits}d}" if digits else str(whole)


def listed(names: Sequence[str], *, last: str) -> str:
    """Names with commas, and `last` (the word "and") before the last one."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {last} {names[-1]}"


def _style(locale: str) -> _Style:
    return _STYLES.get(locale.lower()) or _STYLES[language_of(locale)]


def _is(locale: str, language: str) -> bool:
    return language_of(locale) == language


def _number(on: date, locale: str) -> str:
    return "1er" if on.day == 1 and _is(locale, "fr") else str(on.day)


def _month(on: date, locale: str) -> str:
    return _months(language_of(locale))[on.month - 1]


@cache
def _months(language: str) -> tuple[str, ...]:
    with translation.override(language):
        return tuple(str(MONTHS[n]) for n in range(1, 13))


def _is_near(on: date, today: date) -> bool:
    """Nobody needs to be told the year of a day in this year, or of one soon after New Year."""
    return on.year == today.year or 0 <= (on - today).days <= 92

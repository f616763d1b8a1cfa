"""The limits every room puts on what it is told: texts, codes, units, days, counts.

Each check returns the value or refuses it, naming the field, the value and the limit.
"""

from __future__ import annotations

from datetime import date

from backorder.journal.refusals import Refused

MAX_CODE = 64
MAX_NAME = 200
MAX_UNITS = 1_000_000_000
MAX_MINOR = 10**15
MAX_DAYS = 1_000
FIRST_DAY = date(2000, 1, 1)
LAST_DAY = date(2100, 12, 31)


def check_code(field: str, value: str) -> str:
    """A code or SKU: 1 to 64 printable characters, no space at its ends."""
    return check_text(field, value, least=1, most=MAX_CODE)


def check_text(field: str, value: str, *, least: int = 0, most: int = MAX_NAME) -> str:
    """Printable text of `least` to `most` characters, no space at its ends."""
    if not least <= len(value) <= most:
        raise Refused(
            "text_has_wrong_length",
            f"{field} has {len(value)} characters; it must have {least} to {most}.",
            field=field,
            value=value[:most],
            limit=most,
        )
    if not value.isprintable() or value != value.strip():
        raise Refused(
            "text_is_not_printable",
            f"{field} is {value!r}; it must be printable text without spaces at its ends.",
            field=field,
            value=value,
            limit="printable",
        )
    return value


def check_count(field: str, value: int, *, least: int = 0, most: int = MAX_UNITS) -> int:
    """A whole number from `least` to `most`; True and 1.0 are not numbers of anything."""
    if type(value) is not int or not least <= value <= most:
        raise Refused(
            "number_out_of_range",
            f"{field} is {value!r}; it must be a whole number from {least} to {most}.",
            field=field,
            value=value,
            limit=least if type(value) is int and value < least else most,
        )
    return value


def check_units(field: str, value: int) -> int:
    """One unit to a billion."""
    return check_count(field, value, least=1)


def check_day(field: str, value: date) -> date:
    """A day of the years 2000 to 2100."""
    if not FIRST_DAY <= value <= LAST_DAY:
        raise Refused(
            "day_out_of_range",
            f"{field} is {value.isoformat()}; it must lie between {FIRST_DAY.isoformat()} and {LAST_DAY.isoformat()}.",
            field=field,
            value=value.isoformat(),
            limit=(FIRST_DAY if value < FIRST_DAY else LAST_DAY).isoformat(),
        )
    return value


def check_choice(field: str, value: str, choices: tuple[str, ...]) -> str:
    """One of the words in `choices`."""
    if value not in choices:
        raise Refused(
            "not_a_choice",
            f"{field} is {value!r}; it must be one of {', '.join(choices)}.",
            field=field,
            value=value,
            limit=list(choices),
        )
    return value


def check_letters(field: str, value: str, *, count: int) -> str:
    """A country (ISO 3166-1 alpha-2) or currency (ISO 4217): `count` capital letters."""
    if len(value) != count or not (value.isascii() and value.isalpha() and value.isupper()):
        raise Refused(
            "not_an_iso_code",
            f"{field} is {value!r}; it must be {count} capital letters.",
            field=field,
            value=value,
            limit=count,
        )
    return value

"""When a message may go out: texts never at night where their reader is, e-mails in the hours the merchant wants.

The law's quiet hours are about texts. An e-mail is read when its reader wakes; so what the law wants said by a moment
goes by e-mail at once, and by text at night only if the night would be too late for it.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings

from backorder.engine import sms

from .recipients import Recipient

# The outermost zones of countries whose customers mostly do not tell us theirs: it must be day in all of them.
_ZONES = {
    "AT": ("Europe/Vienna",), "AU": ("Australia/Sydney", "Australia/Perth"), "BE": ("Europe/Brussels",),
    "CA": ("America/St_Johns", "America/Vancouver"), "CH": ("Europe/Zurich",), "DE": ("Europe/Berlin",),
    "ES": ("Europe/Madrid", "Atlantic/Canary"), "FR": ("Europe/Paris",), "GB": ("Europe/London",),
    "IE": ("Europe/Dublin",), "IT": ("Europe/Rome",), "NL": ("Europe/Amsterdam",), "NZ": ("Pacific/Auckland",),
    "US": ("America/New_York", "Pacific/Honolulu"),
}  # fmt: skip
_UNTOLD = {"", "UTC", "Etc/UTC", "GMT"}  # What stands in an order whose shop did not ask.
_MOST_STEPS = 8


def earliest(channel: str, recipient: Recipient, *, at: datetime, wanted_by: datetime | None = None) -> datetime:
    """The first moment from `at` on at which a message may go out (UTC); never behind `wanted_by`."""
    found = at
    zones = zones_of(recipient)
    for _ in range(_MOST_STEPS):
        later = max(_from(channel, found.astimezone(zone), recipient) for zone in zones)
        if later <= found:
            break
        found = later.astimezone(UTC)
    return at if wanted_by is not None and found > wanted_by else found


def zones_of(recipient: Recipient) -> tuple[ZoneInfo, ...]:
    """The zone of somebody, or all those it could be; UTC where nothing is known."""
    told = _zone(recipient.zone) if recipient.zone not in _UNTOLD else None
    if told is not None:
        return (told,)
    return tuple(ZoneInfo(name) for name in _ZONES.get(recipient.country, ("UTC",)))


def mail_hours(given: str) -> tuple[time, time] | None:
    """The hours of "22-7" in which no e-mail goes out; None without. Raises ValueError for anything else."""
    if not given.strip():
        return None
    begin, _, end = given.partition("-")
    return time(int(begin)), time(int(end))


@cache
def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _from(channel: str, local: datetime, recipient: Recipient) -> datetime:
    if channel == "sms":
        return sms.send_from(local, country=recipient.country, region=recipient.region)
    hours = mail_hours(settings.BACKORDER_MAIL_QUIET) if channel == "email" else None
    if hours is None or not _is_between(local.time(), *hours):
        return local
    day = local.date() + timedelta(days=0 if local.time() < hours[1] else 1)
    return datetime.combine(day, hours[1], tzinfo=local.tzinfo)


def _is_between(now: time, begin: time, end: time) -> bool:
    return begin <= now < end if begin <= end else now >= begin or now < end

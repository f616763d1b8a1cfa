"""What people want to be told and where nothing may go: preferences, opt-outs, addresses that bounced.

A way is closed for a kind in this order: an address that does not work or belongs to somebody who said stop; a wish
against this kind, then against the channel. What the law asks for goes by e-mail whatever the wishes are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from backorder.journal import clock
from backorder.journal.record import Fact, record
from backorder.journal.refusals import Refused, unknown

from . import recipients
from .kinds import KINDS, Kind, kind
from .models import Preference, Suppression

CHANNELS = ("email", "sms")
REASONS = ("bounce", "complaint", "stop", "unsubscribed", "by_hand")
LIMIT = 100

# A machine that forwards complaints also hides what the law asks us to say; to what does not exist nothing can be said.
_NEVER_CLOSES_LAWFUL = frozenset({"complaint", "unsubscribed"})


@dataclass(frozen=True, slots=True)
class SuppressionRow:
    """An address to which nothing goes, and why."""

    id: int
    channel: str
    address: str
    reason: str
    note: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PreferenceRow:
    """A wish: `kind` blank means everything on this channel."""

    channel: str
    kind: str
    wanted: bool
    source: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Wishes:
    """The wishes and closed ways of some addresses."""

    preferences: dict[tuple[str, str, str], bool]
    closed: dict[tuple[str, str], str]

    def why_not(self, channel: str, address: str, about: Kind) -> str:
        """Why this kind may not go there: `suppressed: bounce`, `not_wanted`; blank if it may."""
        key = recipients.key(channel, address)
        reason = self.closed.get((channel, key), "")
        if reason == "unsubscribed":
            reason = reason if about.is_commercial else ""
        if reason and not (about.is_lawful and reason in _NEVER_CLOSES_LAWFUL):
            return f"suppressed: {reason}"
        wanted = self.preferences.get((channel, key, about.name), self.preferences.get((channel, key, ""), True))
        return "" if wanted or (about.is_lawful and channel == "email") else "not_wanted"

    def wants_texts(self, address: str) -> bool:
        """Did the owner of this number say that texts may come?"""
        return self.preferences.get(("sms", address, ""), False)


def wishes(addresses: Iterable[tuple[str, str]]) -> Wishes:
    """The wishes for these (channel, address) pairs, in two queries."""
    keys = {recipients.key(channel, address) for channel, address in addresses if address}
    if not keys:
        return Wishes({}, {})
    found = Preference.objects.filter(address__in=keys).values_list("channel", "address", "kind", "wanted")
    closed = Suppression.objects.filter(address__in=keys).values_list("channel", "address", "reason")
    return Wishes({(c, a, k): wanted for c, a, k, wanted in found}, {(c, a): reason for c, a, reason in closed})


def preferences(channel: str, address: str) -> list[PreferenceRow]:
    """What was said about an address, by kind."""
    found = Preference.objects.filter(channel=channel, address=recipients.key(channel, address)).order_by("kind")
    return [PreferenceRow(row.channel, row.kind, row.wanted, row.source, row.at) for row in found]


@transaction.atomic
def choose(
    *, channel: str, address: str, wanted: bool, about: str = "", source: str, actor: str, now: datetime | None = None
) -> None:
    """Remember what the owner of an address wants to be told there; `about` is a kind, blank: everything.

    `source` says how we know (portal, checkout, one-click). Wanting texts again ends an earlier stop.
    Refuses unknown_channel, unknown_kind and addresses that are none.
    """
    _check_channel(channel)
    if about:
        kind(about)
    at = now or clock.now()
    key = recipients.key(channel, recipients.address(channel, address))
    Preference.objects.update_or_create(
        channel=channel, address=key, kind=about, defaults={"wanted": wanted, "source": source[:60], "at": at}
    )
    if wanted and not about:
        Suppression.objects.filter(channel=channel, address=key, reason__in=("stop", "unsubscribed")).delete()
    record([Fact("preference.chosen", f"channel/{channel}", {"kind": about, "wanted": wanted})], actor=actor, at=at)


@transaction.atomic
def suppress(
    *, channel: str, address: str, reason: str, note: str = "", actor: str, now: datetime | None = None
) -> bool:
    """Send nothing there any more; returns whether that is new. A worse reason takes the place of a lesser one."""
    _check_channel(channel)
    assert reason in REASONS, reason
    at = now or clock.now()
    key = recipients.key(channel, recipients.address(channel, address))
    row, is_new = Suppression.objects.get_or_create(
        channel=channel, address=key, defaults={"reason": reason, "note": note[:500], "at": at}
    )
    if not is_new and _weight(reason) < _weight(row.reason):
        row.reason, row.note, row.at = reason, note[:500], at
        row.save()
    if is_new:
        record([Fact("address.suppressed", f"suppression/{row.pk}", {"reason": reason})], actor=actor, at=at)
    return is_new


@transaction.atomic
def allow(suppression_id: int, *, actor: str, now: datetime | None = None) -> None:
    """Send to an address again: its owner mended or asked for it. Refuses unknown_suppression."""
    found = Suppression.objects.select_for_update().filter(pk=suppression_id).first()
    if found is None:
        raise unknown("suppression", suppression_id)
    fact = Fact("address.allowed", f"suppression/{suppression_id}", {"reason": found.reason})
    found.delete()
    record([fact], actor=actor, at=now or clock.now())


def suppressions(
    *, channel: str | None = None, address: str | None = None, before: int | None = None, limit: int = LIMIT
) -> list[SuppressionRow]:
    """Closed ways, the newest first, those below the id `before`."""
    found = Suppression.objects.order_by("-id")
    if channel is not None:
        found = found.filter(channel=channel)
    if address is not None:
        found = found.filter(address=recipients.key(channel or "email", address))
    if before is not None:
        found = found.filter(id__lt=before)
    return [SuppressionRow(row.pk, row.channel, row.address, row.reason, row.note, row.at) for row in found[:limit]]


def optional_kinds() -> Collection[str]:
    """The kinds that somebody may choose not to be told."""
    return [name for name, one in KINDS.items() if not one.is_lawful]


def _weight(reason: str) -> int:
    return ("stop", "bounce", "complaint", "by_hand", "unsubscribed").index(reason)


def _check_channel(channel: str) -> None:
    if channel not in CHANNELS:
        raise Refused(
            "unknown_channel", f"People are told by email or sms, not by {channel[:20]}.", field="channel",
            value=channel[:20],
        )  # fmt: skip

"""Channels: where orders come from, and how they are usually sourced and shipped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import transaction

from backorder.catalog.version import renew_version
from backorder.engine.model import Sourcing
from backorder.journal import clock
from backorder.journal.record import Fact, record
from backorder.journal.refusals import unknown

from ..models import Channel


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """A channel as decisions need it; `service` is its usual one."""

    id: int
    code: str
    sourcing: Sourcing
    service: int | None
    currency: str
    hold_minutes: int


_known: dict[str, ChannelRow] = {}
_known_version = -1


def channel(code: str, version: int) -> ChannelRow:
    """The active channel of this code, as of a catalog version; refused if there is none."""
    global _known, _known_version
    if version != _known_version:
        _known = {row.code: row for row in map(_row, Channel.objects.filter(active=True))}
        _known_version = version
    found = _known.get(code)
    if found is None:
        raise unknown("channel", code)
    return found


@transaction.atomic
def define_channel(code: str, *, actor: str, **settings: Any) -> int:
    """Create a channel or change its settings (name, sourcing, service_id, currency, hold_minutes, active)."""
    found, created = Channel.objects.update_or_create(
        code=code, defaults=settings, create_defaults={"name": code, **settings}
    )
    renew_version()
    record([Fact("channel.defined", f"channel/{found.pk}", {"created": created})], actor=actor, at=clock.now())
    return found.pk


def _row(row: Channel) -> ChannelRow:
    return ChannelRow(row.pk, row.code, Sourcing(row.sourcing), row.service_id, row.currency, row.hold_minutes)

"""What is handed to a channel, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

OUTBOX = "outbox"
"""The provider of what leaves nowhere, because none is set: it is shown on the outbox page."""

ERROR_CHARACTERS = 500


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A notice that is ours to send until `leased_until`; `tries` counts those before."""

    id: int
    kind: str
    channel: str
    address: str
    name: str
    subject: str
    text: str
    html: str
    headers: Mapping[str, str]
    message_id: str
    tries: int
    leased_until: datetime


@dataclass(frozen=True, slots=True)
class Outcome:
    """Sent, or why not. `is_permanent`: trying again is no use. `is_outage`: nothing can be sent that way just now.

    `closes` says that the address itself must not be used again, and why (bounce, stop).
    """

    is_sent: bool
    provider: str = ""
    provider_id: str = ""
    error: str = ""
    is_permanent: bool = False
    is_outage: bool = False
    closes: str = ""
    retry_after: float | None = None


def failed(error: object, *, permanent: bool = False, outage: bool = False, closes: str = "") -> Outcome:
    """A failure in words."""
    says = " ".join(str(error).split())[:ERROR_CHARACTERS] or type(error).__name__
    return Outcome(False, error=says, is_permanent=permanent, is_outage=outage, closes=closes)

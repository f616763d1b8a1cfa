"""The secrets that an address's messages are signed with: its own, and for a day after a renewal the one before.

Standard Webhooks puts several signatures into one header, so a receiver changes over when it likes and misses nothing.
They are kept together, encrypted: the newest, then the one before with the instant until which it signs.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from standardwebhooks.webhooks import Webhook

from . import sealing

OVERLAP = timedelta(days=1)


def renewed(kept: str, secret: str, *, at: datetime) -> str:
    """What is to be kept once `secret` takes the place of what was `kept`; both are encrypted."""
    try:
        before = sealing.unseal(kept).split()[0]
    except sealing.CannotOpen:
        return sealing.seal(secret)
    return sealing.seal(f"{secret} {before} {(at + OVERLAP).isoformat()}")


def secrets_at(kept: str, at: datetime) -> list[str]:
    """The secrets that sign at an instant, the newest first. Raises CannotOpen."""
    newest, *before = sealing.unseal(kept).split()
    if before and at < datetime.fromisoformat(before[1]):
        return [newest, before[0]]
    return [newest]


def signature(name: str, body: str, secrets: list[str], *, at: datetime) -> str:
    """The header `webhook-signature` of a message: one signature for each secret."""
    return " ".join(Webhook(secret).sign(name, at, body) for secret in secrets)

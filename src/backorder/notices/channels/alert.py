"""Alerts to the operator over anything that Apprise knows: Slack, Teams, mail, a pager."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence

import apprise
from django.conf import settings

from .outcome import OUTBOX, Outcome, Outgoing, failed


def send_all(batch: Sequence[Outgoing]) -> Iterator[tuple[Outgoing, Outcome]]:
    """Send each to every address of BACKORDER_ALERTS; one that fails is tried again as a whole."""
    addresses = settings.BACKORDER_ALERTS.split()
    if not addresses:
        yield from ((one, Outcome(True, provider=OUTBOX)) for one in batch)
        return
    sender = apprise.Apprise()
    known = [sender.add(address) for address in addresses]
    for one in batch:
        yield one, _send(sender, one) if all(known) else failed("An address in BACKORDER_ALERTS is none Apprise knows.")


def _send(sender: apprise.Apprise, one: Outgoing) -> Outcome:
    with apprise.LogCapture(level=logging.WARNING) as said:  # type: ignore[no-untyped-call]
        if sender.notify(title=one.subject, body=one.text, notify_type=apprise.NotifyType.WARNING):
            return Outcome(True, provider="apprise")
        return failed(said.getvalue() or "An alert did not go out.")

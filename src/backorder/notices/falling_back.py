"""Go another way when one fails: the same notice in the form of another channel, once."""

from __future__ import annotations

from datetime import datetime

from backorder.engine import sms
from backorder.journal.identity import id_in_order
from backorder.journal.record import Fact, record

from .models import Notice
from .writing import message_id, subject_of


def fall_back(notice: Notice, *, now: datetime, actor: str) -> Notice | None:
    """Write the notice that goes instead of one that failed; None if there is no other way, or it is taken already."""
    other = notice.fallback
    if not other or Notice.objects.filter(instead_of=notice).exists():
        return None
    id = id_in_order()
    made = Notice.objects.create(
        id=id,
        kind=notice.kind,
        channel=other["channel"],
        order_id=notice.order_id,
        line_id=notice.line_id,
        customer_id=notice.customer_id,
        thread_id=notice.thread_id,
        instead_of=notice,
        template_id=notice.template_id,
        wording=notice.wording,
        language=notice.language,
        address=other["address"],
        name=notice.name,
        text=other["text"],
        message_id=message_id(id),
        evidence=notice.evidence,
        wanted_by=notice.wanted_by,
        next_try_at=now,
        segments=sms.cost(other["text"]).segments,
        created_at=now,
    )
    body = {"notice": id, "kind": made.kind, "channel": made.channel, "state": made.state, "instead_of": notice.pk}
    record([Fact("notice.written", subject_of(made), body)], actor=actor, at=now)
    return made

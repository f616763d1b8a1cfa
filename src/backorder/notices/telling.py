"""Tell somebody something of one's own accord: the verbs for other rooms, for staff and for the law.

What follows from journal facts is told by `composing`; this is for what somebody decides to say: a delay question and
its reminder, an offer, a waitlist's turn. All of it goes the same ways, by the same rules.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from backorder.catalog import queries as catalog
from backorder.engine.law.facts import OptionKind
from backorder.journal import clock
from backorder.journal.record import Fact, record
from backorder.journal.refusals import Refused, unknown
from backorder.orders import reading
from backorder.orders.names import order_customers

from . import content, quiet, saying, writing
from .content import Content, Scene
from .kinds import KINDS
from .models import Notice, Told
from .news import News
from .recipients import Recipient
from .story import lines_of
from .writing import Draft


@transaction.atomic
def ask_about_delay(
    order_id: int,
    *,
    lines: Sequence[int],
    option: OptionKind | None,
    revised_on: date | None,
    answer_by: date | None,
    reasons: str = "",
    wanted_by: datetime | None = None,
    evidence: Mapping[str, Any] | None = None,
    is_reminder: bool = False,
    actor: str,
    now: datetime | None = None,
) -> list[int]:
    """Ask the customer of late lines whether to wait or cancel, in one letter, and return the ids of the notices.

    `revised_on` is the new day by which it ships (None: no date can be given, then `reasons` must say why),
    `answer_by` the last day on which consent counts, `option` what the law calls this question (None: no law gives
    silence a meaning), `wanted_by` the moment after which the question comes too late. The line then counts as told.
    """
    assert revised_on is not None or reasons, "that no date can be given needs a reason"
    scene = scene_of(order_id, now=now or clock.now())
    made = content.of_delay(scene, lines, option=option, revised_on=revised_on, answer_by=answer_by, reasons=reasons)
    kind = "choice_reminder" if is_reminder else "delay_question"
    ids = _tell(scene, kind, made, line=lines[0], wanted_by=wanted_by, evidence=evidence or {}, actor=actor)
    _remember(scene)
    return ids


@transaction.atomic
def offer_substitute(
    order_id: int, *, line: int, sku: str, on: date | None = None, actor: str, now: datetime | None = None
) -> list[int]:
    """Offer the customer of a waiting line one of the item's substitutes, there `on` a day if it is known.

    Refuses not_a_substitute, and nothing_waits where no unit of the line waits.
    """
    scene = scene_of(order_id, now=now or clock.now())
    waiting = scene.line(line)
    if not waiting.later_units:
        raise Refused("nothing_waits", f"No unit of {waiting.sku} waits.", status=409, field="line", value=line)
    items = catalog.items_by_sku([waiting.sku, sku])
    differences = dict(catalog.substitutes(items[waiting.sku].id))
    if sku not in items or items[sku].id not in differences:
        raise Refused("not_a_substitute", f"{sku!r} is not a substitute of {waiting.sku!r}.", field="sku", value=sku)
    other = items[sku]
    made = content.of_substitute(scene, line, sku=sku, name=other.name, difference_minor=differences[other.id], on=on)
    record(
        [Fact("substitute.offered", f"order/{order_id}", {"line": line, "item": other.id})], actor=actor, at=scene.now
    )
    return _tell(scene, "substitute_offered", made, line=line, actor=actor)


@transaction.atomic
def tell_again(order_id: int, *, actor: str, now: datetime | None = None) -> list[int]:
    """Tell the customer how an order stands now, because somebody wants him to know."""
    scene = scene_of(order_id, now=now or clock.now())
    ids = _tell(scene, "changed", content.of_change(scene, News("changed", ())), actor=actor)
    _remember(scene)
    return ids


@transaction.atomic
def tell_waitlist(
    to: Recipient,
    *,
    sku: str,
    units: int,
    until: datetime,
    link: str,
    shop: str = "",
    evidence: Mapping[str, Any] | None = None,
    actor: str,
    now: datetime | None = None,
) -> list[int]:
    """Tell somebody on a waitlist that the item is back and `units` are held for him `until` then.

    `link` is the whole address at which he takes it. Returns the ids of the notices; none if he wants no such message.
    """
    at = now or clock.now()
    item = catalog.items_by_sku([sku]).get(sku)
    if item is None:
        raise unknown("sku", sku)
    with saying.spoken(saying.language_of(to.locale)):
        local = until.astimezone(_zone(to))
        day = saying.day(local.date(), locale=to.locale, today=at.astimezone(_zone(to)).date())
        values = {
            "shop": shop or writing.mail_domain(),
            "greeting": writing.greeting(to.name),
            "link": link,
            "waitlist": {
                "item": item.name,
                "sku": sku,
                "units": units,
                "until": f"{day}, {local:%H:%M} ({local.tzname()})",
            },
        }
    draft = Draft(KINDS["back_in_stock"], to, Content(values=values), evidence=evidence or {})
    return [notice.pk for notice in writing.write([draft], now=at, actor=actor)]


def scene_of(order_id: int, *, now: datetime) -> Scene:
    """An order as it is to be told, with what was told before. Refuses unknown_order."""
    order = reading.order(order_id)
    names = {sku: row.name for sku, row in catalog.items_by_sku({line.sku for line in order.lines}).items()}
    told = Told.objects.filter(order_id=order_id).values_list("lines", flat=True).first() or {}
    today = now.astimezone(ZoneInfo(order.zone)).date()
    link = writing.order_links([order_id], now=now)[order_id]
    return Scene(order, lines_of(order, names=names, today=today), told, (), names, now, link)


def _tell(
    scene: Scene,
    kind: str,
    made: Content,
    *,
    line: int | None = None,
    wanted_by: datetime | None = None,
    evidence: Mapping[str, Any] | None = None,
    actor: str,
) -> list[int]:
    order = scene.order
    draft = Draft(
        kind=KINDS[kind],
        recipient=content.recipient(order),
        content=made,
        order=order.id,
        line=line,
        customer=order_customers([order.id]).get(order.id),
        reference=order.reference,
        wanted_by=wanted_by,
        evidence=evidence or {},
    )
    written: list[Notice] = writing.write([draft], now=scene.now, actor=actor)
    return [notice.pk for notice in written]


def _remember(scene: Scene) -> None:
    lines = {str(line.id): line.as_told() for line in scene.lines}
    Told.objects.update_or_create(order_id=scene.order.id, defaults={"lines": lines, "at": scene.now})


def _zone(to: Recipient) -> ZoneInfo:
    return quiet.zones_of(to)[0]

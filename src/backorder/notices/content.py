"""What each kind of notice says of an order, in its customer's language: values and pictures for its template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _

from backorder.engine import delay_law
from backorder.engine.law.facts import OptionKind
from backorder.engine.law.rules import jurisdiction_of, rule_on
from backorder.journal.refusals import unknown
from backorder.orders.reading import OrderView, ShipmentView
from backorder.payments.reviewing import legal_facts

from . import recipients, saying, writing
from .news import News
from .recipients import Recipient
from .shops import shop_name
from .story import LineStory, parcels_to_come
from .wording import pictures
from .wording.elements import law_values
from .wording.render import Content

__all__ = ["Content", "Scene", "recipient"]


@dataclass(frozen=True, slots=True)
class Scene:
    """An order with its lines as they are, what was told of them before, and the facts that led here.

    `link` is the address of the customer's page of it.
    """

    order: OrderView
    lines: Sequence[LineStory]
    told: Mapping[str, Any]
    facts: Sequence[Mapping[str, Any]]
    names: Mapping[str, str]
    now: datetime
    link: str

    @property
    def locale(self) -> str:
        return self.order.locale or "en"

    @property
    def today(self) -> date:
        return self.now.astimezone(ZoneInfo(self.order.zone)).date()

    def line(self, id: int) -> LineStory:
        """The line, or the refusal unknown_line."""
        for line in self.lines:
            if line.id == id:
                return line
        raise unknown("line", id)

    def day(self, on: date) -> str:
        return saying.day(on, locale=self.locale, today=self.today)


def recipient(order: OrderView) -> Recipient:
    """Who is told of an order."""
    return recipients.of_order(order)


def of_change(scene: Scene, news: News) -> Content:
    """An order as it stands, with the eye on the lines that changed."""
    with saying.spoken(saying.language_of(scene.locale)):
        focus = [line for line in scene.lines if line.id in news.lines and line.owed]
        focus = [line for line in focus if line.later_units] or focus
        # Of a new order the lines that wait are worth a closer look; all the others just leave.
        if not focus or news.kind == "cancelled":
            focus = [line for line in scene.lines if line.later_units]
        told = [line for line in focus or scene.lines if line.owed]
        values = {
            **_values(scene, focus),
            "reason": _reason(scene, news.kind),
            "items": pictures.all_named([(line, line.later_units or line.owed) for line in told]),
            "cancelled_items": _cancelled(scene) if news.kind == "cancelled" else "",
            "refund": _refund(scene),
        }
        return _pictured(scene, focus, values)


def of_shipment(scene: Scene, shipment_id: int) -> Content:
    """A parcel that left: part n of m, what is in it, and what is still to come."""
    with saying.spoken(saying.language_of(scene.locale)):
        shipments = sorted(scene.order.shipments, key=lambda one: (one.shipped_at, one.id))
        number, shipment = next((n, one) for n, one in enumerate(shipments, 1) if one.id == shipment_id)
        waiting = [line for line in scene.lines if line.owed]
        values = {
            **_values(scene, waiting),
            "shipment": {
                "number": number,
                "of": len(shipments) + parcels_to_come(scene.lines),
                "goods": _shipped(scene, shipment),
                "when": scene.day(max(shipment.deliver_on, scene.today)),
                "tracking": shipment.tracking,
                "service": shipment.service,
            },
            "items": _shipped(scene, shipment),
        }
        return _pictured(scene, waiting, values)


def of_refund(scene: Scene, body: Mapping[str, Any]) -> Content:
    """Money that goes back; `body` is that of the fact: amount_minor, currency, send_by_on."""
    with saying.spoken(saying.language_of(scene.locale)):
        return _pictured(scene, [], {**_values(scene, []), "refund": _amount(scene, body)})


def of_withdrawal(scene: Scene) -> Content:
    """That a withdrawal was received: content, day and time (Directive 2011/83/EU Art 11(3), 11a), and what follows."""
    with saying.spoken(saying.language_of(scene.locale)):
        fact = next(fact for fact in reversed(scene.facts) if fact["fact"] == "order.withdrawn")
        at, body, zone = datetime.fromisoformat(fact["at"]), fact["body"], ZoneInfo(scene.order.zone)
        rule = rule_on(jurisdiction_of(scene.order.country, scene.order.region), scene.order.ordered_at.date())
        back = delay_law.refund_deadline(
            legal_facts(scene.order), at=at, units=1, withdrawn=True, assumptions=settings.BACKORDER_LAW
        )
        send_back_on = at.astimezone(zone).date() + timedelta(days=rule.send_back_days or 0)
        withdrawal = {
            "at": saying.moment(at, locale=scene.locale, zone=zone),
            "cancelled": _named(scene, _units_of(scene, "order.withdrawn", "cancelled")),
            "stopped": _named(scene, {int(line): n for line, n in body["stopped"].items()}),
            "to_return": _named(scene, {int(line): n for line, n in body["to_return"].items()}),
            "return_by": scene.day(send_back_on) if rule.send_back_days else "",
            "refund_by": scene.day(back.sent_by),
        }
        values = {**_values(scene, []), "refund": _refund(scene), "withdrawal": withdrawal}
        return _pictured(scene, [], values)


def of_delay(
    scene: Scene,
    line_ids: Sequence[int],
    *,
    option: OptionKind | None,
    revised_on: date | None,
    answer_by: date | None,
    reasons: str = "",
) -> Content:
    """The question at a delay of some lines; see `elements.law_values` for what each value means."""
    with saying.spoken(saying.language_of(scene.locale)):
        lines = [scene.line(id) for id in line_ids]
        law = law_values(
            option, revised_on=revised_on, answer_by=answer_by, reasons=reasons, locale=scene.locale, today=scene.today
        )
        values = {
            **_values(scene, lines),
            "items": pictures.all_named([(line, line.later_units or line.owed) for line in lines]),
            "answer_by": scene.day(answer_by) if answer_by else "",
            "law": law,
        }
        return _pictured(scene, lines, values)


def of_substitute(
    scene: Scene, line_id: int, *, sku: str, name: str, difference_minor: int, on: date | None
) -> Content:
    """Another item that could leave sooner."""
    with saying.spoken(saying.language_of(scene.locale)):
        line = scene.line(line_id)
        price = saying.money(difference_minor, scene.order.currency, locale=scene.locale) if difference_minor else ""
        values = {
            **_values(scene, [line]),
            "items": pictures.named(line, line.later_units or line.owed),
            "substitute": {
                "name": name,
                "sku": sku,
                "when": scene.day(on) if on else _("no date yet"),
                "price": f"+{price}" if difference_minor > 0 else price,
            },
        }
        return _pictured(scene, [line], values)


def of_thread(scene: Scene, said: Mapping[str, str]) -> Content:
    """An answer to a question about an order; `said` has subject, text and question."""
    with saying.spoken(saying.language_of(scene.locale)):
        return Content(values={**_values(scene, []), "thread": dict(said)})


# -- values ---------------------------------------------------------------------------------------------------------


def _values(scene: Scene, focus: Sequence[LineStory]) -> dict[str, Any]:
    order, who = scene.order, recipient(scene.order)
    shown: dict[str, Any] = {"locale": scene.locale, "today": scene.today}
    lines = [pictures.line_values(line, first_said=_said_before(scene, line), **shown) for line in scene.lines]
    owing = [line for line in scene.lines if line.owed]
    return {
        "shop": shop_name(order.channel),
        "name": recipients.first_name(who.name),
        "greeting": writing.greeting(who.name),
        "reference": order.reference,
        "ordered_on": scene.day(order.ordered_at.astimezone(ZoneInfo(order.zone)).date()),
        "link": scene.link,
        "headline": pictures.headline(focus if len(focus) == 1 else owing, **shown),
        "short": pictures.in_short(_together(focus if len(focus) == 1 else owing), **shown) if owing else _("all sent"),
        "has_later": any(line.later_units for line in scene.lines),
        "is_undated": any(line.owed and line.last_on is None for line in scene.lines),
        "is_all_sent": not owing,
        "lines": lines,
    }


def _pictured(scene: Scene, focus: Sequence[LineStory], values: Mapping[str, Any]) -> Content:
    one = focus[0] if len(focus) == 1 else None
    others = [line for line in scene.lines if line not in focus and line.owed]
    rows = pictures.rows_of(
        focus, others, first_said=_said_before(scene, one) if one else "", locale=scene.locale, today=scene.today
    )
    units = pictures.units_of(one) if one else []
    return Content(values=values, units=units, units_say=str(values["short"]), rows=rows)


def _together(lines: Sequence[LineStory]) -> LineStory:
    """Several lines as one, for a phrase about all of them."""
    if len(lines) == 1:
        return replace(lines[0], shipped=0)
    later = sorted((b for line in lines for b in line.later), key=lambda b: (b.to_on is None, b.to_on or date.max))
    merged: list[Any] = []
    for batch in later:
        if merged and (merged[-1].from_on, merged[-1].to_on) == (batch.from_on, batch.to_on):
            merged[-1] = replace(merged[-1], units=merged[-1].units + batch.units)
        else:
            merged.append(batch)
    return LineStory(
        0, "", "", sum(line.wanted for line in lines), 0, tuple(b for line in lines for b in line.now), tuple(merged)
    )


def _said_before(scene: Scene, line: LineStory) -> str:
    was = scene.told.get(str(line.id))
    if not was or not was["last"]:
        return ""
    last = date.fromisoformat(was["last"])
    if last == line.last_on:
        return ""
    first = date.fromisoformat(was["from"]) if was["from"] else last
    return saying.span(first, last, locale=scene.locale, today=scene.today)


def _reason(scene: Scene, kind: str) -> str:
    """Why it changed, in a sentence, where a fact says so; nothing that is about other customers or suppliers."""
    causes = {str(fact["body"].get("cause")) for fact in scene.facts}
    if kind == "cancelled":
        reasons = {str(fact["body"].get("reason") or "") for fact in scene.facts if fact["fact"] == "order.cancelled"}
        return (
            _("It could not be sent by the day that was agreed.") if reasons & {"cancel_if_not_by", "delay_law"} else ""
        )
    if kind in ("slipped", "backordered"):
        if "cancelled_supply" in causes:
            return _("A delivery that we counted on does not come.")
        if causes & {"eta", "new_day", "split_supply"}:
            return _("The delivery that carries them comes later than we were told.")
        if causes & {"count", "adjustment", "snapshot"} or any(f["fact"] == "line.short_picked" for f in scene.facts):
            return _("We counted our shelves, and fewer were there than our books said.")
    if kind == "improved" and causes & {"cancelled", "edited", "receipt", "substitute", "ended_hold"}:
        return _("Some came in or came free, and they are yours.")
    return ""


def _cancelled(scene: Scene) -> str:
    return _named(scene, _units_of(scene, "order.cancelled", "lines"))


def _units_of(scene: Scene, name: str, key: str) -> dict[int, int]:
    """Units by line that the facts of a name tell together."""
    units: dict[int, int] = {}
    for fact in scene.facts:
        if fact["fact"] == name:
            for line, n in fact["body"].get(key, {}).items():
                units[int(line)] = units.get(int(line), 0) + int(n)
    return units


def _named(scene: Scene, units: Mapping[int, int]) -> str:
    by_id = {line.id: line for line in scene.order.lines}
    # A kit is told as a whole, by its own line.
    told: dict[int, int] = {}
    for id, n in units.items():
        line = by_id[id]
        whole = line.kit_line if line.kit_line is not None else id
        told[whole] = max(told.get(whole, 0), n // (line.per_kit or 1))
    pairs = [(scene.names.get(by_id[id].sku, by_id[id].sku), n) for id, n in told.items()]
    shown = [f"{n} × {name}" for name, n in pairs[: pictures.MOST_NAMES]]
    return saying.listed([*shown, *(["…"] if len(pairs) > len(shown) else [])], last=_("and")) if shown else ""


def _shipped(scene: Scene, shipment: ShipmentView) -> str:
    by_id = {line.id: line for line in scene.order.lines}
    units = [(by_id[sent.line], sent.units) for sent in shipment.lines]
    shown = [f"{n} × {scene.names.get(line.sku, line.sku)}" for line, n in units[: pictures.MOST_NAMES]]
    return saying.listed([*shown, *(["…"] if len(units) > len(shown) else [])], last=_("and"))


def _refund(scene: Scene) -> dict[str, str]:
    due = [fact["body"] for fact in scene.facts if fact["fact"] == "refund.due"]
    return _amount(scene, due[-1]) if due else {"amount": "", "by": "", "means": ""}


def _amount(scene: Scene, body: Mapping[str, Any]) -> dict[str, str]:
    amount = saying.money(
        int(body["amount_minor"]), str(body.get("currency") or scene.order.currency), locale=scene.locale
    )
    by = body.get("send_by_on")
    by_day = scene.day(date.fromisoformat(str(by)[:10])) if by else ""
    return {"amount": amount, "by": by_day, "means": _means(str(body.get("means", "")))}


def _means(means: str) -> str:
    """How money goes back that cannot go the way it was paid; blank where it can."""
    return {
        "cash": _("in cash"),
        "check": _("by cheque"),
        "money_order": _("by money order"),
        "credit_memo_to_issuer": _("as a credit memo to the bank of your card"),
    }.get(means, "")

"""How an item may be promised: the form that shows what a change would do before it is saved, and undo after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from backorder.catalog import queries as catalog
from backorder.catalog import reading as catalog_reading
from backorder.catalog.snapshot import ItemRow
from backorder.catalog.specs import SELLS, PolicySpec
from backorder.journal.prepared import rows
from backorder.journal.refusals import Refused
from backorder.orders.deciding.policies import change_policy, drop_policy

from . import effects
from .asking import Ask, Did, Field, Given, form, invalid
from .door import Visit, address
from .refusals import said

NUMBERS = ("backorder_limit", "max_per_customer", "lead_time_days", "min_ship_units", "ship_multiple", "safety_units")
NAMES = ("sell", *NUMBERS[:3], "street_on", *NUMBERS[3:])

_WAITING = "SELECT open_units FROM orders_queue WHERE item_id = %s::bigint"


@dataclass(frozen=True, slots=True)
class Card:
    """What the page shows: the rule that counts for the item, whose own it is, and the more special ones."""

    spec: PolicySpec
    own: bool
    fields: Sequence[Field]
    special: Sequence[PolicySpec]
    waiting: int


def card(visit: Visit, item: ItemRow) -> Card:
    """The rule of an item for any place and channel, its own or the general one."""
    spec, own, special = _rule(item.sku)
    ((waiting,),) = rows(_WAITING, [item.id]) or [(0,)]
    return Card(spec, own, fields(spec), special, waiting)


def _rule(sku: str) -> tuple[PolicySpec, bool, list[PolicySpec]]:
    found = [spec for _id, spec in catalog_reading.policies(sku=sku, after=None, limit=50)]
    special = [spec for spec in found if spec.location is not None or spec.channel is not None]
    mine = catalog_reading.policy(sku=sku, location=None, channel=None)
    if mine is not None:
        return mine, True, special
    general = catalog_reading.policy(sku=None, location=None, channel=None) or PolicySpec(sell="stock_only")
    return replace(general, sku=sku), False, special


def sells() -> dict[str, str]:
    """The ways to sell an item of which nothing is on the shelf."""
    return {
        "stock_only": _("Not at all"),
        "backorder": _("As a backorder"),
        "preorder": _("As a preorder"),
        "made_to_order": _("Made to order"),
    }


def labels() -> dict[str, str]:
    """What the fields are called."""
    return {
        "sell": _("Sell when the shelf is empty"),
        "backorder_limit": _("At most on backorder, units"),
        "max_per_customer": _("At most per customer, units"),
        "lead_time_days": _("Usual lead time, days"),
        "street_on": _("First day it may ship"),
        "min_ship_units": _("Sent in no less than, units"),
        "ship_multiple": _("Sent in multiples of, units"),
        "safety_units": _("Kept back as safety, units"),
    }


def fields(spec: PolicySpec) -> list[Field]:
    """The fields of the form, filled with a rule."""
    named, values = labels(), asdict(spec)
    found = [Field("sell", named["sell"], "choice", spec.sell, options=[(v, w, "") for v, w in sells().items()])]
    for name in NAMES[1:]:
        value = values[name]
        shown = "" if value is None else value.isoformat() if isinstance(value, date) else str(value)
        least = 0 if name in ("safety_units", "lead_time_days") else 1
        hint = _("Empty: no limit") if name in ("backorder_limit", "max_per_customer") else ""
        kind: Any = "day" if name == "street_on" else "units"
        found.append(Field(name, named[name], kind, shown, hint=hint, least=least, required=False))
    return found


change = form("items/<path:sku>/policy", name="item-policy", needs="catalog:write")


@change.asks
def ask(visit: Visit, given: Given, sku: str) -> Ask:
    """What would change, and whom it would reach; with a value that cannot be, the fields again."""
    item = catalog.current().item(sku)
    before, own, _special = _rule(sku)
    back = address("item", sku)
    title = _("How %(sku)s may be promised") % {"sku": sku}
    if "sell" not in given.values:
        return Ask(title, _("See the effect"), back, fields=fields(before), icon="runs", looks=True)
    try:
        spec = read(given, sku=sku)
    except Refused as refused:
        shown = [wrong(one, refused) for one in fields(before)]
        says = [] if any(one.error for one in shown) else [said(refused)]
        return Ask(title, _("See the effect"), back, says=says, fields=shown, icon="runs", looks=True)
    _done, seen, refusal = effects.look_ahead(
        lambda: change_policy(spec, actor=visit.actor), items=[item.id], actor=visit.actor
    )
    says = [*differences(before, spec, own), *warnings(item, spec), *([refusal] if refusal else [])]
    hidden = [Field(name, "", "hidden", given.values.get(name, "")) for name in NAMES]
    return Ask(
        title, _("Save"), back, says=says, fields=hidden, part="console/effect.html",
        values={"seen": seen, "today": visit.now.date()},
    )  # fmt: skip


@change.does
def do(visit: Visit, given: Given, sku: str) -> Did:
    """Save it; the undo saves what was there, or takes the item's own rule away again."""
    before, own, _special = _rule(sku)
    back = address("item", sku)
    if given.check("drop"):
        drop_policy(sku=sku, location=None, channel=None, actor=visit.actor)
        return Did(_("%(sku)s is promised like everything else again.") % {"sku": sku}, back)
    spec = read(given, sku=sku)
    change_policy(spec, actor=visit.actor)
    undo = {"drop": "1"} if not own else typed(before)
    says = _("Saved. Lines of %(sku)s that wait are decided again now.") % {"sku": sku}
    return Did(says, back, undo=address("item-policy", sku), fields=undo)


def read(given: Given, *, sku: str | None, location: str | None = None, channel: str | None = None) -> PolicySpec:
    """The rule that was typed for this scope; refused with its field named."""
    values: dict[str, Any] = {"sell": given.choice("sell", SELLS)}
    for name in NUMBERS:
        text = given.text(name, longest=12)
        if text:
            values[name] = given.number(name, least=0 if name in ("safety_units", "lead_time_days") else 1)
    if given.text("street_on", longest=10):
        values["street_on"] = given.day("street_on")
    spec = PolicySpec(sku=sku, location=location, channel=channel, **values)
    try:
        spec.check()
    except Refused as refused:
        raise invalid(str(refused.values.get("field")), _sense(refused)) from None
    return spec


def _sense(refused: Refused) -> str:
    return {
        "preorder_needs_street_date": _("A preorder needs the first day it may ship."),
        "made_to_order_needs_lead_time": _("What is made to order needs the days that takes."),
    }.get(refused.name, said(refused))


def wrong(field: Field, refused: Refused) -> Field:
    """The field, with what is wrong if the refusal names it."""
    return replace(field, error=said(refused)) if field.name == refused.values.get("field") else field


def differences(before: PolicySpec, after: PolicySpec, own: bool) -> list[str]:
    """What changes, a sentence each; `own`: the scope has a rule of its own before."""
    named = labels()
    words = sells()
    changed = [name for name in NAMES if getattr(before, name) != getattr(after, name)]
    if not changed:
        return [_("This is as it is now.")] if own else [_("This is what counts now; it would become the item's own.")]
    return [
        f"{named[name]}: {_shown(getattr(before, name), words)} → {_shown(getattr(after, name), words)}"
        for name in changed
    ]


def warnings(item: ItemRow, spec: PolicySpec) -> list[str]:
    """What a rule would stop at once."""
    ((waiting,),) = rows(_WAITING, [item.id]) or [(0,)]
    if spec.backorder_limit is not None and waiting >= spec.backorder_limit:
        values = {"waiting": waiting, "limit": spec.backorder_limit}
        return [_("%(waiting)s units wait now, the limit is %(limit)s: nobody else can order beyond the shelf until"
                  " fewer wait. Those who wait keep their place.") % values]  # fmt: skip
    return []


def typed(spec: PolicySpec) -> dict[str, str]:
    """A rule as its form sends it."""
    return {name: _text(getattr(spec, name)) for name in NAMES}


def _shown(value: object, words: dict[str, str]) -> str:
    if value is None:
        return _("none")
    return words.get(str(value), str(value))


def _text(value: object) -> str:
    return "" if value is None else str(value)

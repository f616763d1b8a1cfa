"""Policies: how everything may be promised, by item, place and channel; each change shows its effect before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from backorder.catalog import queries as catalog
from backorder.catalog import reading
from backorder.catalog.specs import PolicySpec
from backorder.journal.refusals import Refused
from backorder.orders.deciding.policies import change_policy, drop_policy, waiting_items
from backorder.orders.reading import channels

from . import effects, item_policy
from .asking import Ask, Did, Field, Given, form, invalid
from .door import Visit, address, page
from .item_policy import sells
from .listing import Column, Criteria, Filter, Found, Listing, Sort, cut, show
from .refusals import said
from .saved_views import View
from .settings import tabs
from .templatetags.look import count

READS, WRITES = "catalog:read", "catalog:write"
# Looking ahead locks the queues of the items for a moment; a rule that reaches more items than this says so only.
LOOKED_AHEAD = 100
SCOPE = ("sku", "location", "channel")


@dataclass(frozen=True, slots=True)
class Listed:
    """A policy as the list shows it, and the query that names its scope."""

    id: int
    spec: PolicySpec
    sell: str
    scope: str


@page("settings/policies", name="policies", needs=READS)
def policies(visit: Visit) -> HttpResponseBase:
    """Every policy, in the order they were made."""
    return show(
        visit, _listing(), _read, template="console/policies.html", settings_tabs=tabs(visit), may=visit.may(WRITES)
    )


def _read(criteria: Criteria, limit: int) -> Found:
    given = dict(criteria.filters)
    general = given.pop("only", "") == "general"
    after = int(criteria.after[0]) if criteria.after else None
    named: dict[str, Any] = {"sku": None, **given}
    found = reading.policies(**named, general=general, after=after, limit=limit + 1)
    words = sells()
    listed = [Listed(id, spec, words[spec.sell], urlencode(_scope_of(spec))) for id, spec in found]
    return cut(listed, limit, lambda row: (row.id,))


def _listing() -> Listing:
    places = [(one.code, one.name) for one in reading.locations()]
    doors = [(one.code, one.name) for one in channels()]
    return Listing(
        name="policies",
        title=_("Policies"),
        caption=_("Policies, in the order they were made"),
        row="console/policies_row.html",
        columns=(
            Column("sku", _("Item"), csv=lambda row: row.spec.sku),
            Column("location", _("Place"), csv=lambda row: row.spec.location),
            Column("channel", _("Channel"), csv=lambda row: row.spec.channel),
            Column("sell", _("Beyond the shelf"), csv=lambda row: row.spec.sell),
            Column("limit", _("At most"), csv=lambda row: row.spec.backorder_limit, number=True),
            Column("each", _("Per customer"), csv=lambda row: row.spec.max_per_customer, number=True, low=True),
            Column("lead", _("Lead time"), csv=lambda row: row.spec.lead_time_days, number=True, low=True),
            Column("street", _("May ship from"), csv=lambda row: row.spec.street_on, low=True),
            Column("safety", _("Safety"), csv=lambda row: row.spec.safety_units, number=True, low=True),
            Column("do", _("Change")),
        ),
        sorts=(Sort("made", _("order made")),),
        filters=(
            Filter("sku", _("Item"), hint=_("Its whole SKU")),
            Filter("location", _("Place"), "choice", options=places),
            Filter("channel", _("Channel"), "choice", options=doors),
            Filter("sell", _("Beyond the shelf"), "choice", options=tuple(sells().items())),
            Filter("only", _("Only"), "choice", options=(("general", _("for all items")),)),
        ),
        views=(View(_("All")), View(_("For all items"), {"only": "general"})),
        empty_title=_("No policies yet"),
        empty_says=_("Without one, only what is on the shelf is sold. Make one for all items, then others for some."),
    )  # fmt: skip


# -- make or change ------------------------------------------------------------------------------------------------

change = form("settings/policies/change", name="policy-change", needs=WRITES)


@change.asks
def ask_change(visit: Visit, given: Given) -> Ask:
    """The scope (named by the address, or typed) and its rule; then what a change of it would do."""
    try:
        scope = _scope(given)
        before = reading.policy(**scope)
        now = before or PolicySpec(
            sell="stock_only", sku=scope["sku"], location=scope["location"], channel=scope["channel"]
        )
        if "sell" not in given.values:
            return _fields(given, now, None)
        spec = item_policy.read(given, **scope)
    except Refused as refused:
        return _fields(given, PolicySpec(sell="stock_only"), refused)
    says = [_where(scope), *item_policy.differences(now, spec, before is not None)]
    if spec.sku is not None:
        says += item_policy.warnings(catalog.current().item(spec.sku), spec)
    seen, more = _effect(spec, visit)
    sent = {**_scope_of(spec), **{name: given.values.get(name, "") for name in item_policy.NAMES}}
    return Ask(
        _title(before), _("Save"), address("policies"), says=[*says, *more],
        fields=[Field(name, "", "hidden", value) for name, value in sent.items()],
        part="console/effect.html" if seen else "", values={"seen": seen, "today": visit.now.date()},
    )  # fmt: skip


@change.does
def do_change(visit: Visit, given: Given) -> Did:
    """Save it; the undo saves what was there, or takes it away again."""
    scope = _scope(given)
    before = reading.policy(**scope)
    change_policy(item_policy.read(given, **scope), actor=visit.actor)
    says = _("Saved. Lines that wait are decided again by it.")
    if before is None:
        return Did(says, address("policies"), undo=address("policy-end"), fields=_plain(scope))
    was = {**_plain(scope), **item_policy.typed(before)}
    return Did(says, address("policies"), undo=address("policy-change"), fields=was)


ending = form("settings/policies/end", name="policy-end", needs=WRITES)


@ending.asks
def ask_end(visit: Visit, given: Given) -> Ask:
    """Take a policy away: what is less special counts then."""
    scope = _scope(given)
    title = _("End this policy?")
    says = [
        _where(scope),
        _("What is more general counts then; without anything more general, only the shelf is sold."),
    ]
    seen: effects.Seen | None = None
    more: list[str] = []
    if scope["sku"] is not None:
        seen, more = _look(lambda: drop_policy(**scope, actor=visit.actor), scope["sku"], visit)
    return Ask(
        title, _("End it"), address("policies"), says=[*says, *more], danger=True,
        fields=[Field(name, "", "hidden", value) for name, value in _plain(scope).items()],
        part="console/effect.html" if seen else "", values={"seen": seen, "today": visit.now.date()},
    )  # fmt: skip


@ending.does
def do_end(visit: Visit, given: Given) -> Did:
    """It ends; the undo makes it again."""
    scope = _scope(given)
    before = reading.policy(**scope)
    if before is None:
        raise Refused("unknown_policy", _("This policy has ended already."), status=404)
    drop_policy(**scope, actor=visit.actor)
    was = {**_plain(scope), **item_policy.typed(before)}
    return Did(_("The policy has ended."), address("policies"), undo=address("policy-change"), fields=was)


def _fields(given: Given, spec: PolicySpec, refused: Refused | None) -> Ask:
    shown = [*_scope_fields(given), *item_policy.fields(spec)]
    if refused is not None:
        shown = [item_policy.wrong(one, refused) for one in shown]
    says = [] if refused is None or any(one.error for one in shown) else [said(refused)]
    return Ask(
        _title(spec if given.check("known") else None), _("See the effect"), address("policies"),
        says=says, fields=shown, icon="runs", looks=True,
    )  # fmt: skip


def _scope_fields(given: Given) -> list[Field]:
    """What the rule is for: to choose for a new one, fixed for one that is changed."""
    if given.check("known"):
        return [Field(name, "", "hidden", given.text(name, longest=100)) for name in (*SCOPE, "known")]
    any_place = [("", _("Any"), ""), *((one.code, one.name, "") for one in reading.locations())]
    any_door = [("", _("Any"), ""), *((one.code, one.name, "") for one in channels())]
    return [
        Field("sku", _("Item"), required=False, most=64, hint=_("Its SKU. Empty: all items.")),
        Field("location", _("Place"), "choice", options=any_place, required=False),
        Field("channel", _("Channel"), "choice", options=any_door, required=False),
    ]


def _scope(given: Given) -> dict[str, str | None]:
    scope = {name: given.text(name, longest=100) or None for name in SCOPE}
    if scope["sku"] is not None:
        catalog.current().item(scope["sku"])
    for name, known in (("location", reading.locations()), ("channel", channels())):
        if scope[name] is not None and scope[name] not in {one.code for one in known}:
            raise invalid(name, _("Choose one of those offered."))
    return scope


def _scope_of(spec: PolicySpec) -> dict[str, str]:
    return {"known": "1", **_plain({name: getattr(spec, name) for name in SCOPE})}


def _plain(scope: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value or "" for name, value in scope.items()}


def _where(scope: Mapping[str, str | None]) -> str:
    values = {"sku": scope["sku"] or _("all items"), "place": scope["location"] or _("any place"),
              "channel": scope["channel"] or _("any channel")}  # fmt: skip
    return _("For %(sku)s, %(place)s, %(channel)s.") % values


def _title(before: PolicySpec | None) -> str:
    return _("New policy") if before is None else _("Change this policy")


def _effect(spec: PolicySpec, visit: Visit) -> tuple[effects.Seen | None, list[str]]:
    return _look(lambda: change_policy(spec, actor=visit.actor), spec.sku, visit)


def _look(act: Any, sku: str | None, visit: Visit) -> tuple[effects.Seen | None, list[str]]:
    """What it would do to those who wait; of too many items only that it reaches them is said."""
    items = [catalog.current().item(sku).id] if sku is not None else waiting_items(limit=LOOKED_AHEAD + 1)
    if len(items) > LOOKED_AHEAD:
        says = _(
            "It may reach the lines of more than %(n)s items that wait; on so many the effect is not shown before."
        )
        return None, [says % {"n": count(LOOKED_AHEAD)}]
    _done, seen, refusal = effects.look_ahead(act, items=items, actor=visit.actor)
    return (None, [refusal]) if refusal else (seen, [])

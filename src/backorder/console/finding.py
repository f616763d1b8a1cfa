"""The palette: any order, item, customer, delivery or page, by its beginning; each look is by index and limited."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from backorder.catalog import finding as catalog
from backorder.orders.showing import finding as orders
from backorder.supply import finding as supply

from . import navigation
from .door import Visit, address, page

EACH = 6
SHORTEST = 2
LONGEST = 100


@dataclass(frozen=True, slots=True)
class Hit:
    """Something found: where it is, its name, and what tells it apart."""

    url: str
    icon: str
    label: str
    more: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Hits of a kind."""

    label: str
    hits: list[Hit]


@page("find", name="find", needs=None)
def find(visit: Visit) -> HttpResponseBase:
    """What fits `q`; one hit of a whole name is opened at once when the page itself was asked for."""
    words = visit.request.GET.get("q", "").strip().replace("\x00", "")[:LONGEST]
    groups = [group for group in _groups(visit, words) if group.hits]
    hits = [hit for group in groups for hit in group.hits]
    if words and not visit.is_fragment and len(hits) == 1:
        return HttpResponseRedirect(hits[0].url)
    template = "console/found.html" if visit.is_fragment else "console/find.html"
    return _numbered(visit, template, groups, words)


def _numbered(visit: Visit, template: str, groups: list[Group], words: str) -> HttpResponse:
    return visit.render(template, title=_("Find"), groups=groups, words=words)


def _groups(visit: Visit, words: str) -> list[Group]:
    groups = []
    if len(words) >= SHORTEST and visit.may("orders:read"):
        groups.append(Group(_("Orders"), _orders(words)))
        groups.append(Group(_("Customers"), _customers(words)))
    if len(words) >= SHORTEST and visit.may("catalog:read") and _has("item"):
        groups.append(Group(_("Items"), _items(words)))
    if len(words) >= SHORTEST and visit.may("supply:read") and _has("purchase"):
        groups.append(Group(_("Purchase orders"), _deliveries(words)))
    groups.append(Group(_("Go to"), _pages(visit, words)))
    return groups


def _orders(words: str) -> list[Hit]:
    found = orders.orders_by_reference(words, limit=EACH)
    return [Hit(address("order", one.id), "order", one.reference, one.customer or one.channel) for one in found]


def _customers(words: str) -> list[Hit]:
    found = orders.customers_by_name(words, limit=EACH)
    return [Hit(f"{address('orders')}?customer={one.reference}", "user", one.name or one.reference, one.email)
            for one in found]  # fmt: skip


def _items(words: str) -> list[Hit]:
    return [Hit(address("item", one.sku), "item", one.sku, one.name) for one in catalog.items(words, limit=EACH)]


def _deliveries(words: str) -> list[Hit]:
    found = supply.purchase_orders(words, limit=EACH)
    return [Hit(address("purchase", one.reference), "inbound", one.reference, one.supplier) for one in found]


def _pages(visit: Visit, words: str) -> list[Hit]:
    wanted = words.casefold()
    stops = [Hit(one.url, one.icon, one.label, f"G {one.key.upper()}") for one in navigation.rail(visit)]
    stops.append(Hit(address("me"), "user", _("You: password, second step, sessions, theme")))
    return [hit for hit in stops if wanted in hit.label.casefold()]


def _has(name: str) -> bool:
    try:
        reverse(f"console:{name}", args=["x"])
    except NoReverseMatch:
        return False
    return True

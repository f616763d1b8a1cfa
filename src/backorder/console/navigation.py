"""The rail on the left: where one can go, and how much waits there. Counts end at a limit, so they cost little."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from .door import Visit


@dataclass(frozen=True, slots=True)
class Stop:
    """One entry of the rail; `key` is the letter that follows g."""

    name: str
    label: str
    icon: str
    key: str
    url: str
    here: bool


def rail(visit: Visit) -> list[Stop]:
    """The entries that exist here and that the person may see, in order."""
    here = visit.request.path
    found = []
    for name, label, icon, key, scope in _stops():
        url = _address(name)
        if url is None or not visit.may(scope):
            continue
        is_here = here == url or (name != "today" and here.startswith(url + "/"))
        found.append(Stop(name, label, icon, key, url, is_here))
    return found


def _stops() -> list[tuple[str, str, str, str, str]]:
    return [
        ("today", _("Today"), "today", "t", "orders:read"),
        ("backorders", _("Backorders"), "queue", "b", "orders:read"),
        ("orders", _("Orders"), "order", "o", "orders:read"),
        ("items", _("Items"), "item", "i", "catalog:read"),
        ("runs", _("Runs"), "runs", "r", "orders:read"),
        ("inbound", _("Inbound"), "inbound", "n", "supply:read"),
        ("stock", _("Stock"), "stock", "s", "stock:read"),
        ("ship", _("Ship"), "ship", "p", "orders:read"),
        ("messages", _("Messages"), "mail", "m", "orders:read"),
        ("settings", _("Settings"), "set", "e", "orders:read"),
    ]


def _address(name: str) -> str | None:
    try:
        return reverse(f"console:{name}")
    except NoReverseMatch:
        return None

"""What both doors, Django's and the lane before it, must answer alike: one row a case, in this order.

`@` in a body stands for the door, so that each places orders of its own. `name` is the refusal's, or None.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

LAMP = [{"sku": "LAMP", "units": 1}]
TYPE = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Case:
    """A request, and the status and name it is answered with."""

    says: str
    path: str
    body: bytes
    status: int
    name: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    method: str = "POST"
    scopes: tuple[str, ...] = ("orders:read", "orders:write")

    def body_for(self, door: str) -> bytes:
        """The body as this door is sent it."""
        return self.body.replace(b"@", door.encode())


def order(**given: Any) -> bytes:
    return json.dumps({"channel": "web", "reference": "@-1", "country": "GB", "lines": LAMP, **given}).encode()


def asked(**given: Any) -> bytes:
    return json.dumps({"channel": "web", "country": "GB", "lines": LAMP, **given}).encode()


CASES = [
    Case("an order is placed", "/orders", order(), 201),
    Case("the same again is replayed", "/orders", order(), 200),
    Case("the same in another order of keys is replayed", "/orders", b'{"country":"GB",' + order()[1:-1].replace(
        b'"country": "GB", ', b"") + b"}", 200),
    Case("another body is refused", "/orders", order(country="FR"), 422, "reference_reused"),
    Case("a charset may be said", "/orders", order(reference="@-2"), 201,
         headers={"Content-Type": "application/json; charset=utf-8"}),
    Case("an unknown item", "/orders", order(reference="@-3", lines=[{"sku": "NONE", "units": 1}]), 404,
         "unknown_item"),
    Case("an unknown channel", "/orders", order(channel="none"), 404, "unknown_channel"),
    Case("too many units", "/orders", order(reference="@-4", lines=[{"sku": "CHAIR", "units": 1_000}]), 409,
         "item_is_not_sellable_on_backorder"),
    Case("no units", "/orders", order(lines=[{"sku": "LAMP", "units": 0}]), 422, "invalid_field"),
    Case("units as text", "/orders", order(lines=[{"sku": "LAMP", "units": "1"}]), 422, "invalid_field"),
    Case("an unknown field", "/orders", order(colour="red"), 422, "invalid_field"),
    Case("a zone that is none", "/orders", order(reference="@-5", zone="Mars"), 422, "unknown_zone"),
    Case("no JSON", "/orders", b"{", 400, "body_is_not_json"),
    Case("not UTF-8", "/orders", b'{"channel":"\xff"}', 400, "body_is_not_json"),
    Case("nested too deeply", "/orders", b"[" * 5_000, 422, "invalid_field"),
    Case("another type", "/orders", b"<order/>", 415, "media_type_is_not_supported",
         headers={"Content-Type": "application/xml"}),
    Case("no key", "/orders", order(), 401, "key_is_missing", headers={"Authorization": ""}),
    Case("no such key", "/orders", order(), 401, "key_not_valid", headers={"Authorization": "Bearer bo_0000000000_x"}),
    Case("a key that may only read", "/orders", order(reference="@-6"), 403, "scope_missing", scopes=("orders:read",)),
    Case("a parameter that is none", "/orders?colour=red", order(reference="@-7"), 422, "unknown_parameter"),
    Case("another method", "/orders", b"{}", 405, "method_not_allowed", method="DELETE"),
    Case("an inquiry", "/inquiries", asked(), 200),
    Case("an inquiry for too many", "/inquiries", asked(lines=[{"sku": "CHAIR", "units": 1_000}]), 200),
    Case("an inquiry for nothing known", "/inquiries", asked(lines=[{"sku": "NONE", "units": 1}]), 404, "unknown_item"),
    Case("a hold", "/holds", asked(token="@-cart"), 201),
    Case("the hold again", "/holds", asked(token="@-cart"), 201),
    Case("a hold of too many", "/holds", asked(token="@-big", lines=[{"sku": "CHAIR", "units": 1_000}]), 409,
         "item_is_not_sellable_on_backorder"),
    Case("a hold that is an order", "/orders", order(reference="@-8", hold="@-cart"), 201),
    Case("a hold without a token", "/holds", asked(), 422, "invalid_field"),
]  # fmt: skip

"""API keys: an administrator makes, lists and revokes them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from backorder.access import keys
from backorder.api.operation import Call, operation
from backorder.api.parameters import Word
from backorder.api.shapes import Code

TAG = "keys"

Scope = Literal[
    "orders:read", "orders:write", "orders:fulfil", "queue:read", "catalog:read", "catalog:write", "stock:read",
    "stock:write", "supply:read", "supply:write", "supply:receive", "planning:read", "planning:write", "notices:read",
    "notices:write", "webhooks", "admin",
]  # fmt: skip


class NewKey(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a key may do, until when, and how often a minute."""

    name: Code
    scopes: Annotated[tuple[Scope, ...], Meta(min_length=1, max_length=20)]
    expires_at: Annotated[datetime, Meta(tz=True)] | None = None
    rate_per_minute: Annotated[int, Meta(ge=1, le=keys.HIGHEST_RATE_PER_MINUTE)] = keys.RATE_PER_MINUTE


class MadeKey(Struct, frozen=True):
    """The key itself: it is shown this once."""

    key: str


@operation(TAG, "GET", "/keys", scope="admin", answer=list[keys.KeySummary])
def list_keys(call: Call) -> list[keys.KeySummary]:
    """List all keys, ended ones included, by what may be shown of them."""
    return keys.list_keys()


@operation(TAG, "POST", "/keys", scope="admin", answer=MadeKey, status=201)
def create_key(call: Call, body: NewKey) -> MadeKey:
    """Make a key. It is shown this once: only its hash is kept, and no Idempotency-Key brings it back."""
    made = keys.create(
        name=body.name,
        scopes=body.scopes,
        expires_at=body.expires_at,
        rate_per_minute=body.rate_per_minute,
        actor=call.actor,
    )
    return MadeKey(made)


@operation(TAG, "DELETE", "/keys/{prefix}", scope="admin", status=204)
def revoke_key(call: Call, prefix: Word) -> None:
    """End a key for good; twice changes nothing."""
    keys.revoke(prefix, actor=call.actor)

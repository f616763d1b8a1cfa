"""Where news goes: webhook addresses, and every message with its fate."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from backorder.api import paging
from backorder.api.operation import Answered, Call, operation
from backorder.api.parameters import Cursor, Id, Limit
from backorder.notices import deliveries, webhooks
from backorder.notices.deliveries import DeliveryRow
from backorder.notices.webhooks import MOST_FACTS, URL_CHARACTERS, EndpointRow, Registered

TAG = "webhooks"

Url = Annotated[str, Meta(min_length=1, max_length=URL_CHARACTERS)]
FactNames = Annotated[
    tuple[Annotated[str, Meta(pattern=r"^[a-z_]{1,60}\.([a-z_]{1,60}|\*)$")], ...], Meta(max_length=MOST_FACTS)
]


class NewWebhook(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An https address, and the facts it wants (`order.placed`, `order.*`; none: all public ones)."""

    url: Url
    facts: FactNames = ()


class WebhookChange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to change; the rest stays."""

    url: Url | None = None
    facts: FactNames | None = None
    active: bool | None = None


class Secret(Struct, frozen=True):
    """The secret that messages are signed with; it is shown this once."""

    secret: str


class Resent(Struct, frozen=True):
    """How many messages are sent again."""

    messages: int


@operation(TAG, "GET", "/webhooks", scope="webhooks", answer=list[EndpointRow])
def list_webhooks(call: Call) -> list[EndpointRow]:
    """List all addresses."""
    return webhooks.list_endpoints()


@operation(TAG, "POST", "/webhooks", scope="webhooks", answer=Registered, status=201)
def register_webhook(call: Call, body: NewWebhook) -> Registered:
    """Send what happens from now on to an address. Its secret is shown this once."""
    return webhooks.register(url=body.url, facts=body.facts, actor=call.actor)


@operation(TAG, "GET", "/webhooks/{int:webhook}", scope="webhooks", answer=EndpointRow)
def get_webhook(call: Call, webhook: Id) -> EndpointRow:
    """Show an address."""
    return webhooks.endpoint(webhook)


@operation(TAG, "PATCH", "/webhooks/{int:webhook}", scope="webhooks", answer=EndpointRow)
def change_webhook(call: Call, webhook: Id, body: WebhookChange) -> EndpointRow:
    """Change an address, what it wants, or switch it off and on."""
    return webhooks.change(webhook, url=body.url, facts=body.facts, active=body.active, actor=call.actor)


@operation(TAG, "DELETE", "/webhooks/{int:webhook}", scope="webhooks", status=204)
def remove_webhook(call: Call, webhook: Id) -> None:
    """Forget an address and all its messages."""
    webhooks.remove(webhook, actor=call.actor)


@operation(TAG, "POST", "/webhooks/{int:webhook}/secret", scope="webhooks", answer=Secret, status=201)
def renew_webhook_secret(call: Call, webhook: Id, at_once: bool = False) -> Secret:
    """Give an address a new secret. It is shown this once. Messages are signed with the one before as well for a day,
    unless it is to end at once."""
    return Secret(webhooks.renew_secret(webhook, at_once=at_once, actor=call.actor))


@operation(TAG, "POST", "/webhooks/{int:webhook}/test", scope="webhooks", answer=DeliveryRow, status=201)
def test_webhook(call: Call, webhook: Id) -> DeliveryRow:
    """Send a message of type `webhook.test`."""
    return deliveries.send_test(webhook)


@operation(TAG, "POST", "/webhooks/{int:webhook}/resend", scope="webhooks", answer=Resent)
def resend_dead_letters(call: Call, webhook: Id) -> Resent:
    """Send the dead letters of an address again."""
    return Resent(deliveries.resend_dead(webhook))


@operation(TAG, "GET", "/deliveries", scope="webhooks", answer=list[DeliveryRow], paged=True)
def list_deliveries(
    call: Call,
    webhook: Id | None = None,
    state: Literal["waiting", "delivered", "dead"] | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Answered:
    """List messages, newest first; those in state `dead` are dead letters."""
    after = paging.read_cursor(cursor, UUID)
    rows = deliveries.list_deliveries(endpoint_id=webhook, state=state, after=after, limit=limit + 1)
    page, more = paging.cut(rows, limit, lambda row: row.id)
    return Answered(page, headers=paging.link(call.request, more))


@operation(TAG, "GET", "/deliveries/{delivery}", scope="webhooks", answer=DeliveryRow)
def get_delivery(call: Call, delivery: UUID) -> DeliveryRow:
    """Show a message and its fate."""
    return deliveries.delivery(delivery)


@operation(TAG, "POST", "/deliveries/{delivery}/resend", scope="webhooks", answer=DeliveryRow)
def resend_delivery(call: Call, delivery: UUID) -> DeliveryRow:
    """Send a message again, dead or not."""
    return deliveries.resend(delivery)

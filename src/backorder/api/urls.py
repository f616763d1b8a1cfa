"""Where the REST door hangs in the house."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from backorder.api import (
    calendars,
    carts,
    cases,
    channels,
    clock,
    explaining,
    fulfilling,
    inbound,
    items,
    journal,
    keys,
    lines,
    links,
    locations,
    metrics,
    notices,
    orders,
    outbox,
    pages,
    payments,
    placing,
    policies,
    runs,
    services,
    stock,
    supplies,
    supplying,
    templates,
    threads,
    transfers,
    variants,
    webhooks,
)
from backorder.api.operation import router, sort_addresses
from backorder.api.root import api

# Importing a resource hangs its operations into the router.
RESOURCES = (
    placing, carts, orders, links, fulfilling, lines, explaining, items, policies, stock, supplying, supplies,
    locations, calendars, services, channels, transfers, variants, runs, notices, threads, templates, inbound, cases,
    payments, journal, webhooks, keys, clock,
)  # fmt: skip
sort_addresses()
api.add_router("", router)

urlpatterns: list[URLPattern | URLResolver] = [
    path("", pages.start),
    path("metrics", metrics.metrics),
    path("api/docs", pages.reference_page),
    path("api/docs/refusals", pages.refusals_page),
    path("api/docs/style.css", pages.style),
    path("api/openapi.json", pages.openapi),
    path("api/v1/", api.urls),
    path("outbox", outbox.outbox),
    path("outbox/<int:notice>", outbox.letter),
    path("unsubscribe/<str:link>", inbound.unsubscribe),
    path("hooks/mail/<slug:provider>/tracking", inbound.mail_tracking),
    path("hooks/mail/<slug:provider>/inbound", inbound.mail_inbound),
    path("hooks/sms/twilio/inbound", inbound.twilio_inbound),
    path("hooks/sms/twilio/receipts", inbound.twilio_receipts),
]

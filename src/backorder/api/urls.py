"""Where the REST door hangs in the house."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from backorder.api import calendars, clock, items, journal, keys, locations, pages, placing, services
from backorder.api.root import api

for resource in (placing, items, locations, calendars, services, journal, keys, clock):
    api.add_router("", resource.router)

urlpatterns: list[URLPattern | URLResolver] = [
    path("", pages.start),
    path("api/docs", pages.reference_page),
    path("api/docs/refusals", pages.refusals_page),
    path("api/docs/style.css", pages.style),
    path("api/openapi.json", pages.openapi),
    path("api/v1/", api.urls),  # type: ignore[arg-type]
]

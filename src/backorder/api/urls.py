"""Where the REST door hangs in the house."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from backorder.api import calendars, items, locations, services
from backorder.api.root import api

for resource in (items, locations, calendars, services):
    api.add_router("", resource.router)

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", api.urls),  # type: ignore[arg-type]
]

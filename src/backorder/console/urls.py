"""Where the console hangs in the house: its own pages below /console/, and sign-in below /console/account/."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

# Importing a page hangs it into the door.
from . import backorders, desk, door, errands_page, finding, goods, me, order, orders, saved_views, today
from .welcoming import welcoming

PAGES = (today, backorders, errands_page, orders, order, goods, desk, finding, me, saved_views)

urlpatterns: list[URLPattern | URLResolver] = [
    path(door.PREFIX + "account/", include("allauth.urls")),
    path(door.PREFIX + "welcome/<str:token>", welcoming, name="welcome"),
    path("", include((door.url_patterns(), "console"))),
]

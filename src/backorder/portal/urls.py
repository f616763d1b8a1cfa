"""Where the customer's pages hang in the house."""

from __future__ import annotations

from django.urls import URLPattern, path

from . import address, asking, my_order, reaching, storefront, waitlist, withdrawing

urlpatterns: list[URLPattern] = [
    path("my/<str:link>", my_order.look),
    path("my/<str:link>/choose", my_order.choose),
    path("my/<str:link>/confirm", my_order.confirm),
    path("my/<str:link>/withdraw", withdrawing.withdraw),
    path("my/<str:link>/address", address.address),
    path("my/<str:link>/ask", asking.ask),
    path("my/<str:link>/reach", reaching.reach),
    path("storefront/items/<str:sku>.json", storefront.item_json),
    path("storefront/items/<str:sku>.html", storefront.item_html),
    path("storefront/snippet.js", storefront.snippet),
    path("storefront/feed.xml", storefront.feed),
    path("storefront/waitlist", waitlist.join),
    path("waitlist/<str:link>", waitlist.page),
]

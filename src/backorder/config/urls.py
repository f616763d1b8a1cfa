"""The root of all addresses. Each door owns what lies below its prefix."""

from django.urls import include, path

urlpatterns = [
    path("", include("backorder.api.urls")),
]

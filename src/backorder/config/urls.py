"""The root of all addresses. Each door owns what lies below its prefix."""

from django.urls import include, path

from backorder.config.health import healthz

urlpatterns = [
    path("healthz", healthz),
    path("", include("backorder.api.urls")),
]

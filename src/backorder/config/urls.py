"""The root of all addresses. Each door owns what lies below its prefix."""

from django.urls import include, path

from backorder.config import report
from backorder.config.health import healthz

urlpatterns = [
    path("healthz", healthz),
    *report.urls(),
    path("", include("backorder.console.urls")),
    path("", include("backorder.portal.urls")),
    path("", include("backorder.api.urls")),
]

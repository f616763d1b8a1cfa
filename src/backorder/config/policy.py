"""What a browser may do with our pages: load from us alone, run only our files, never inside another's frame.

A page that needs less says so itself; its own policy stays.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse

HEADER = "Content-Security-Policy"
SOURCES = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
# Nothing we show needs a sensor; passkeys stay allowed.
PERMISSIONS = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"


class Middleware:
    """Puts the policy on every answer that has none of its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.policy = policy(settings.BACKORDER_OIDC_URL)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault(HEADER, self.policy)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        return response


def policy(oidc_url: str) -> str:
    """The policy; forms go to us, and to the company's sign-in where there is one."""
    company = urlsplit(oidc_url)
    targets = "'self'" + (f" {company.scheme}://{company.netloc}" if company.netloc else "")
    return "; ".join(f"{name} {sources}" for name, sources in {**SOURCES, "form-action": targets}.items())

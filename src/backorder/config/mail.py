"""Which way e-mail leaves, from one address: `smtp://user:password@host:587`, `smtps://...`, or `anymail://provider?...`.

An anymail address names the provider's own settings in small letters: `anymail://postmark?server_token=...` is
POSTMARK_SERVER_TOKEN. Without an address nothing leaves; the outbox page shows what would have.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

NOWHERE = "django.core.mail.backends.dummy.EmailBackend"
SMTP = "django.core.mail.backends.smtp.EmailBackend"
TIMEOUT_SECONDS = 30
SUBMISSION = 587  # The port at which servers expect STARTTLS.


def settings_for(url: str, *, webhook_secret: str = "") -> dict[str, Any]:
    """Django's settings for a mail address. Raises ValueError in words for one that cannot be."""
    if not url:
        return {"EMAIL_BACKEND": NOWHERE}
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    if parts.scheme in ("smtp", "smtps") and parts.hostname:
        return _smtp(parts.scheme, parts.hostname, parts.port, parts.username, parts.password, options)
    if parts.scheme == "anymail" and (parts.hostname or "").replace("_", "").isalnum():
        name = parts.hostname or ""
        given = {f"{name}_{option}".upper(): value for option, value in options.items()}
        return {
            "EMAIL_BACKEND": f"anymail.backends.{name}.EmailBackend",
            "ANYMAIL": {**given, "REQUESTS_TIMEOUT": TIMEOUT_SECONDS, "WEBHOOK_SECRET": webhook_secret or None},
        }
    raise ValueError(f"BACKORDER_MAIL must begin with smtp://, smtps:// or anymail://, not {parts.scheme}://")


def _smtp(
    scheme: str, host: str, port: int | None, user: str | None, password: str | None, options: dict[str, str]
) -> dict[str, Any]:
    port = port or (465 if scheme == "smtps" else 25)
    starts_tls = scheme == "smtp" and options.get("tls", "start" if port == SUBMISSION else "no") == "start"
    return {
        "EMAIL_BACKEND": SMTP,
        "EMAIL_HOST": host,
        "EMAIL_PORT": port,
        "EMAIL_HOST_USER": unquote(user or ""),
        "EMAIL_HOST_PASSWORD": unquote(password or ""),
        "EMAIL_USE_SSL": scheme == "smtps",
        "EMAIL_USE_TLS": starts_tls,
        "EMAIL_TIMEOUT": TIMEOUT_SECONDS,
    }

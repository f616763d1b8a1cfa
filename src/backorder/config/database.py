"""Which database this installation uses: DATABASE_URL if it is set, else the embedded PostgreSQL in the data folder."""

import os
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from backorder.config import embedded
from backorder.config.secrets import data_folder

OLDEST_POSTGRESQL = 15

# Only the hot statements are prepared; with array parameters a generic plan is as good and need not be made each time.
# Compiling a statement that finds a few rows costs more than running it.
SESSION_OPTIONS = "-c idle_in_transaction_session_timeout=5000 -c plan_cache_mode=force_generic_plan -c jit=off"


def is_embedded() -> bool:
    """Return whether the database is ours to start and stop."""
    return not os.environ.get("DATABASE_URL")


def url() -> str:
    """Return the database address, password included: never log it, use `without_password`."""
    return os.environ.get("DATABASE_URL") or embedded.url(data_folder())


def without_password(address: str) -> str:
    """Return a database address that may be shown to people."""
    parts = urlsplit(address)
    host = parts.netloc.rpartition("@")[2]
    user = f"{parts.username}@" if parts.username else ""
    query = "&".join(word for word in parts.query.split("&") if word and not word.startswith("password="))
    return f"{parts.scheme}://{user}{host}{parts.path}" + (f"?{query}" if query else "")


def settings_for(address: str) -> dict[str, Any]:
    """Return Django's settings of one database for a postgresql:// address.

    Raises ValueError if the address is not one of PostgreSQL.
    """
    parts = urlsplit(address)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ValueError(
            f"DATABASE_URL must begin with postgresql://, not {parts.scheme}:// (only PostgreSQL is supported)"
        )
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    options = {"application_name": os.environ.get("PGAPPNAME", "backorder"), "options": SESSION_OPTIONS}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or query.pop("dbname", "backorder"),
        "USER": unquote(parts.username or "") or query.pop("user", ""),
        "PASSWORD": unquote(parts.password or "") or query.pop("password", ""),
        "HOST": unquote(parts.hostname or "") or query.pop("host", ""),
        "PORT": str(parts.port or query.pop("port", "")),
        # Threads keep their connection; each request first makes sure that it still lives.
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options | query,
    }


def compose(*, user: str, password: str, name: str, host: str) -> str:
    """Return the postgresql:// address of a database reached through a socket folder."""
    user, password, name, host = (quote(word, safe="") for word in (user, password, name, host))
    return f"postgresql://{user}:{password}@/{name}?host={host}"

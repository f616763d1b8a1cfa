"""What is said once after an action, with its undo; and what was typed when a session had ended.

Both wait in the session until the next page takes them.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from django.http import HttpRequest

KEPT_FIELDS = 60
KEPT_CHARACTERS = 4_000


@dataclass(frozen=True, slots=True)
class Toast:
    """A sentence on what was done; `undo` is the address that takes it back, sent `fields`."""

    says: str
    undo: str = ""
    fields: tuple[tuple[str, str], ...] = ()


def give(request: HttpRequest, toast: Toast) -> None:
    """Say this on the next page."""
    request.session["toast"] = asdict(toast)


def take(request: HttpRequest) -> dict[str, Any] | None:
    """What is to be said now, once."""
    found: dict[str, Any] | None = request.session.pop("toast", None)
    return found


def keep_typed(request: HttpRequest) -> str:
    """Keep what a form sent by somebody who is not signed in; returns the form's own page."""
    typed = {
        name: [value[:KEPT_CHARACTERS] for value in request.POST.getlist(name)[:KEPT_FIELDS]]
        for name in list(request.POST)[:KEPT_FIELDS]
        if name not in ("csrfmiddlewaretoken", "token", "confirmed")
    }
    request.session["typed"] = {"to": request.get_full_path(), "fields": typed}
    return request.get_full_path()


def take_typed(request: HttpRequest, to: str) -> dict[str, list[str]]:
    """What was typed into the form that is sent to `to` before the session ended, once."""
    kept = request.session.get("typed")
    if not kept or kept["to"] != to:
        return {}
    del request.session["typed"]
    found: dict[str, list[str]] = kept["fields"]
    return found

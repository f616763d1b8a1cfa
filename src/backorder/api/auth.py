"""Who calls: a bearer key, the scope an operation needs, and how often a key may call."""

from __future__ import annotations

from django.http import HttpRequest
from ninja.security import HttpBearer

from backorder.access import keys, limits
from backorder.access.keys import Caller


class ApiKey(HttpBearer):
    """`Authorization: Bearer bo_<prefix>_<secret>`, allowed `scope` (None: the view asks itself), within its rate."""

    def __init__(self, scope: str | None) -> None:
        super().__init__()
        self.scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> Caller:
        """Return the caller; a key that is unknown, ended, too narrow or too busy is refused."""
        caller = keys.authenticate(token)
        if self.scope is not None:
            caller.require(self.scope)
        limits.take(caller)
        return caller

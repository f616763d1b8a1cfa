"""What each role of staff may do, in the scopes that API keys have too: one right, asked at every door.

A person may have several roles and may then do what any of them allows.
"""

from __future__ import annotations

from collections.abc import Iterable

from .keys import ADMIN, INCLUDED, SCOPES

READING = frozenset(scope for scope in SCOPES if scope.endswith(":read"))

ROLES: dict[str, frozenset[str]] = {
    "viewer": READING,
    "support": READING | {"orders:write", "notices:write"},
    "planner": READING | {"orders:write", "catalog:write", "supply:write"} | ({"planning:write"} & SCOPES),
    "buyer": READING | {"supply:write"},
    "warehouse": READING | {"orders:fulfil", "stock:write", "supply:receive"},
    ADMIN: SCOPES,
}


def scopes_of(roles: Iterable[str]) -> frozenset[str]:
    """Everything the roles allow together, with what their scopes include; roles that do not exist allow nothing."""
    given = frozenset().union(*(ROLES.get(role, frozenset()) for role in roles))
    return given.union(*(INCLUDED.get(scope, frozenset()) for scope in given))


def roles_with(scope: str) -> tuple[str, ...]:
    """The roles that allow `scope`, the least first."""
    return tuple(role for role in ROLES if scope in scopes_of([role]))

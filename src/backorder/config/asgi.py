"""The ASGI application that the server runs: the fast lane, and behind it Django in a thread pool."""

from collections.abc import Awaitable, Callable
from typing import Any, cast

from a2wsgi import WSGIMiddleware

from backorder.config.wsgi import application as django  # Sets Django up: what follows needs it.

from backorder.api import lane  # isort: skip

# As many threads as PostgreSQL sessions this process may hold for Django.
THREADS = 16

_pool = WSGIMiddleware(cast(Any, django), workers=THREADS)


async def _django(scope: Any, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]) -> None:
    """Hand a request to Django's threads."""

    async def received() -> Any:
        # Granian's own `receive` is awaitable, but not the coroutine that the pool insists on.
        return await receive()

    await _pool(scope, received, send)


application = lane.before(_django)

"""The ASGI application that the server runs: Django in a thread pool."""

from typing import Any, cast

from a2wsgi import WSGIMiddleware

from backorder.config.wsgi import application as django

# As many threads as PostgreSQL sessions this process may hold for Django.
THREADS = 16

application = WSGIMiddleware(cast(Any, django), workers=THREADS)

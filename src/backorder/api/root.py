"""The door itself: `/api/v1` with its resources, its OpenAPI document and how it says no."""

from __future__ import annotations

from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema

from backorder import __version__
from backorder.api import openapi, problems

DESCRIPTION = """Sell what is out of stock, and keep the promise.

Every call needs a key: `Authorization: Bearer bo_...`. What is refused comes back as problem details (RFC 9457) whose
`type` leads to its entry in the reference. Lists come in pages; follow the `Link` header. Edits need `If-Match`.
Creating calls other than orders take an `Idempotency-Key`; an order's identity is its channel and reference.
"""


class Api(NinjaAPI):
    """Ninja's API with our OpenAPI document."""

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        """The document, complete."""
        skeleton = super().get_openapi_schema(path_prefix=path_prefix, path_params=path_params)
        openapi.document(self, skeleton)
        return skeleton


api = Api(
    title="backorder",
    version=__version__,
    description=DESCRIPTION,
    docs_url=None,
    openapi_url=None,
    urls_namespace="api-v1",
)
KINDS: tuple[type[Exception], ...] = (Exception, *{kind for kind, _ in problems.TURNS})
for kind in KINDS:
    api.add_exception_handler(kind, problems.handle)

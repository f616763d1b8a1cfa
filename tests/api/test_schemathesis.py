"""Schemathesis against the door: whatever the document allows, or does not, never ends in a server error.

`BACKORDER_EXAMPLES` examples an operation (5 in `make test`, 200 in `make soak`), then sequences of calls.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection
from hypothesis import HealthCheck, Phase, settings
from schemathesis.config import SchemathesisConfig
from tests.api.conftest import Door, order

from backorder.config.wsgi import application
from backorder.orders.deciding.redecide import work_marks

HERE = Path(__file__).parent
EXAMPLES = int(os.environ.get("BACKORDER_EXAMPLES", "5"))
STEPS = 8

schema = schemathesis.openapi.from_dict(
    json.loads((HERE.parents[1] / "docs" / "openapi.json").read_text()),
    config=SchemathesisConfig.from_path(HERE / "schemathesis.toml"),
)
schema.app = application


@schema.auth(refresh_interval=None)
class Key:
    """The key of the running test."""

    current = ""

    def get(self, case: schemathesis.Case, context: schemathesis.AuthContext) -> str:
        return self.current

    def set(self, case: schemathesis.Case, data: str, context: schemathesis.AuthContext) -> None:
        # What `get` gave may be remembered from the test before.
        case.headers["Authorization"] = f"Bearer {Key.current}"


@schemathesis.hook
def filter_query(context: schemathesis.HookContext, query: dict[str, object] | None) -> bool:
    """What makes a query invalid must be in the address: null, empty lists and objects are not written there."""
    return all(value not in (None, [], {}) for value in (query or {}).values())


@schemathesis.hook
def map_headers(context: schemathesis.HookContext, headers: dict[str, object] | None) -> dict[str, object] | None:
    """Another host is refused before the door, by the settings."""
    return {name: value for name, value in (headers or {}).items() if name.lower() != "host"}


@schemathesis.serializer("message/rfc822")
def mail(context: schemathesis.SerializationContext, value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


how = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=EXAMPLES <= 10,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
    stateful_step_count=STEPS,
)


@pytest.fixture
def seeded(shop: Door) -> Iterator[None]:
    """A shop with orders, supply and a supplier; the test's own connection outlives the requests."""
    shop.put("/suppliers/ACME", {"name": "Acme"})
    shop.put("/suppliers/ACME/items/DESK", {"price_minor": 900})
    shop.post("/orders", order(lines=[{"sku": "LAMP", "units": 2}, {"sku": "DESK", "units": 3}]))
    work_marks(100)
    shop.post("/purchase-proposals", {"supplier": "ACME"})
    work_marks(100)
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    Key.current = shop.key
    with connection.cursor() as cursor:
        # Hypothesis thinks between its calls, in the test's one transaction.
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.usefixtures("seeded")
@schema.parametrize()
@how
def test_every_operation_does_what_the_document_says(case: schemathesis.Case) -> None:
    case.call_and_validate(headers={"Authorization": f"Bearer {Key.current}"})


@pytest.mark.filterwarnings("ignore")
@pytest.mark.usefixtures("seeded")
def test_sequences_of_calls_do_what_the_document_says() -> None:
    schema.as_state_machine().run(settings=how)

"""Numbers for a monitoring system, in the text format of Prometheus: what waits, how far behind, how much is owed."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from backorder import __version__
from backorder.api import problems
from backorder.api.auth import ApiKey
from backorder.journal import follow
from backorder.journal.prepared import rows
from backorder.journal.refusals import Refused
from backorder.stock import marks

SCOPE = "orders:read"

_OWED = """
    SELECT coalesce(sum(open_units), 0), count(*) FILTER (WHERE open_units > 0) FROM orders_queue
"""
_DELIVERIES = "SELECT state, count(*) FROM notices_delivery WHERE state <> 'delivered' GROUP BY state"


def metrics(request: HttpRequest) -> HttpResponse:
    """The numbers; whoever asks needs a key, as `Authorization: Bearer`, that may read orders."""
    try:
        if ApiKey(SCOPE)(request) is None:
            raise Refused("key_is_missing", "Send an API key: Authorization: Bearer bo_...", status=401)
        return HttpResponse(generate_latest(_registry()), content_type=CONTENT_TYPE_LATEST)
    except Exception as error:
        return problems.handle(request, error)


def _registry() -> CollectorRegistry:
    registry = CollectorRegistry()
    ((open_units, waiting_items),) = rows(_OWED, [])
    letters: dict[str, int] = dict(rows(_DELIVERIES, []))
    _gauge(registry, "open_units", "Units that lines and holds wait for.", int(open_units))
    _gauge(registry, "waiting_items", "Items with units that somebody waits for.", waiting_items)
    _gauge(registry, "marked_items", "Items with a change that is not yet re-decided.", marks.count())
    _gauge(registry, "webhook_messages_waiting", "Webhook messages still to be sent.", letters.get("waiting", 0))
    _gauge(registry, "webhook_dead_letters", "Webhook messages that were given up.", letters.get("dead", 0))
    lag = Gauge("backorder_follower_lag_seconds", "How far a reader of the journal is behind.", ["follower"],
                registry=registry)  # fmt: skip
    for follower, seconds in follow.lags().items():
        lag.labels(follower).set(seconds)
    Gauge("backorder_info", "The version that runs.", ["version"], registry=registry).labels(__version__).set(1)
    return registry


def _gauge(registry: CollectorRegistry, name: str, says: str, value: float) -> None:
    Gauge(f"backorder_{name}", says, registry=registry).set(value)

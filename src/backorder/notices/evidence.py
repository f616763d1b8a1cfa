"""The evidence of a delay case in one file, for a regulator or a court: a page to read, with the same as data within.

It holds what was promised and shown at the order, the basis of each date, each notice word for word with the instant it
left, each answer, what the law said and which paragraph, and what went back. Readings of the law are named with it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date, datetime
from enum import Enum
from html import escape
from typing import Any

import msgspec
from django.conf import settings

from backorder import __version__
from backorder.journal import clock, feed
from backorder.journal.entries import Entry
from backorder.orders import reading
from backorder.payments import queries as payments

from . import cases
from .models import Notice

FORMAT = "backorder delay case 1"
MOST_ENTRIES = 1000
MOST_NOTICES = 500


def as_data(case_id: int) -> dict[str, Any]:
    """Everything about a case as JSON values. Refuses unknown_case."""
    case = cases.case(case_id)
    order = reading.order(case.order)
    entries = reversed(feed.of_subject(f"order/{case.order}", limit=MOST_ENTRIES).entries)
    found = {
        "format": FORMAT,
        "made_at": clock.now(),
        "made_by": f"backorder {__version__}",
        "case": msgspec.to_builtins(case),
        "order": _order(order),
        "notices": [_notice(one) for one in _notices(case.order)],
        "money": msgspec.to_builtins(payments.account_view(case.order)),
        "journal": [_entry(entry) for entry in entries],
        "readings": {**asdict(settings.BACKORDER_LAW), **asdict(settings.BACKORDER_LAW_PRACTICE)},
    }
    plain = _plain(found)
    assert isinstance(plain, dict)
    return plain


def as_file(case_id: int) -> tuple[str, str]:
    """(name, one HTML page that stands alone, with the data in it as JSON). Refuses unknown_case."""
    data = as_data(case_id)
    name = f"delay-case-{case_id}.html"
    # In a script element only "</" could end it; JSON may write the slash so that it does not.
    embedded = json.dumps(data, indent=1, ensure_ascii=True).replace("<", "\\u003c")
    page = _PAGE.format(
        title=escape(f"Delay case {case_id}, order {data['case']['reference']}"),
        summary=_table(_summary(data)),
        promised=_table(data["case"]["promised"].items()),
        steps="".join(_step(step) for step in data["case"]["steps"]),
        notices="".join(_letter(notice) for notice in data["notices"]),
        money=_table(_money(data["money"])),
        readings=_table(data["readings"].items()),
        data=embedded,
    )
    return name, page


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<style>body{{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}}
table{{border-collapse:collapse;width:100%}}th,td{{text-align:left;vertical-align:top;padding:.25rem .75rem .25rem 0;
border-bottom:1px solid #ccc}}pre{{white-space:pre-wrap;background:#f4f4f4;padding:1rem}}</style></head><body>
<h1>{title}</h1>{summary}
<h2>What was promised and shown at the order</h2>{promised}
<h2>What happened</h2>{steps}
<h2>What was told, word for word</h2>{notices}
<h2>Money</h2>{money}
<h2>How the law was read</h2>{readings}
<script type="application/json" id="data">{data}</script>
</body></html>
"""


def _summary(data: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    case, order = data["case"], data["order"]
    yield from {
        "Order": f"{order['reference']} ({order['channel']})", "Ordered at": order["ordered_at"], "Item": case["sku"],
        "Country": f"{order['country']} {order['region']}".strip(), "Law": case["ruling"].get("rule", ""),
        "State": case["state"], "Paragraph": case["paragraph"], "Last day of the stated time": case["applicable_on"],
        "Day to ship by": case["revised_on"], "Opened at": case["opened_at"], "Closed at": case["closed_at"],
        "Made at": data["made_at"], "Made by": data["made_by"],
    }.items()  # fmt: skip


def _step(step: Mapping[str, Any]) -> str:
    head = f"{step['at']} · {step['what'].replace('_', ' ')} · {step['actor']} {step['paragraph']}".strip()
    return f"<h3>{escape(head)}</h3>{_table(step['body'].items())}"


def _letter(notice: Mapping[str, Any]) -> str:
    rows = {key: notice[key] for key in _FATE}
    head = f"<h3>{escape(notice['subject'] or notice['kind'])}</h3>"
    return f"{head}{_table(rows.items())}<pre>{escape(notice['text'])}</pre>"


def _money(money: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    yield "Currency", money["currency"]
    for payment in money["payments"]:
        yield f"{payment['kind']} at {payment['at']}", payment["amount_minor"]
    for due in money["dues"]:
        amount = f"{due['raised_minor']}, {due['state']}, to be sent by {due['send_by_on'] or due['by_at']}"
        yield f"{due['kind']} due since {due['vests_on'] or due['raised_at']} {due['paragraph']}", amount


def _table(rows: Iterable[tuple[str, Any]]) -> str:
    told = "".join(f"<tr><th>{escape(str(key))}</th><td>{escape(_said(value))}</td></tr>" for key, value in rows)
    return f"<table>{told}</table>"


def _said(value: Any) -> str:
    if value is None:
        return "-"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)


_FATE = ("kind", "channel", "address", "created_at", "sent_at", "delivered_at", "bounced_at", "state", "wording")


def _notices(order: int) -> Iterable[Notice]:
    """Everything that was told of the order: a regulator wants the whole of it, and the case names its own."""
    return Notice.objects.filter(order_id=order).exclude(channel="alert").order_by("created_at", "id")[:MOST_NOTICES]


def _notice(one: Notice) -> dict[str, Any]:
    fields = (*_FATE, "id", "line_id", "language", "subject", "text", "message_id", "wanted_by", "evidence")
    return {name: getattr(one, name) for name in fields}


def _order(order: reading.OrderView) -> dict[str, Any]:
    kept = msgspec.to_builtins(order)
    # Where it goes and who pays is no part of the case; the addresses of notices are.
    return {key: value for key, value in kept.items() if key not in ("ship_to", "attributes", "tags", "authorisation")}


def _entry(entry: Entry) -> dict[str, Any]:
    return {"at": entry.at, "actor": entry.actor, "fact": entry.fact, "body": entry.body}


def _plain(value: Any) -> Any:
    match value:
        case Enum():
            return value.value
        case datetime() | date():
            return value.isoformat()
        case dict():
            return {str(key): _plain(one) for key, one in value.items()}
        case list() | tuple():
            return [_plain(one) for one in value]
        case set() | frozenset():
            return sorted(_plain(one) for one in value)
    return value

"""Write the steps of a delay case: opened, asked, reminded, answered, cancelled, closed. Steps are never edited."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from enum import Enum
from typing import Any

from backorder.engine.law.facts import Ruling
from backorder.engine.law.rules import jurisdiction_of
from backorder.journal.record import Fact, record

from . import alerts
from .law_facts import Line
from .models import Case, CaseStep, Notice
from .writing import subject_of


def open_case(line: Line, *, now: datetime, actor: str) -> Case:
    """The line's open case, made now if there is none."""
    if line.case is not None:
        return line.case
    case = Case(
        order_id=line.order.id, line_id=line.own.id, opened_at=now, changed_at=now, evidence=promised(line),
        jurisdiction=jurisdiction_of(line.order.country, line.order.region).value, state=line.ruling.state.value,
    )  # fmt: skip
    _describe(case, line.ruling)
    case.save(force_insert=True)
    step(case, "opened", now=now, actor=actor, paragraph=line.ruling.paragraph, body={"basis": basis(line)})
    tell("opened", case, {"action": case.action, "deadline_at": _plain(case.deadline_at)}, now=now, actor=actor)
    return case


def update(case: Case, ruling: Ruling, *, now: datetime) -> None:
    """Keep what the law says now; unchanged, nothing is written."""
    before = case.ruling
    _describe(case, ruling)
    if case.ruling != before:
        case.changed_at = now
        case.save()


def step(
    case: Case,
    what: str,
    *,
    now: datetime,
    actor: str,
    paragraph: str = "",
    body: Mapping[str, Any] | None = None,
    notice: int | None = None,
) -> CaseStep:
    """Add a step to a case."""
    return CaseStep.objects.create(
        case=case, what=what, at=now, actor=actor, paragraph=paragraph, body=_plain(dict(body or {})), notice_id=notice
    )


def close(case: Case, *, why: str, now: datetime, actor: str) -> None:
    """Nothing more is to be done about a line."""
    case.closed_at = case.changed_at = now
    case.deadline_at = None
    case.save()
    withdraw(case, why="nothing is to be decided any more", now=now)
    step(case, "closed", now=now, actor=actor, paragraph=case.paragraph, body={"why": why, "state": case.state})
    tell("closed", case, {"why": why, "state": case.state}, now=now, actor=actor)


def withdraw(case: Case, *, why: str, now: datetime) -> int:
    """Questions of a case that still wait to be sent ask nothing any more; how many there were."""
    asked = CaseStep.objects.filter(case=case, what__in=["asked", "reminded"])
    ids = [id for one in asked for id in one.body.get("notices", [])]
    if not ids:
        return 0
    named = Notice.objects.filter(id__in=ids) | Notice.objects.filter(instead_of_id__in=ids)
    waiting = list(named.filter(state="waiting", leased_until=None).select_for_update())
    for notice in waiting:
        notice.state, notice.last_error = "suppressed", f"withdrawn: {why}"
        notice.save(update_fields=["state", "last_error"])
    facts = [
        Fact("notice.withdrawn", subject_of(one), {"notice": one.pk, "kind": one.kind, "why": why}) for one in waiting
    ]
    record(facts, actor="worker", at=now)
    return len(waiting)


def alert_once(case: Case, line: Line, what: str, subject: str, *, now: datetime, actor: str) -> None:
    """Tell staff of a case, once of each trouble (`what`)."""
    if was_alerted(case, what):
        return
    step(case, "alerted", now=now, actor=actor, body={"about": what})
    order, ruling = line.order, line.ruling
    text = (
        f"Case {case.pk}, order {order.reference} ({order.channel}), {line.own.sku}: {ruling.state.value},"
        f" {ruling.paragraph}. See GET /api/v1/cases/{case.pk}."
    )
    alerts.raise_alert(f"{subject}: {line.order.reference}", text, now=now)


def was_alerted(case: Case, what: str) -> bool:
    """Were staff told of this trouble of the case?"""
    return CaseStep.objects.filter(case=case, what="alerted", body__about=what).exists()


def tell(what: str, case: Case, body: Mapping[str, Any], *, now: datetime, actor: str) -> None:
    """Record what happened in a case, under its order."""
    about = {"case": case.pk, "line": case.line_id, **body}
    record([Fact(f"delay.{what}", f"order/{case.order_id}", about)], actor=actor, at=now)


def basis(line: Line) -> dict[str, Any]:
    """What the days of a line rest on at this moment: its promise, part by part, and what stands behind each."""
    found: dict[str, Any] = _plain({
        "promise_version": line.slowest.promise_version, "since": line.days.since, "cause": line.days.cause,
        "expected_ship_on": line.expected_on, "promised_ship_on": line.days.ship_on,
        "promised_deliver_on": line.days.promised_on,
        "parts": [
            {"units": part.units, "ship_on": part.ship_on, "deliver_on": part.deliver_on, "reason": part.reason,
             "supply": part.supply, "is_certain": part.certain}
            for part in line.slowest.parts
        ],
    })  # fmt: skip
    return found


def promised(line: Line) -> dict[str, Any]:
    """What was promised and shown when the line was ordered."""
    order, days = line.order, line.days
    found: dict[str, Any] = _plain({
        "ordered_at": line.own.ordered_at, "paid_at": order.paid_at, "tendered_at": line.facts.tendered_at,
        "shown_on": order.shown_on, "shown_wording": order.shown_wording, "first_ship_on": days.first_ship_on,
        "first_promised_on": days.first_promised_on, "was_on_shelf": days.was_on_shelf,
        "stated": line.facts.stated.on if line.facts.stated else None, "requested_on": line.own.requested_on,
    })  # fmt: skip
    return found


def plain_ruling(ruling: Ruling) -> dict[str, Any]:
    """A ruling as JSON values."""
    found = _plain(asdict(ruling))
    assert isinstance(found, dict)
    return found


def _describe(case: Case, ruling: Ruling) -> None:
    case.state, case.action, case.paragraph = ruling.state.value, ruling.action.value, ruling.paragraph
    case.applicable_on, case.revised_on = ruling.applicable_time_end, ruling.due_on
    case.deadline_at, case.ruling = ruling.latest_at, plain_ruling(ruling)


def _plain(value: Any) -> Any:
    match value:
        case Enum():
            return value.value
        case datetime() | date():
            return value.isoformat()
        case dict():
            return {str(key): _plain(one) for key, one in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_plain(one) for one in value]
    return value

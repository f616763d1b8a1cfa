"""What Today shows was measured before: by a job every few minutes, a row a day, the past once from the books."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

from backorder.journal import clock
from backorder.orders.showing import figures
from backorder.orders.showing.figures import Week

from .models import Measured

KEPT_DAYS = 90


@dataclass(frozen=True, slots=True)
class Stand:
    """A day as it was measured; what was not measured is None or 0."""

    on: date
    at: datetime
    asked: int
    filled: int
    left: int
    first: int
    latest: int
    waiting: int
    lines: int | None
    value: dict[str, int]
    median_age: int | None
    oldest: int | None
    weeks: tuple[Week, ...]


def measure() -> int:
    """Measure now, and the days that nobody measured; returns 0: there is never more to do at once."""
    now = clock.now()
    today = now.date()
    last = Measured.objects.order_by("-on").values_list("on", flat=True).first()
    since = max(last, today - timedelta(days=KEPT_DAYS)) if last else today - timedelta(days=KEPT_DAYS)
    waited = figures.waited(since, today) if (today - since).days > 1 else {}
    stood = figures.measure(now=now)
    rows = [_row(one, now, waited.get(one.on, 0)) for one in figures.days(min(since, today), today)]
    rows[-1].figures |= {
        "waiting": stood.backlog.units,
        "lines": stood.backlog.lines,
        "value": stood.backlog.value,
        "median_age": stood.backlog.median_age,
        "oldest": stood.backlog.oldest,
        "weeks": [[week.monday.isoformat(), week.arriving, week.promised] for week in stood.weeks],
    }
    known = {row.on: row.figures for row in Measured.objects.filter(on__gte=rows[0].on)}
    for row in rows:
        # What was measured on a day stands; only what is counted from the books may still grow.
        row.figures = {**known.get(row.on, {}), **row.figures} if row.on in known else row.figures
    Measured.objects.bulk_create(rows, update_conflicts=True, update_fields=["at", "figures"], unique_fields=["on"])
    return 0


def stood() -> list[Stand]:
    """The days of the last quarter that were measured, the oldest first."""
    rows = Measured.objects.order_by("-on")[: KEPT_DAYS + 1]
    return [_stand(row) for row in reversed(rows)]


def _row(one: figures.Day, now: datetime, waiting: int) -> Measured:
    values = {name: value for name, value in asdict(one).items() if name not in ("on", "waiting")}
    if waiting:
        values["waiting"] = waiting
    return Measured(on=one.on, at=now, figures=values)


def _stand(row: Measured) -> Stand:
    values = row.figures
    weeks = tuple(Week(date.fromisoformat(monday), arriving, promised) for monday, arriving, promised in
                  values.get("weeks", []))  # fmt: skip
    counts = {name: values.get(name, 0) for name in ("asked", "filled", "left", "first", "latest", "waiting")}
    return Stand(
        row.on, row.at, **counts, lines=values.get("lines"), value=values.get("value", {}),
        median_age=values.get("median_age"), oldest=values.get("oldest"), weeks=weeks,
    )  # fmt: skip

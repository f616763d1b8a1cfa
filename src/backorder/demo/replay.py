"""Replays months of a shop, day by day, on the simulated clock and through the verbs the API calls.

A day: suppliers deliver or slip, what changed is decided again, the buyer orders, customers order, the
warehouse ships. Seeded: the same seed gives the same months again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from random import Random

from django.db import connection, transaction

from backorder.journal import clock
from backorder.journal.record import Fact, record
from backorder.journal.refusals import Refused
from backorder.orders.deciding import midnight
from backorder.orders.deciding.redecide import redecide, work_marks
from backorder.orders.placing.forms import NewCustomer, NewLine, NewOrder, Placed
from backorder.orders.placing.place import place_orders

from . import extract, figures, lateness, till
from .buying import Buyer
from .extract import Basket
from .stage import ABROAD, ACTOR, CHANNEL, HOME, Scene, set_scene
from .warehouse import Customers, ship_ready

log = logging.getLogger(__name__)

OPENS, SHIPS, CLOSES = time(6), time(17), time(23, 30)
SHIFTS = (11, 13, SHIPS.hour)
COUNTED_AFTER = (1, 3, 9, 27, 81)  # Days played.
TOGETHER_SHARE = 0.05


@dataclass(slots=True)
class Progress:
    """How far the replay has come; handed to `show` after each day."""

    day: date
    days_done: int
    days: int
    orders: int = 0
    refused: int = 0
    lines: int = 0
    purchase_orders: int = 0
    deliveries: int = 0
    shipments: int = 0
    redecided: int = 0
    waiting: int = 0


@dataclass(slots=True)
class _Play:
    """The company of one replay."""

    scene: Scene
    buyer: Buyer
    customers: Customers
    luck: Random
    progress: Progress
    until: datetime
    now: datetime

    def comes_to(self, instant: datetime) -> datetime:
        """Move the clock, which stands between moves and never goes back; returns the instant it stands at."""
        if instant > self.now:
            self.now = clock.set_to(instant, actor=ACTOR)
        return self.now


def replay(
    *, until: datetime, days: int | None = None, seed: int, show: Callable[[Progress], None] = lambda progress: None
) -> Progress:
    """Play the `days` that end with `until` (an aware instant; None: all there are) and leave the clock running there.

    The installation must be new and its clock simulated; refused otherwise (clock_has_begun).
    """
    baskets = [
        basket
        for basket in extract.baskets(last_day=until.date(), days=days)
        if basket.at < until - timedelta(minutes=1)
    ]
    assert baskets, "the extract reaches every day of the year"
    first, last = baskets[0].at.date(), until.date()
    began = clock.begin_at(datetime.combine(first, OPENS, UTC) - timedelta(hours=1), actor=ACTOR)
    _lose_nothing_but_time()
    scene = set_scene(baskets, now=began, seed=seed)
    luck = Random(seed)
    progress = Progress(first, 0, (last - first).days + 1)
    play = _Play(scene, Buyer(scene, luck, first), Customers(luck, scene.location), luck, progress, until, began)
    by_day = {day: list(group) for day, group in groupby(baskets, key=lambda basket: basket.at.date())}
    for day in _each_day(first, last):
        _play_day(play, day, by_day.get(day, []))
        show(progress)
        if progress.days_done in COUNTED_AFTER:
            _count_rows()
    progress.waiting = _hand_over(play)
    return progress


def decide_all() -> int:
    """Decide every item, marked or not; returns how many lines changed. After a replay that should be none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT item_id FROM orders_queue ORDER BY item_id")
        items = [item for (item,) in cursor.fetchall()]
    return redecide(items, cause="redecided", actor=ACTOR)


def _lose_nothing_but_time() -> None:
    # The replay is one session of a demo that can be played again: it need not wait for the disk at each commit.
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")


def _count_rows() -> None:
    # The database counts its rows once a minute by itself, to plan by; here a minute is months.
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _hand_over(play: _Play) -> int:
    """Come to the present, decide everything once for it, and let the clock run; returns the units that wait.

    Without that pass a later one could still change something: an order that ships together keeps what it was given
    when it came until its item is decided again.
    """
    play.comes_to(play.until)
    decide_all()
    lateness.watch(play.now)
    till.close(play.now)
    lateness.tell_from_here()
    waiting = _close_day(play, play.until.date())
    clock.run(actor=ACTOR)
    with connection.cursor() as cursor:
        cursor.execute("RESET synchronous_commit")
    return waiting


def _each_day(first: date, last: date) -> Iterator[date]:
    for n in range((last - first).days + 1):
        yield first + timedelta(days=n)


def _play_day(play: _Play, day: date, baskets: Sequence[Basket]) -> None:
    progress = play.progress
    if _clock_comes_to(play, day, OPENS):
        midnight.mark_day_changes(actor=ACTOR)
        progress.deliveries += play.buyer.morning(day)
        play.customers.change_their_minds(play.now)
        progress.redecided += _decide()
        progress.purchase_orders += play.buyer.buy(day)
        progress.redecided += _decide()
    shipped = False
    for shift, group in groupby(baskets, key=_shift):
        if not shipped and shift > SHIPS.hour:
            shipped = _ship(play, day)
        _place(play, list(group))
    if not shipped:
        _ship(play, day)
    if play.until.date() - day <= timedelta(days=lateness.DAYS) and _clock_comes_to(play, day, CLOSES):
        lateness.watch(play.now)
        till.close(play.now)
    progress.day, progress.days_done = day, progress.days_done + 1
    progress.waiting = _close_day(play, day)


def _shift(basket: Basket) -> int:
    """The hour that ends the part of the day in which an order came: before the cut-off, before the van, or later."""
    return next((hour for hour in SHIFTS if basket.at.hour < hour), 24)


def _clock_comes_to(play: _Play, day: date, at: time) -> bool:
    instant = datetime.combine(day, at, UTC)
    if instant >= play.until:
        return False
    play.comes_to(instant)
    return True


def _place(play: _Play, baskets: list[Basket]) -> None:
    """Orders of one shift are one batch, placed when its last one came."""
    play.comes_to(baskets[-1].at)
    outcomes = place_orders([_order(basket, play) for basket in baskets], actor=ACTOR)
    for basket, outcome in zip(baskets, outcomes, strict=True):
        if isinstance(outcome, Placed):
            play.progress.orders += 1
            play.progress.lines += len(outcome.lines)
            play.customers.remember(basket, outcome)
        else:
            assert isinstance(outcome, Refused), outcome
            log.info("%s: %s", basket.invoice, outcome)
            play.progress.refused += 1
    _decide()


def _order(basket: Basket, play: _Play) -> NewOrder:
    some_stock_only = any(line.sku in play.scene.stock_only for line in basket.lines)
    together = play.luck.random() < TOGETHER_SHARE
    return NewOrder(
        channel=CHANNEL,
        reference=f"W-{basket.invoice}",
        country=basket.country,
        service=HOME if basket.country == "GB" else ABROAD,
        customer=NewCustomer(reference=basket.customer) if basket.customer else None,
        contact={"email": f"{basket.customer or basket.invoice}@customers.example"},
        lines=tuple(
            NewLine(sku=line.sku, units=line.units, unit_price_minor=line.price_minor) for line in basket.lines
        ),
        paid_at=basket.at if play.until - basket.at <= timedelta(days=till.DAYS) else None,
        on_short="ship_rest" if some_stock_only else "wait",
        ship="together" if together and not some_stock_only else "as_ready",
    )


def _ship(play: _Play, day: date) -> bool:
    if day.weekday() < 5 and _clock_comes_to(play, day, SHIPS):
        play.progress.shipments += ship_ready(day, location=play.scene.location)
    return True


def _decide() -> int:
    done = 0
    while some := work_marks(actor=ACTOR):
        done += some
    return done


@transaction.atomic
def _close_day(play: _Play, day: date) -> int:
    """Write into the journal what waits at the end of the day; returns how many units do."""
    _clock_comes_to(play, day, CLOSES)
    stands = figures.backlog_now(day)
    body = {name: value for name, value in asdict(stands).items() if name != "day"}
    record([Fact(figures.DAY_CLOSED, f"day/{day}", body)], actor=ACTOR, at=play.now)
    return stands.units

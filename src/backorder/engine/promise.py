"""What can be promised to somebody who asks now, from what nobody else has.

`promise` answers asks in their order, each taking from what the earlier ones left. A batch of orders
shares one `OpenBooks`, which also takes back what a refused order had been given.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from .calendars import Route
from .model import Answer, Ask, Book, OnShort, Part, Policy, Sell, Short, Slice, Source, SourceKey, Sourcing
from .shipments import in_shipments, on_one_day

UNLIMITED = 1 << 62
REASONS = ("on_shelf", "inbound", "street_date", "inbound_late", "made_to_order", "lead_time")  # Hardest to keep last.


def promise(asks: Sequence[Ask], books: Mapping[int, Book], *, now: datetime, together: bool = False) -> list[Answer]:
    """Answer the asks of one order in their order; `now` is aware, every asked item has its book.

    `together` gives all of them the day of the slowest. What cannot be promised is named in `Answer.short`.
    """
    return OpenBooks(books).promise(asks, now=now, together=together)


def merge(slices: Iterable[Slice]) -> tuple[Part, ...]:
    """The slices as parts by date, earliest first."""
    by_days: dict[tuple[date, date, date], list[Slice]] = {}
    for piece in slices:
        by_days.setdefault((piece.ship_on, piece.deliver_on, piece.deliver_from_on), []).append(piece)
    return tuple(_part(by_days[days]) for days in sorted(by_days))


def date_units(
    source: Source, route: Route, units: int, *, policy: Policy, now: datetime, wanted_on: date | None = None
) -> Slice:
    """The days of `units` that come from `source` on `route`; what is wanted later leaves later."""
    if source.on_shelf:
        reason, ship_on = "on_shelf", route.ship_on_from_stock(now)
    else:
        reason = "inbound" if source.certain else "inbound_late"
        ship_on = max(route.ship_on_from_supply(source.ready_on), route.ship_on_from_stock(now))
    return _slice(source.key, route, units, ship_on, reason, source.certain, policy, wanted_on)


def date_unsupplied(
    route: Route,
    units: int,
    *,
    policy: Policy,
    now: datetime,
    wanted_on: date | None = None,
    counted_from: date | None = None,
) -> Slice | None:
    """The days of units that no supply covers, by the lead-time rule; None when there is no honest date.

    The lead time counts from `counted_from` (None: today) and never ends before today. A preorder without
    lead time is due on its street date.
    """
    today = route.today(now)
    supply_on = lead_time_ends(policy, today=today, counted_from=counted_from or today)
    if supply_on is None:
        return None
    ship_on = max(route.ship_on_from_supply(max(supply_on, today)), route.ship_on_from_stock(now))
    reason = "made_to_order" if policy.sell is Sell.MADE_TO_ORDER else "lead_time"
    if policy.lead_time_days is None:
        reason = "street_date"
    return _slice(None, route, units, ship_on, reason, False, policy, wanted_on)


def lead_time_ends(policy: Policy, *, today: date, counted_from: date) -> date | None:
    """The day supply is expected that nobody has ordered yet; None if neither lead time nor street date tells."""
    if policy.lead_time_days is not None:
        return counted_from + timedelta(days=policy.lead_time_days)
    if policy.sell is Sell.PREORDER and policy.street_on is not None and policy.street_on > today:
        return policy.street_on
    return None


class OpenBooks:
    """The books of a batch while its orders are answered one after the other; no unit is offered twice."""

    __slots__ = ("_books", "_pages", "_taken")

    def __init__(self, books: Mapping[int, Book]) -> None:
        self._books = books
        self._pages: dict[int, _Page] = {}
        self._taken: dict[tuple[int | str | None, int], int] = {}  # By (buyer, item), in this batch.

    def promise(self, asks: Sequence[Ask], *, now: datetime, together: bool = False) -> list[Answer]:
        """Answer the asks of one order, each taking from what everything before it left."""
        self._forget_nameless(asks)
        answers = [self._answer(ask, now) for ask in asks]
        if together:
            return self._align(answers, now)
        return [self._in_shipments(answer, now) if answer.ask.shape.binds else answer for answer in answers]

    def give_back(self, answers: Iterable[Answer]) -> None:
        """Undo the answers of an order that is not placed: as if it had never asked."""
        for answer in answers:
            self._book_out(answer, -1)

    def taken_by(self, ask: Ask) -> int:
        """Units of its item that the asker has already, before and in this batch, for max_per_customer."""
        return ask.taken_by_customer + self._taken.get((ask.buyer, ask.item), 0)

    def count_own(self, ask: Ask, units: int) -> None:
        """Count units that the asker's hold gives him as taken; negative ones are no longer."""
        key = (ask.buyer, ask.item)
        self._taken[key] = self._taken.get(key, 0) + units

    def count_waiting(self, item: int, units: int) -> None:
        """Count so many more units as waiting, or (negative) fewer: a hold never stands in its owner's way."""
        self._page(item).open_units += units

    def _forget_nameless(self, asks: Sequence[Ask]) -> None:
        """Buyers without a name share a cap within one order only."""
        for ask in asks:
            if ask.buyer is None:
                self._taken.pop((None, ask.item), None)

    def _answer(self, ask: Ask, now: datetime) -> Answer:
        answer = _answer(self._page(ask.item), ask, self.taken_by(ask), now)
        self._count(answer, 1)
        return answer

    def _book_out(self, answer: Answer, sign: int) -> None:
        page = self._page(answer.ask.item)
        for piece in answer.slices:
            page.book_out(piece.source, sign * piece.units)
        self._count(answer, sign)

    def _count(self, answer: Answer, sign: int) -> None:
        ask = answer.ask
        if ask.policy.max_per_customer is not None:
            key = (ask.buyer, ask.item)
            self._taken[key] = self._taken.get(key, 0) + sign * answer.promised_units

    def _page(self, item: int) -> _Page:
        page = self._pages.get(item)
        if page is None:
            page = self._pages[item] = _Page(self._books[item])
        return page

    def _align(self, answers: list[Answer], now: datetime) -> list[Answer]:
        """Give all the slowest one's day: the others move to the latest free supply that still makes it."""
        last = max((piece.deliver_on for answer in answers for piece in answer.slices), default=None)
        if last is None:
            return answers
        return _on_one_day([self._answer_by(answer, last, now) for answer in answers])

    def _in_shipments(self, answer: Answer, now: datetime) -> Answer:
        """With the days of the shipments its units leave with; nothing sits on the shelf for one that leaves late."""
        slices = in_shipments(answer.slices, answer.ask.shape)
        days = {piece.deliver_on for piece in slices}
        if len(days) == 1 and days != {piece.deliver_on for piece in answer.slices}:
            return _on_one_day([self._answer_by(answer, days.pop(), now)])[0]
        return replace(answer, slices=tuple(slices))

    def _answer_by(self, answer: Answer, day: date, now: datetime) -> Answer:
        if not answer.slices:
            return answer
        self._book_out(answer, -1)
        again = self._answer(replace(answer.ask, wanted_on=day), now)
        if again.promised_units == answer.promised_units and all(piece.deliver_on <= day for piece in again.slices):
            return replace(again, ask=answer.ask, short=answer.short)
        self._book_out(again, -1)  # A cap lies in the way of later supply.
        self._book_out(answer, 1)
        return replace(answer, slices=tuple(_leave_by(piece, answer.ask, day) for piece in answer.slices))


class _Page:
    """What one book still has free: units by source, and how many units are open."""

    __slots__ = ("_beyond", "_book", "_free", "inbound", "open_units", "shelf")

    def __init__(self, book: Book) -> None:
        self._book = book
        self._free = {source.key: source.free for source in book.sources}
        self._beyond: list[tuple[Mapping[int, int], dict[SourceKey, int]]] = []  # By safety stock.
        self.open_units = book.open_units
        self.shelf = {source.location: source for source in book.sources if source.on_shelf}
        self.inbound = [source for source in book.sources if not source.on_shelf]

    def offered(self, source: Source, policy: Policy) -> int:
        """Units a newcomer may have: never safety stock, never what a stale book owes the queue."""
        free = self._free[source.key]
        if policy.safety_units and source.on_shelf:
            free -= policy.safety_units.get(source.location, 0)
        if self._book.stale:
            taken = source.free - self._free[source.key]
            free = min(free, self._beyond_the_queue(policy)[source.key] - taken)
        return max(0, free)

    def room(self, policy: Policy) -> int:
        """How many more units may wait."""
        return UNLIMITED if policy.backorder_limit is None else max(0, policy.backorder_limit - self.open_units)

    def book_out(self, source: SourceKey | None, units: int) -> None:
        """Give out `units` of a source, or owe them (None); negative units come back."""
        if source is not None:
            self._free[source] -= units
            assert self._free[source] >= 0
        if source is None or source[0] != "stock":
            self.open_units += units

    def _beyond_the_queue(self, policy: Policy) -> dict[SourceKey, int]:
        for safety_units, beyond in self._beyond:
            if safety_units is policy.safety_units or safety_units == policy.safety_units:
                return beyond
        beyond = _beyond_the_queue(self._book, policy)
        self._beyond.append((policy.safety_units, beyond))
        return beyond


def _beyond_the_queue(book: Book, policy: Policy) -> dict[SourceKey, int]:
    """Units by source that lie beyond the first `open_units`: stock first, then supply by date; no safety stock."""
    owed, beyond = book.open_units, {}
    for source in _queue_order(book.sources):
        kept = policy.safety_units.get(source.location, 0) if source.on_shelf else 0
        usable = max(0, source.left - kept)
        beyond[source.key] = max(0, usable - owed)
        owed = max(0, owed - usable)
    return beyond


def _queue_order(sources: Iterable[Source]) -> list[Source]:
    return sorted(sources, key=lambda source: (not source.on_shelf, source.ready_on, source.key))


def _answer(page: _Page, ask: Ask, taken: int, now: datetime) -> Answer:
    assert ask.units > 0
    policy, units, short = ask.policy, ask.units, None
    if not ask.routes:
        return _refused(ask, "no_location_ships_there")
    if units < policy.min_ship_units:
        return _refused(ask, "below_min_ship_units", policy.min_ship_units)
    if policy.max_per_customer is not None and units > policy.max_per_customer - taken:
        units = max(0, policy.max_per_customer - taken)
        short = Short(ask.units - units, "max_per_customer_reached", policy.max_per_customer)
    slices = _slices(page, ask, units, now) if units else []
    promised = sum(piece.units for piece in slices)
    if 0 < promised < policy.min_ship_units and ask.on_short is not OnShort.WAIT:
        for piece in slices:  # What would go on is less than may go alone.
            page.book_out(piece.source, -piece.units)
        return _refused(ask, "below_min_ship_units", policy.min_ship_units)
    if promised < units:
        short = _short(page, ask, promised)
    if len(slices) > 1:
        slices.sort(key=lambda piece: (piece.deliver_on, piece.ship_on, piece.source is None))
    return Answer(ask, tuple(slices), short)


def _refused(ask: Ask, refusal: str, limit: int | None = None) -> Answer:
    return Answer(ask, (), Short(ask.units, refusal, limit))


def _short(page: _Page, ask: Ask, promised: int) -> Short:
    units, policy = ask.units - promised, ask.policy
    if ask.on_short is OnShort.CANCEL_REST:
        return Short(units, "cancelled_by_choice")
    if policy.sell is Sell.STOCK_ONLY:
        return Short(units, "item_is_not_sellable_on_backorder", promised)
    if page.room(policy) == 0:
        return Short(units, "backorder_limit_reached", policy.backorder_limit)
    return Short(units, "no_supply_in_sight")


def _slices(page: _Page, ask: Ask, units: int, now: datetime) -> list[Slice]:
    slices: list[Slice] = []
    if ask.policy.sell is Sell.STOCK_ONLY or ask.on_short is OnShort.CANCEL_REST:
        _take_shelf(page, ask, units, slices, now)
        return slices
    if ask.wanted_on is None:
        rest = units - _take_shelf(page, ask, units, slices, now)
        if rest:
            rest -= _take_inbound(page, ask, rest, _by_preference(page, ask, now), slices, now)
    else:
        rest = _take_by_wish(page, ask, units, slices, now)
    if rest:
        _owe(page, ask, rest, slices, now)
    return slices


def _take_by_wish(page: _Page, ask: Ask, units: int, slices: list[Slice], now: datetime) -> int:
    """Take inbound that is on time, then the shelf, then inbound that is late; returns how many units lack."""
    inbound = _by_preference(page, ask, now)
    on_time = sum(is_on_time for _, _, is_on_time in inbound)
    rest = units - _take_inbound(page, ask, units, inbound[:on_time], slices, now)
    if rest:
        rest -= _take_shelf(page, ask, rest, slices, now)
    return rest - _take_inbound(page, ask, rest, inbound[on_time:], slices, now)


def _take_shelf(page: _Page, ask: Ask, units: int, slices: list[Slice], now: datetime) -> int:
    """Take up to `units` (and the ask's own most) from the shelves it may be sourced from; returns how many."""
    taken = 0
    units = units if ask.most_from_shelf is None else min(units, ask.most_from_shelf)
    if not units:
        return 0
    for source, route, free in _sourced(page, ask, units):
        take = min(free, units - taken)
        page.book_out(source.key, take)
        slices.append(date_units(source, route, take, policy=ask.policy, now=now, wanted_on=ask.wanted_on))
        taken += take
        if taken == units:
            break
    return taken


def _sourced(page: _Page, ask: Ask, units: int) -> list[tuple[Source, Route, int]]:
    """Shelves with free units, in the order they are emptied."""
    fewest = ask.sourcing is Sourcing.FEWEST_SPLITS
    shelves: list[tuple[Source, Route, int]] = []
    for route in ask.routes:
        source = page.shelf.get(route.location)
        if source is None or not (free := page.offered(source, ask.policy)):
            continue
        if fewest and free >= units:
            return [(source, route, free)]
        shelves.append((source, route, free))
    if fewest and len(shelves) > 1:
        return _fewest(shelves, units)
    if ask.sourcing is Sourcing.MOST_AVAILABLE:
        shelves.sort(key=lambda shelf: -shelf[2])
    return shelves


def _fewest(shelves: list[tuple[Source, Route, int]], units: int) -> list[tuple[Source, Route, int]]:
    """The least number of shelves that cover the units; of such sets the first in the channel's order."""
    if sum(free for _, _, free in shelves) <= units:
        return shelves
    count, covered = 0, 0
    for free in sorted((free for _, _, free in shelves), reverse=True):
        count, covered = count + 1, covered + free
        if covered >= units:
            break
    chosen: list[tuple[Source, Route, int]] = []
    for index, shelf in enumerate(shelves):
        largest = sorted((free for _, _, free in shelves[index + 1 :]), reverse=True)
        if len(chosen) < count and shelf[2] + sum(largest[: count - len(chosen) - 1]) >= units:
            chosen.append(shelf)
            units -= shelf[2]
    return chosen


def _by_preference(page: _Page, ask: Ask, now: datetime) -> list[tuple[Source, Route, bool]]:
    """Inbound with free units as (source, route, is on time): the latest on time first, then the earliest late."""
    order = {route.location: (index, route) for index, route in reversed(list(enumerate(ask.routes)))}
    rows = []
    for source in page.inbound:
        if page.offered(source, ask.policy) and source.location in order:
            index, route = order[source.location]
            deliver_on = date_units(source, route, 1, policy=ask.policy, now=now).deliver_on
            on_time = ask.wanted_on is not None and deliver_on <= ask.wanted_on
            ready = source.ready_on.toordinal()
            sort_key = (0, -ready, 0) if on_time else (1, deliver_on.toordinal(), ready)
            rows.append((sort_key, not source.certain, index, source.key, source, route, on_time))
    rows.sort(key=lambda row: row[:4])
    return [(source, route, on_time) for *_, source, route, on_time in rows]


def _take_inbound(
    page: _Page,
    ask: Ask,
    units: int,
    inbound: Sequence[tuple[Source, Route, bool]],
    slices: list[Slice],
    now: datetime,
) -> int:
    """Take up to `units` from inbound in the order given, as far as units may wait; returns how many."""
    taken = 0
    for source, route, _ in inbound:
        take = min(page.offered(source, ask.policy), units - taken, page.room(ask.policy))
        if take:
            page.book_out(source.key, take)
            slices.append(date_units(source, route, take, policy=ask.policy, now=now, wanted_on=ask.wanted_on))
            taken += take
    return taken


def _owe(page: _Page, ask: Ask, units: int, slices: list[Slice], now: datetime) -> None:
    """Promise units that nobody has bought yet, where they may be owed and as far as they may wait."""
    route = _owing_route(ask.policy, ask)
    units = min(units, page.room(ask.policy))
    if route is None or not units:
        return
    owed = date_unsupplied(route, units, policy=ask.policy, now=now, wanted_on=ask.wanted_on)
    if owed is not None:
        page.book_out(None, units)
        slices.append(owed)


def _owing_route(policy: Policy, ask: Ask) -> Route | None:
    for location in policy.backorder_locations:
        for route in ask.routes:
            if route.location == location:
                return route
    return None


def _slice(
    key: SourceKey | None,
    route: Route,
    units: int,
    ship_on: date,
    reason: str,
    certain: bool,
    policy: Policy,
    wanted_on: date | None,
) -> Slice:
    if policy.street_on is not None and (street := route.street_ship_on(policy.street_on)) > ship_on:
        ship_on, reason = street, "street_date"
    if wanted_on is not None:
        ship_on = max(ship_on, route.ship_by(wanted_on))
    deliver_from_on, deliver_on = route.delivery(ship_on)
    return Slice(units, key, route.location, ship_on, deliver_from_on, deliver_on, reason, certain)


def _part(slices: Sequence[Slice]) -> Part:
    first = slices[0]
    return Part(
        units=sum(piece.units for piece in slices),
        ship_on=first.ship_on,
        deliver_from_on=first.deliver_from_on,
        deliver_on=first.deliver_on,
        reason=max((piece.reason for piece in slices), key=REASONS.index),
        certain=all(piece.certain for piece in slices),
    )


def _leave_by(piece: Slice, ask: Ask, day: date) -> Slice:
    """The same units, leaving as late as they may to arrive by `day`."""
    route = next(route for route in ask.routes if route.location == piece.location)
    ship_on = max(piece.ship_on, route.ship_by(day))
    deliver_from_on, deliver_on = route.delivery(ship_on)
    return replace(piece, ship_on=ship_on, deliver_from_on=deliver_from_on, deliver_on=deliver_on)


def _on_one_day(answers: Sequence[Answer]) -> list[Answer]:
    pieces = iter(on_one_day([piece for answer in answers for piece in answer.slices]))
    return [replace(answer, slices=tuple(next(pieces) for _ in answer.slices)) for answer in answers]

"""Who wants to be told when an item is back: a unit is held for the first of them for some hours, then for the next.

Lines that wait come before: only what nobody is owed, and that stands on a shelf, is held. The hold is one like a
cart's, so that the order which names its token gets these very units.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from secrets import token_urlsafe
from typing import Annotated

from django.db import transaction
from msgspec import Meta, Struct, structs

from backorder.catalog import queries as catalog
from backorder.catalog.countries import check_country
from backorder.journal import clock
from backorder.journal.identity import new_id
from backorder.journal.prepared import rows
from backorder.journal.record import Fact, record
from backorder.journal.refusals import Refused, unknown

from ..ledger.retry import retried
from .availability import availability
from .channels import channel
from .forms import Code, Country, NewHold, NewLine, Sku, Text
from .hold import hold, release_hold

MOST_UNITS = 10
ITEMS_AT_ONCE = 100
KEPT_DAYS = 90
TOKEN_BYTES = 16


class NewWish(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom to tell, and of what; the address was checked by who took it."""

    channel: Code
    sku: Sku
    country: Country
    email: Annotated[str, Meta(min_length=3, max_length=254)]
    units: Annotated[int, Meta(ge=1, le=MOST_UNITS)] = 1
    name: Text = ""
    locale: str = "en"
    zone: str = "UTC"


class WishRow(Struct, frozen=True):
    """A wish as it stands; `state` is waiting, held, missed, ordered or left."""

    id: int
    channel: str
    sku: str
    units: int
    email: str
    name: str
    locale: str
    zone: str
    country: str
    state: str
    held_until: datetime | None
    token: str = ""  # What the order names as its hold.


_COLUMNS = """w.id, c.code, i.sku, w.units, w.email, w.name, w.locale, w.zone, w.country, w.state, w.held_until,
    w.token
    FROM orders_wish w JOIN orders_channel c ON c.id = w.channel_id JOIN catalog_item i ON i.id = w.item_id"""
_ONE = f"SELECT {_COLUMNS} WHERE w.id = %s::bigint"
_JOIN = """
    INSERT INTO orders_wish (id, channel_id, item_id, units, email, name, locale, zone, country, asked_at, state)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 'waiting')
    ON CONFLICT (channel_id, item_id, email) WHERE ended_at IS NULL DO NOTHING RETURNING id
"""
_SAME = "SELECT id FROM orders_wish WHERE channel_id = %s AND item_id = %s AND email = %s AND ended_at IS NULL"
# The first of each item of which something stands on a shelf, and nothing is still to be re-decided.
_FIRST = f"""
    SELECT {_COLUMNS} WHERE w.id IN (
        SELECT DISTINCT ON (w.item_id, w.channel_id) w.id FROM orders_wish w
        WHERE w.state = 'waiting'
          AND EXISTS (SELECT 1 FROM stock_level s WHERE s.item_id = w.item_id AND s.on_hand > s.allocated)
          AND NOT EXISTS (SELECT 1 FROM stock_changed m WHERE m.item_id = w.item_id)
        ORDER BY w.item_id, w.channel_id, w.asked_at, w.id
    ) ORDER BY w.asked_at, w.id LIMIT %s
"""
_LOCK = "SELECT state FROM orders_wish WHERE id = %s::bigint FOR UPDATE"
_TAKE = "SELECT state FROM orders_wish WHERE id = %s::bigint AND state = 'waiting' FOR UPDATE SKIP LOCKED"
_HELD = """
    UPDATE orders_wish SET state = 'held', held_until = %s::timestamptz, token = %s WHERE id = %s::bigint RETURNING id
"""
_END = "UPDATE orders_wish SET state = %s, ended_at = %s::timestamptz WHERE id = %s::bigint RETURNING id"
# Of the holds of a wish the last one tells how it ended.
_OVER = """
    SELECT w.id, h.outcome FROM orders_wish w
    JOIN LATERAL (
        SELECT outcome, ended_at FROM orders_hold h
        WHERE h.channel_id = w.channel_id AND h.token = w.token AND h.item_id = w.item_id
        ORDER BY h.id DESC LIMIT 1
    ) h ON h.ended_at IS NOT NULL
    WHERE w.state = 'held' LIMIT 200
"""
_PURGE = "DELETE FROM orders_wish WHERE ended_at < %s::timestamptz RETURNING id"


@transaction.atomic
def join(wanted: NewWish, *, actor: str) -> int:
    """Put somebody on the list of an item; returns the wish's id, the same one when they are on it already."""
    book = catalog.current()
    item, origin, now = book.item(wanted.sku), channel(wanted.channel, book.version), clock.now()
    if not item.active:
        raise unknown("item", wanted.sku)
    check_country(wanted.country)
    made = rows(_JOIN, [
        new_id(), origin.id, item.id, wanted.units, wanted.email, wanted.name, wanted.locale, wanted.zone,
        wanted.country, now,
    ])  # fmt: skip
    if not made:
        ((known,),) = rows(_SAME, [origin.id, item.id, wanted.email])
        return int(known)
    ((id,),) = made
    record([Fact("wish.made", f"wish/{id}", {"item": item.id, "units": wanted.units})], actor=actor, at=now)
    return int(id)


def leave(wish_id: int, *, actor: str) -> None:
    """Take somebody off the list and free what is held for them; twice changes nothing."""
    retried(lambda: _leave(wish_id, actor))


def wish(wish_id: int) -> WishRow:
    """One wish, or the refusal unknown_wish."""
    found = rows(_ONE, [wish_id])
    if not found:
        raise unknown("wish", wish_id)
    return WishRow(*found[0])


def next_in_turn(limit: int = ITEMS_AT_ONCE) -> list[WishRow]:
    """Those for whom a unit could be held now: of each item the first, if so many units are free to sell."""
    first = [WishRow(*row) for row in rows(_FIRST, [limit])]
    where: dict[tuple[str, str], list[WishRow]] = defaultdict(list)
    for one in first:
        where[one.channel, one.country].append(one)
    return [one for (code, country), wishes in where.items() for one in _served(wishes, code, country)]


@transaction.atomic
def hold_for(wish_id: int, *, hours: int, actor: str) -> WishRow | None:
    """Hold the units of a wish for so many hours; None if it is not its turn (any more) or the units are gone."""
    if not rows(_TAKE, [wish_id]):
        return None
    # Whoever could guess it could take what is held for somebody else.
    one = structs.replace(wish(wish_id), token=f"waitlist-{token_urlsafe(TOKEN_BYTES)}")
    try:
        with transaction.atomic():
            ends_at = _hold(one, hours, actor)
    except Refused:
        return None
    rows(_HELD, [ends_at, one.token, wish_id])
    body = {"units": one.units, "held_until": ends_at.isoformat()}
    record([Fact("wish.held", f"wish/{wish_id}", body)], actor=actor, at=clock.now())
    return wish(wish_id)


@transaction.atomic
def move_on(*, actor: str = "worker") -> int:
    """End the wishes whose hold has ended, by an order or by time; returns how many did."""
    over = rows(_OVER, [])
    for id, outcome in over:
        _end(id, "ordered" if outcome == "ordered" else "missed", actor)
    return len(over)


def purge() -> int:
    """Forget whoever's wish ended KEPT_DAYS ago; returns how many."""
    return len(rows(_PURGE, [clock.now() - timedelta(days=KEPT_DAYS)]))


def _served(wishes: Iterable[WishRow], code: str, country: str) -> list[WishRow]:
    items = catalog.items_by_sku({one.sku for one in wishes})
    found = availability(list(items.values()), where=code, country=country)
    free = {one.sku: one.free_to_sell for one in found}
    return [one for one in wishes if free.get(one.sku, 0) >= one.units]


def _hold(one: WishRow, hours: int, actor: str) -> datetime:
    line = NewLine(sku=one.sku, units=one.units)
    cart = hold(
        NewHold(channel=one.channel, token=one.token, country=one.country, lines=(line,), minutes=hours * 60),
        actor=actor,
    )
    if cart.lines[0].from_stock < one.units:
        raise Refused("item_is_gone", "The units are not on the shelf any more.", status=409, field="sku")
    return cart.ends_at


@transaction.atomic
def _leave(wish_id: int, actor: str) -> None:
    found = rows(_LOCK, [wish_id])
    if not found:
        raise unknown("wish", wish_id)
    ((state,),) = found
    if state == "held":
        one = wish(wish_id)
        try:
            release_hold(one.channel, one.token, actor=actor)
        except Refused as refused:
            if refused.name != "unknown_hold":
                raise
    if state in ("waiting", "held"):
        _end(wish_id, "left", actor)


def _end(wish_id: int, state: str, actor: str) -> None:
    now = clock.now()
    rows(_END, [state, now, wish_id])
    record([Fact("wish.ended", f"wish/{wish_id}", {"outcome": state})], actor=actor, at=now)

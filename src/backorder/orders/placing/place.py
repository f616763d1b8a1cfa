"""Place orders: one verb for one order and for a thousand.

One sorted lock, one load, the engine decides order after order in arrival order, one write, one
commit. An order's identity is (channel, reference): what was placed before is answered as it was.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from typing import Any, Literal

import msgspec
from django.db import DatabaseError, transaction

from backorder.catalog import queries as catalog
from backorder.engine.model import Book
from backorder.engine.promise import OpenBooks
from backorder.journal.identity import ids_at_hand
from backorder.journal.prepared import find_by_index, together
from backorder.journal.refusals import Refused

from ..ledger.books import books_seen, books_statement, look_at_books
from ..ledger.lock import Locked, lock_statement
from ..ledger.retry import is_full, is_passing, retried
from ..ledger.save import Changes, save_and_commit
from .answers import first_answer, first_answers
from .customers import save_customers, taken_before
from .decide import decide
from .drafts import Draft, draft
from .end_holds import end_holds
from .forms import NewOrder, Placed
from .held import Held, items_of_carts, load_held, use_held
from .write_order import write_order, write_unmet

log = logging.getLogger(__name__)

DECIDED_TOGETHER = 200  # What a large batch decides while the database writes what it decided before.
IDS_FOR_EACH = 3  # Allocations and pegs of a line, in most cases: fetching more while a write is under way is slow.
MOST_READINGS = 5  # How often orders are read anew because the catalog moved under them.

Outcome = Placed | Refused | Literal["busy"]

_LOOK_UP_AND_LOCK = """
    SELECT coalesce((SELECT n FROM catalog_version), 0),
           (SELECT coalesce(json_agg(json_build_array(
                o.channel_id, o.reference, o.id, encode(o.fingerprint, 'hex'))), '[]')::text
            FROM unnest(%s::bigint[], %s::text[]) AS r(channel_id, reference)
            CROSS JOIN LATERAL (  -- Whatever the planner believes of a young table: one look into the index each.
                SELECT channel_id, reference, id, fingerprint FROM orders_order
                WHERE channel_id = r.channel_id AND reference = r.reference OFFSET 0
            ) AS o),
           ARRAY({lock})
"""
_known = msgspec.json.Decoder(list[tuple[int, str, int, str]]).decode


class CatalogMoved(Exception):
    """The orders were read by a catalog that is no longer the present one."""


def place_orders(orders: Sequence[NewOrder], *, actor: str, skip_busy: bool = False) -> list[Outcome]:
    """Place each order or say why not, in arrival order; one outcome per order, in the same order.

    A refused order changes nothing and does not touch the others. With `skip_busy` an order whose item
    another transaction holds is answered "busy" and left undone instead of waited for.
    """
    drafts = draft(orders, catalog.latest())
    if not any(isinstance(given, Refused) for given in drafts):
        try:
            return _place_drafts(drafts, actor=actor, skip_busy=skip_busy)
        except CatalogMoved:
            pass
    # Rarely: the catalog has changed since this process last looked, or something really is unknown.
    for _ in range(MOST_READINGS):
        try:
            return _place_drafts(draft(orders), actor=actor, skip_busy=skip_busy)
        except CatalogMoved:
            continue
    raise Refused("catalog_is_changing", "The catalog is being changed; try again.", status=503, retry_after=1)


def _place_drafts(drafts: list[Draft | Refused], *, actor: str, skip_busy: bool) -> list[Outcome]:
    outcomes: dict[int, Outcome] = {n: given for n, given in enumerate(drafts) if isinstance(given, Refused)}
    firsts: dict[tuple[int, str], int] = {}
    for n, given in enumerate(drafts):
        if isinstance(given, Draft):
            firsts.setdefault(_identity(given), n)
    unique = [given for n in sorted(firsts.values()) if isinstance(given := drafts[n], Draft)]
    placed = _place(unique, actor=actor, skip_busy=skip_busy) if unique else {}
    for n, given in enumerate(drafts):
        if isinstance(given, Draft):
            first = drafts[firsts[_identity(given)]]
            assert isinstance(first, Draft)
            outcomes[n] = placed[first.id] if first is given else _repeated(given, first, placed[first.id])
    return [outcomes[n] for n in range(len(drafts))]


def _identity(given: Draft) -> tuple[int, str]:
    assert isinstance(given.given, NewOrder)
    return given.channel.id, given.given.reference


def _repeated(given: Draft, first: Draft, outcome: Outcome) -> Outcome:
    """The same reference twice in one batch: equal bodies are one order, others a refusal."""
    if given.fingerprint != first.fingerprint:
        return _reference_reused(given)
    return msgspec.structs.replace(outcome, replayed=True) if isinstance(outcome, Placed) else outcome


def _reference_reused(given: Draft) -> Refused:
    assert isinstance(given.given, NewOrder)
    return Refused(
        "reference_reused",
        f"The reference {given.given.reference!r} was used on {given.channel.code!r} for another order.",
        field="reference",
        value=given.given.reference,
    )


def _place(drafts: list[Draft], *, actor: str, skip_busy: bool) -> dict[int, Outcome]:
    """Place distinct drafts; a write that fails is halved until the culprit stands alone."""
    try:
        return retried(lambda: _settle(drafts, actor=actor, skip_busy=skip_busy))
    except DatabaseError as failure:
        if is_passing(failure) or is_full(failure):
            raise
        if len(drafts) == 1:
            log.exception("An order could not be stored")
            return {drafts[0].id: _not_stored(drafts[0])}
    except (CatalogMoved, Refused):
        raise
    except Exception:
        if len(drafts) == 1:
            log.exception("An order could not be decided")
            return {drafts[0].id: _not_stored(drafts[0])}
    half = len(drafts) // 2
    return {
        **_place(drafts[:half], actor=actor, skip_busy=skip_busy),
        **_place(drafts[half:], actor=actor, skip_busy=skip_busy),
    }


def _not_stored(given: Draft) -> Refused:
    assert isinstance(given.given, NewOrder)
    return Refused(
        "order_could_not_be_stored",
        "The order could not be stored. Nothing of it was kept; the server's log says why.",
        status=500,
        field="reference",
        value=given.given.reference,
    )


@transaction.atomic
def _settle(drafts: list[Draft], *, actor: str, skip_busy: bool) -> dict[int, Outcome]:
    find_by_index()
    known, locked, found = _lock_and_look(drafts, skip_busy=skip_busy)
    outcomes: dict[int, Outcome] = dict(_placed_before(drafts, known))
    outcomes.update({given.id: "busy" for given in drafts if given.id not in outcomes and not given.items <= locked})
    ready = [given for given in drafts if given.id not in outcomes]
    if not ready:
        return outcomes
    customers = save_customers(ready)
    taken_before(ready, customers)
    seen, books = _end_holds_first(locked, *books_seen(locked, found), actor)
    held = load_held(ready, locked)
    desk = OpenBooks(books)

    def decided() -> Iterator[Changes]:
        for some in _in_pieces(ready, DECIDED_TOGETHER):
            changes = Changes()
            for given in some:
                outcomes[given.id] = _place_one(given, desk, held.get(given.id), changes, seen, customers)
            yield changes

    lines_of_pieces = sum(len(given.lines) for given in ready) if len(ready) > DECIDED_TOGETHER else 0
    with ids_at_hand(IDS_FOR_EACH * lines_of_pieces):
        save_and_commit(decided(), actor=actor, at=seen.now)
    return outcomes


def _in_pieces(given: Sequence[Draft], size: int) -> Iterator[Sequence[Draft]]:
    """Cut into pieces of at most `size`."""
    for start in range(0, len(given), size):
        yield given[start : start + size]


def _lock_and_look(
    drafts: list[Draft], *, skip_busy: bool
) -> tuple[list[tuple[int, str, int, str]], set[int], list[tuple[Any, ...]]]:
    """In one round trip: which of the orders were placed before with the lock of all items, then the look at those."""
    channels, references = zip(*map(_identity, drafts), strict=True)
    items = {item for given in drafts for item in given.items} | items_of_carts(drafts)
    lock, wanted = lock_statement(items, skip_busy=skip_busy)
    look_up = (_LOOK_UP_AND_LOCK.format(lock=lock), [list(channels), list(references), *wanted])
    ((version, known, locked),), found = together(look_up, books_statement(items))
    if any(given.book.version != version for given in drafts):
        raise CatalogMoved
    return _known(known), set(locked), found


def _end_holds_first(
    items: set[int], seen: Locked, books: dict[int, Book], actor: str
) -> tuple[Locked, dict[int, Book]]:
    """Each decision first ends the holds whose time has passed; the timer only makes that prompt."""
    if not seen.due_holds:
        return seen, books
    end_holds(seen.due_holds, outcome="expired", at=seen.now, actor=actor)
    return look_at_books(items)


def _place_one(
    given: Draft, desk: OpenBooks, held: Held | None, changes: Changes, seen: Locked, customers: dict[Any, int]
) -> Placed | Refused:
    own = held.own_units(seen) if held else None
    try:
        decision = decide(given, desk, now=seen.now, own=own)
    except Refused as refused:
        write_unmet(changes, given, refused)
        return refused
    write_order(changes, decision, customers, at=seen.now)
    if held:
        use_held(changes, held, decision, at=seen.now)
    return first_answer(decision, ordered_at=seen.now)


def _placed_before(drafts: list[Draft], found: list[tuple[int, str, int, str]]) -> dict[int, Outcome]:
    if not found:
        return {}
    identities = {_identity(given): given for given in drafts}
    known = {
        identities[channel, reference].id: (order, bytes.fromhex(fingerprint))
        for channel, reference, order, fingerprint in found
    }
    answers = first_answers([order for order, _ in known.values()])
    return {
        given.id: answers[known[given.id][0]] if known[given.id][1] == given.fingerprint else _reference_reused(given)
        for given in drafts
        if given.id in known
    }

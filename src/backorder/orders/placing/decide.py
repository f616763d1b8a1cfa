"""From a draft to a decision: which units come from where and when, or why the order is refused.

The same code answers an inquiry, a hold, a single order and a batch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from backorder.engine.model import Answer, Ask, Short, Slice, Source, SourceKey
from backorder.engine.promise import OpenBooks, date_units
from backorder.engine.shipments import in_shipments
from backorder.journal.refusals import Refused

from .drafts import Draft, DraftLine

SENTENCES = {
    "item_is_not_sellable_on_backorder": (
        "Only {available} of {asked} {sku} are on the shelf, and it is not sold beyond that."
    ),
    "backorder_limit_reached": "Only {available} of {asked} {sku} can be promised: at most {limit} units may wait.",
    "max_per_customer_reached": "Only {available} of {asked} {sku} can be sold: at most {limit} for each customer.",
    "below_min_ship_units": "At least {limit} {sku} go together; fewer of {asked} can.",
    "no_supply_in_sight": (
        "Only {available} of {asked} {sku} can be promised: nothing more is on its way, and no lead time is known."
    ),
    "no_location_ships_there": "No location ships {sku} there.",
    "cancelled_by_choice": "Only {available} of {asked} {sku} are on the shelf.",
}


@dataclass(slots=True)
class Own:
    """Units the asker already holds: they are his before anybody asks. Without a source they only wait."""

    source: Source | None
    units: int


@dataclass(slots=True)
class Decision:
    """What one draft gets: slices by line, and units that are cancelled because the customer chose so."""

    draft: Draft
    slices: dict[int, tuple[Slice, ...]] = field(default_factory=dict)
    cancelled: dict[int, int] = field(default_factory=dict)
    shorts: dict[int, Short] = field(default_factory=dict)
    asked: list[Answer] = field(default_factory=list)  # What the open books gave, to give it back.
    owned: list[tuple[Ask, int]] = field(default_factory=list)  # Units by ask that the asker's hold gave.
    waiting: dict[int, int] = field(default_factory=dict)  # By item: so many more wait than with the hold.


def decide(draft: Draft, desk: OpenBooks, *, now: datetime, own: dict[int, list[Own]] | None = None) -> Decision:
    """Answer a draft from the open books, `own` (by item: units of the asker's hold) first.

    Raises Refused, with the books as they were, when short lines refuse the order whole.
    """
    decision = consider(draft, desk, now=now, own=own)
    if refused := _refusal(decision):
        desk.give_back(decision.asked)
        _count_own(decision, desk, -1)
        raise refused
    return decision


def consider(draft: Draft, desk: OpenBooks, *, now: datetime, own: dict[int, list[Own]] | None = None) -> Decision:
    """Answer a draft line by line; what cannot be promised stands in `shorts`, whatever that means for the order."""
    asks, decision = draft.asks(), Decision(draft)
    mine: dict[int, list[Slice]] = {}
    if own and not _is_cut_by_kits(draft):
        # Whoever has no name shares a cap within this order only, his hold's units included.
        asks = [replace(ask, buyer=f"draft/{draft.id}") if ask.buyer is None else ask for ask in asks]
        mine = _from_own(decision, asks, own, desk, now)
    rest = [_rest(ask, mine[ask.id]) if mine.get(ask.id) else ask for ask in asks]
    together = getattr(draft.given, "ship", "as_ready") == "together"
    decision.asked = _in_whole_kits(draft, desk, [ask for ask in rest if ask.units], now, together=together)
    by_ask = {answer.ask.id: answer for answer in decision.asked}
    for ask in asks:
        _add(decision, ask, mine.get(ask.id, []), by_ask.get(ask.id))
    return decision


def _is_cut_by_kits(draft: Draft) -> bool:
    """May short kits be cut? Then the cart's hold is not used: each part's share of it makes other kits."""
    goes_on = getattr(draft.given, "on_short", "wait") != "wait"
    return goes_on and any(line.kit_line is not None for line in draft.asked_lines)


def _in_whole_kits(draft: Draft, desk: OpenBooks, asks: list[Ask], now: datetime, *, together: bool) -> list[Answer]:
    """Answer the asks; the parts of a kit take from the shelf only what makes whole kits there, and wait together.

    Where a part is short, so is the kit: no part is promised beyond the kits that all parts make.
    """
    answers = desk.promise(asks, now=now, together=together)
    kits = _kits_to_make(draft, asks)
    if not kits:
        return answers
    whole = _kits_of(answers, kits, [answer.promised_units for answer in answers])
    shorts = _shorts_of(answers, kits)
    while True:  # Ends: each round has fewer kits than the one before.
        on_shelf = _kits_of(answers, kits, [answer.stock_units for answer in answers])
        desk.give_back(answers)
        asked = [_kit_ask(ask, kits.get(ask.id), whole, on_shelf) for ask in asks]
        answers = desk.promise([ask for ask in asked if ask.units], now=now, together=together)
        made = _kits_of(answers, kits, [answer.promised_units for answer in answers])
        shorts = {**_shorts_of(answers, kits), **shorts}
        fewer = {kit: min(n, made.get(kit, 0)) for kit, n in whole.items()}
        if fewer == whole:
            break
        whole = fewer
    last = {kit: _last_of(kit, answers, kits) for kit in whole}
    found = {answer.ask.id: answer for answer in answers}
    return [
        _kit_answer(ask, found.get(ask.id), last[kits[ask.id][0]], shorts.get(kits[ask.id][0]))
        if ask.id in kits
        else found[ask.id]
        for ask in asks
    ]


def _kit_ask(
    ask: Ask, of: tuple[int | None, int] | None, whole: Mapping[int | None, int], on_shelf: Mapping[int | None, int]
) -> Ask:
    """The ask of a kit's part for so many whole kits, of which so many may come from the shelf."""
    if of is None:
        return ask
    kit, per_kit = of
    kits = whole[kit]
    return replace(ask, units=kits * per_kit, most_from_shelf=min(kits, on_shelf.get(kit, 0)) * per_kit)


def _shorts_of(answers: Sequence[Answer], kits: Mapping[int, tuple[int | None, int]]) -> dict[int | None, Short]:
    """Why kits are short, by kit."""
    return {kits[a.ask.id][0]: a.short for a in answers if a.short is not None and a.ask.id in kits}


def _kits_to_make(draft: Draft, asks: Sequence[Ask]) -> dict[int, tuple[int | None, int]]:
    """(kit's line, units in one kit) of the parts that are asked for whole; a kit partly held is not cut again."""
    asked = {ask.id: ask.units for ask in asks}
    parts = [line for line in draft.asked_lines if line.kit_line is not None]
    held = {line.kit_line for line in parts if asked.get(line.id) != line.units}
    return {line.id: (line.kit_line, line.per_kit or 1) for line in parts if line.kit_line not in held}


def _kits_of(
    answers: Sequence[Answer], kits: Mapping[int, tuple[int | None, int]], units: Sequence[int]
) -> dict[int | None, int]:
    """How many whole kits these units of their parts make, by kit."""
    whole: dict[int | None, int] = {}
    for answer, n in zip(answers, units, strict=True):
        if answer.ask.id in kits:
            kit, per_kit = kits[answer.ask.id]
            whole[kit] = min(whole.get(kit, n // per_kit), n // per_kit)
    return whole


def _kit_answer(ask: Ask, answer: Answer | None, last: Slice | None, short: Short | None) -> Answer:
    """What a kit's part gets: off the shelf with the kit's last part; the rest is short as the kit is."""
    slices = _wait_for(answer, last).slices if answer is not None else ()
    missing = ask.units - sum(piece.units for piece in slices)
    return Answer(ask, slices, replace(short, units=missing) if short is not None and missing else None)


def _last_of(kit: int | None, answers: Sequence[Answer], kits: Mapping[int, tuple[int | None, int]]) -> Slice | None:
    """The slice of a kit's parts that arrives last."""
    slices = [piece for answer in answers if kits.get(answer.ask.id, (0, 0))[0] == kit for piece in answer.slices]
    return max(slices, key=lambda piece: (piece.deliver_on, piece.ship_on), default=None)


def _wait_for(answer: Answer, last: Slice | None) -> Answer:
    """The answer with what is not on the shelf dated as the kit's last part: it cannot be used before."""
    if last is None:
        return answer
    slices = [
        piece
        if is_stock(piece.source)
        else replace(piece, ship_on=last.ship_on, deliver_from_on=last.deliver_from_on, deliver_on=last.deliver_on)
        for piece in answer.slices
    ]
    return replace(answer, slices=tuple(slices))


def _from_own(
    decision: Decision, asks: Sequence[Ask], own: dict[int, list[Own]], desk: OpenBooks, now: datetime
) -> dict[int, list[Slice]]:
    """The units of each ask that its hold already covers, dated; `own` is used up on the way.

    While the asker decides, what his hold waits for does not count as waiting, but what he takes over does.
    """
    items = {ask.item for ask in asks} & own.keys()
    waiting = {item: -sum(one.units for one in own[item] if not _on_shelf(one)) for item in items}
    mine: dict[int, list[Slice]] = {}
    given: dict[int, int] = {}
    for ask in asks:
        most = ask.policy.max_per_customer
        room = ask.units if most is None else max(0, most - desk.taken_by(ask) - given.get(ask.item, 0))
        room = 0 if ask.units < ask.policy.min_ship_units else room
        mine[ask.id] = _cover(ask, min(ask.units, room), own.get(ask.item, []), now)
        units = sum(piece.units for piece in mine[ask.id])
        given[ask.item] = given.get(ask.item, 0) + units
        decision.owned.append((ask, units))
        if ask.item in items:
            waiting[ask.item] += units - stock_units(mine[ask.id])
    decision.waiting = waiting
    _count_own(decision, desk, 1)
    return mine


def _cover(ask: Ask, missing: int, own: Sequence[Own], now: datetime) -> list[Slice]:
    routes = {route.location: route for route in reversed(ask.routes)}
    pieces = []
    for held in own:
        source = held.source
        if source is None or not (take := min(missing, held.units)) or source.location not in routes:
            continue
        route = routes[source.location]
        pieces.append(date_units(source, route, take, policy=ask.policy, now=now, wanted_on=ask.wanted_on))
        held.units -= take
        missing -= take
    return pieces


def _on_shelf(own: Own) -> bool:
    return own.source is not None and own.source.on_shelf


def _count_own(decision: Decision, desk: OpenBooks, sign: int) -> None:
    for ask, units in decision.owned:
        desk.count_own(ask, sign * units)
    for item, units in decision.waiting.items():
        desk.count_waiting(item, sign * units)


def _rest(ask: Ask, mine: Sequence[Slice]) -> Ask:
    """What is asked beside the units of the hold, which count for the least that may go together."""
    units = sum(piece.units for piece in mine)
    least = max(1, ask.policy.min_ship_units - units)
    return replace(ask, units=ask.units - units, policy=replace(ask.policy, min_ship_units=least))


def _add(decision: Decision, ask: Ask, mine: list[Slice], answer: Answer | None) -> None:
    slices = [*mine, *(answer.slices if answer else ())]
    if mine and answer:
        slices = in_shipments(slices, ask.shape)
    slices.sort(key=lambda piece: (piece.deliver_on, piece.ship_on, piece.source is None))
    decision.slices[ask.id] = tuple(slices)
    if answer is not None and answer.short is not None:
        decision.shorts[ask.id] = answer.short
        decision.cancelled[ask.id] = answer.short.units


def _refusal(decision: Decision) -> Refused | None:
    """Short lines refuse the order whole, every one named, unless its choice says that the rest goes on."""
    if not decision.shorts:
        return None
    lines = [line for line in decision.draft.asked_lines if line.id in decision.shorts]
    goes_on = getattr(decision.draft.given, "on_short", "wait") != "wait" and any(decision.slices.values())
    if goes_on:
        return None
    named = [describe(line, decision.shorts[line.id]) for line in lines]
    first = named[0]
    return Refused(
        first["refusal"],
        " ".join(row["says"] for row in named),
        status=409,
        lines=named,
        field="lines",
        limit=first["limit"],
    )


def describe(line: DraftLine, short: Short) -> dict[str, Any]:
    """A short line in words and numbers."""
    values = {
        "position": line.position,
        "sku": line.sku,
        "asked": line.units,
        "available": line.units - short.units,
        "limit": short.limit,
        "refusal": short.refusal,
    }
    return {**values, "says": SENTENCES[short.refusal].format(**values)}


def stock_units(slices: Sequence[Slice]) -> int:
    """Units that are on the shelf."""
    return sum(piece.units for piece in slices if is_stock(piece.source))


def is_stock(source: SourceKey | None) -> bool:
    """Do these units stand on the shelf?"""
    return source is not None and source[0] == "stock"

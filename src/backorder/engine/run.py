"""Decide any number of items at once under a variant: the same rules for one item on an event and for all in a run.

Pure: the same input and variant give the same plan, byte for byte, whatever the order of entries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from .columns import Bools, Ints, RunInput, RunPlan, Supplies, pick_lines
from .matrix import MOST_SOURCES, MOST_WAYS
from .parts import part_of
from .pegs import Pegs, held_pegs
from .plain import decide_item
from .rounds import decide_rows
from .seats import EXCLUDED, segments, selects
from .sets import Moves, moves, second_pass, settled, swaps
from .strategies import CyclicFallback, OnBroken, Variant
from .stretch import flat_rows
from .terms import SKIP, WIN, Terms, terms
from .views import View, read_lines

FEW = 24
"""So few items are not worth a round: they are decided one by one, and of many the few that have most lines."""


@dataclass(frozen=True, slots=True)
class Selected:
    """What one segment selects: indexes of its lines, and how many more an earlier segment took from it."""

    segment: str
    lines: Ints
    taken_before: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What a variant would look at, before anything runs; `overlapping` lines meet more than one filter."""

    selected: tuple[Selected, ...]
    excluded: Ints
    overlapping: Ints


@dataclass(frozen=True, slots=True)
class Loser:
    """`line` (index) would have to give up `units` so that a broken floor could be held."""

    line: int
    units: int


def preview(run: RunInput, variant: Variant) -> Preview:
    """Which segment each line belongs to (the first that selects it). Raises UnknownAttribute."""
    chosen = [selects(each.filter, run.lines) for each in variant.segments]
    segment = segments(run.lines, variant)
    selected = tuple(
        Selected(each.name, np.flatnonzero(segment == index), int((chosen[index] & (segment != index)).sum()))
        for index, each in enumerate(variant.segments)
    )
    often = np.sum(chosen, axis=0) if chosen else np.zeros(len(run.lines))
    return Preview(selected, np.flatnonzero(segment == EXCLUDED), np.flatnonzero(often > 1))


def decide(run: RunInput, variant: Variant) -> RunPlan:
    """Share what there is among the lines, as the variant says. Raises UnknownAttribute.

    Under STOP_ITEM and STOP_ALL what has a broken floor comes back as it was and is named in `stopped`;
    `lacking` then tells which floors were broken.
    """
    start = terms(run, variant)
    pegs, lacking, plain_items = share_out(start, variant, np.arange(len(start.seats.items)))
    stopped = np.zeros(len(start.seats.items), np.bool_)
    if variant.on_broken is not OnBroken.REPORT:
        stopped[start.seats.row[np.flatnonzero(lacking)]] = True
    stops_all = variant.on_broken is OnBroken.STOP_ALL and bool(stopped.any())
    if stops_all:
        pegs = held_pegs(run)
    else:
        pegs = _leave(start, pegs, stopped)
        if news := moves(start, pegs, stopped):
            pegs = _settle_sets(start, variant, pegs, news)
    return _plan(start, variant, pegs, lacking, start.seats.items[stopped], stops_all, plain_items)


def decide_or_fall_back(
    run: RunInput,
    variant: Variant,
    others: Mapping[str, Variant],
    decide: Callable[[RunInput, Variant], RunPlan] = decide,
) -> tuple[RunPlan, ...]:
    """`decide`, and what was stopped again by the fallback, and so on; the last plan is the one that counts.

    `others` are the variants by name. Each plan covers the whole input: items that an earlier variant decided
    are as it decided them. Raises CyclicFallback, or KeyError for a fallback that does not exist.
    """
    plans = [decide(run, variant)]
    tried = [variant.name]
    while len(plans[-1].stopped) and variant.fallback is not None:
        if variant.fallback in tried:
            raise CyclicFallback(*tried, variant.fallback)
        tried.append(variant.fallback)
        variant = others[variant.fallback]
        before = plans[-1]
        chosen = np.ones(len(run.lines), np.bool_)
        if not before.stopped_all:
            chosen = np.isin(run.lines.item, before.stopped)
        part = restrict(run, run.lines.item[chosen].tolist())
        plans.append(_over(run, before, chosen, decide(part, variant)))
    return tuple(plans)


def restrict(run: RunInput, items: Iterable[int]) -> RunInput:
    """The part of the input that concerns these items (ids); columns keep their order."""
    wanted = np.array(sorted(set(items)), np.int64)
    keeps, there = np.isin(run.lines.item, wanted), np.isin(run.supplies.item, wanted)
    supplies = Supplies(**{each.name: getattr(run.supplies, each.name)[there] for each in fields(Supplies)})
    place = np.cumsum(there) - 1
    gone = None if run.gone is None else pick_lines(run.gone, np.isin(run.gone.item, wanted), place)
    return RunInput(pick_lines(run.lines, keeps, place), supplies, run.today, gone)


def who_would_lose(run: RunInput, variant: Variant, plan: RunPlan, line: int) -> tuple[Loser, ...]:
    """Who would have to give up units so that the broken floor of `line` (an index) could be held, last in rank first.

    Empty if there are not enough units in time whoever gave them up.
    """
    start = terms(run, variant)
    row = int(start.seats.row[line])
    piles = start.piles[start.pile_start[row] : start.pile_start[row + 1]].tolist()
    known = {each.index: each for each in read_lines(start, variant, row, piles)}
    asker, missing = known[line], int(plan.lacking[line])
    held = _held_by(plan, known, piles)
    in_time = _floor_sources(asker.strategy, asker.view, asker.had, held[line])
    found = []
    for other in sorted(known.values(), key=lambda each: (-each.strategy, -int(start.seats.place[each.index]))):
        gives = sum(units for source, units in held[other.index].items() if in_time[source])
        if other.index != line and other.strategy != SKIP and gives and missing:
            found.append(Loser(other.index, min(gives, missing)))
            missing -= found[-1].units
    return () if missing else tuple(found)


def share_out(start: Terms, variant: Variant, rows: Ints) -> tuple[Pegs, Ints, int]:
    """Pegs and units lacking of floors by line of these items, and how many of them were decided one by one."""
    ruled = _have_rules(start)
    flat = flat_rows(start, rows[~ruled[rows]])
    is_plain = (ruled | (_are_long(start) & ~flat))[rows]
    lacking = np.zeros(len(start.run.lines), np.int64)
    rounded = decide_rows(start, rows[~is_plain], flat)
    for line, units in rounded.lacking:
        lacking[line] = units
    shared = [decide_item(start, variant, int(row)) for row in rows[is_plain]]
    for each in shared:
        for broken, short in each.lacking:
            lacking[broken] = short
    pegs = Pegs.join(*rounded.pegs, Pegs.of([peg for each in shared for peg in each.pegs]))
    return pegs, lacking, int(is_plain.sum())


def _settle_sets(start: Terms, variant: Variant, pegs: Pegs, news: Moves) -> Pegs:
    """Decide the items of moving lines again for the sake of their sets."""
    part = part_of(start, np.unique(start.seats.row[np.flatnonzero(news.moves)]))
    mine = part.has_line[pegs.line]
    first = part.inwards(pegs.where(mine))
    again = second_pass(part.terms, first, news.of(part.lines))
    settled_pegs = again.merge(first, share_out(again.terms, variant, again.rows)[0])
    if swap := swaps(part.terms, again, settled_pegs):
        settled_pegs = settled(part.terms, swap, settled_pegs, share_out(swap.terms, variant, swap.rows)[0])
    return Pegs.join(pegs.where(~mine), part.outwards(settled_pegs))


def _have_rules(start: Terms) -> Bools:
    """Items (by row) that are decided one by one, for their rules look at several lines at once, or all, if few.

    Rules are shares, quotas, protections, caps, and parts of certain sizes.
    """
    seats, lines = start.seats, start.run.lines
    care = np.full(len(seats.items), start.limits.exist or len(seats.items) < FEW or not len(start.piles))
    care[seats.row[start.sharing | start.shaped]] = True
    care |= np.diff(start.pile_start) > MOST_SOURCES
    care[seats.row[np.flatnonzero(np.diff(lines.way_start) > MOST_WAYS)]] = True
    return care


def _are_long(start: Terms) -> Bools:
    """The few items (by row) with the most lines: deciding all together would go on for long with them alone."""
    counts = np.diff(start.seats.start)
    if not len(counts) > FEW > 0:
        return np.zeros(len(counts), np.bool_)
    return np.asarray(counts > np.partition(counts, len(counts) - FEW)[len(counts) - FEW])


def _leave(start: Terms, pegs: Pegs, stopped: Bools) -> Pegs:
    """Stopped items as they were."""
    if not stopped.any():
        return pegs
    before = held_pegs(start.run)
    return Pegs.join(
        pegs.where(~stopped[start.seats.row[pegs.line]]), before.where(stopped[start.seats.row[before.line]])
    )


def _plan(
    start: Terms, variant: Variant, pegs: Pegs, lacking: Ints, stopped: Ints, stops_all: bool, plain_items: int
) -> RunPlan:
    run = start.run
    pegs = pegs.sorted(run)
    covered = np.bincount(pegs.line, weights=pegs.units, minlength=len(run.lines)).astype(np.int64)
    return RunPlan(
        variant.name,
        variant.version,
        pegs.line,
        pegs.source,
        pegs.units,
        pegs.rule,
        start.seats.segment,
        start.seats.place,
        run.lines.units - covered,
        lacking,
        stopped,
        stops_all,
        plain_items,
    )


def _over(run: RunInput, before: RunPlan, chosen: Bools, part: RunPlan) -> RunPlan:
    """`before`, with the chosen lines (all of their items) as `part` decided them."""
    lines = np.flatnonzero(chosen)
    supplies = np.flatnonzero(np.isin(run.supplies.item, run.lines.item[chosen]))
    mine = ~chosen[before.peg_line]
    pegs = Pegs.join(
        Pegs(before.peg_line, before.peg_source, before.peg_units, before.peg_rule).where(mine),
        Pegs(lines[part.peg_line], supplies[part.peg_source], part.peg_units, part.peg_rule),
    ).sorted(run)
    merged = {name: getattr(before, name).copy() for name in ("segment", "place", "unsupplied", "lacking")}
    for name, column in merged.items():
        column[lines] = getattr(part, name)
    return replace(
        part,
        peg_line=pegs.line,
        peg_source=pegs.source,
        peg_units=pegs.units,
        peg_rule=pegs.rule,
        plain_items=before.plain_items + part.plain_items,
        **merged,
    )


def _held_by(plan: RunPlan, known: Mapping[int, Any], piles: list[int]) -> dict[int, dict[int, int]]:
    source = {pile: index for index, pile in enumerate(piles)}
    held: dict[int, dict[int, int]] = {line: {} for line in known}
    for at in np.flatnonzero(np.isin(plan.peg_line, list(known))).tolist():
        held[int(plan.peg_line[at])][source[int(plan.peg_source[at])]] = int(plan.peg_units[at])
    return held


def _floor_sources(strategy: int, view: View, had: Mapping[int, int], holds: Mapping[int, int]) -> list[bool]:
    """Which sources would have served the floor."""
    if strategy == WIN:
        return list(view.in_time)
    curve = sorted({view.late[source] for source in had})
    lost = [
        by
        for by in curve
        if sum(n for source, n in had.items() if view.late[source] <= by)
        > sum(n for source, n in holds.items() if view.late[source] <= by)
    ]
    return [late <= min(lost, default=-1) for late in view.late]

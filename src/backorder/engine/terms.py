"""What both ways of deciding start from: who is served in which order, on what terms, from which sources."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .columns import Bools, Ints, RunInput
from .quotas import Groups, groups
from .seats import STRATEGIES, Seats, seat
from .strategies import Share, Strategy, Variant

WIN, GAIN, IMPROVE, REDISTRIBUTE, FILL, LOSE, SKIP = range(7)
"""Strategies by number."""
assert [each.name for each in STRATEGIES] == ["WIN", "GAIN", "IMPROVE", "REDISTRIBUTE", "FILL", "LOSE", "SKIP"]

NEVER = 1 << 62
"""Later than any day: units that nothing covers."""
UNABLE = 1 << 62
"""As late as this is a source that may not serve the line."""
DAY_BITS = 23
LATEST = (1 << DAY_BITS) - 1
MOST_TRIES = 8
"""So often an item whose WIN floors are broken begins anew; it mostly takes one try."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Columns by line, and sources by item.

    `later` lines rather have later units that still make their day; `from_shelf` false: the shelf is not for
    them. `piles` are supply indexes by (item row, moment, kind, id), `pile_start` where each row begins in
    them, and `moment` is when a supply's units can be used: of one day the shelf comes before what arrives.
    """

    run: RunInput
    seats: Seats
    strategy: Ints
    complete: Bools
    later: Bools
    from_shelf: Bools
    sharing: Bools
    shaped: Bools
    limits: Groups
    piles: Ints
    pile_start: Ints
    moment: Ints


def terms(run: RunInput, variant: Variant) -> Terms:
    """Lines and supplies of a run, ordered, with the strategies of their segments."""
    seats = seat(run, variant)
    lines, supplies = run.lines, run.supplies
    moment = 2 * supplies.ready_on + (supplies.kind != 0)
    row = seats.row_of_supply
    piles = np.lexsort((supplies.id, moment, row))  # The moment tells the kind.
    nothing = np.zeros(len(lines), np.bool_)
    shares = np.array([each.share is not Share.IN_ORDER for each in variant.segments] + [False])
    return Terms(
        run,
        seats,
        seats.strategy,
        nothing if lines.complete is None else lines.complete,
        seats.strategy == REDISTRIBUTE,
        ~nothing,
        shares[seats.segment],
        _shaped(run),
        groups(run, variant),
        piles,
        np.concatenate([[0], np.cumsum(np.bincount(row, minlength=len(seats.items)))]),
        moment,
    )


def strategy_of(terms: Terms, line: int) -> Strategy:
    return STRATEGIES[int(terms.strategy[line])]


def _shaped(run: RunInput) -> Bools:
    """Lines with a rule about the size or number of their parts."""
    lines = run.lines
    shaped = np.zeros(len(lines), np.bool_)
    for column, at_least in ((lines.min_part, 2), (lines.multiple, 2), (lines.max_parts, 1)):
        if column is not None:
            shaped |= column >= at_least
    return shaped

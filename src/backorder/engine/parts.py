"""Some of the items of a decision, with their lines and supplies renumbered, and the way back."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from .columns import Bools, Ints, RunInput, Supplies, pick_lines
from .pegs import Pegs
from .seats import Seats
from .terms import Terms


@dataclass(frozen=True, slots=True)
class Part:
    """`lines` and `supplies` are those of the part, by their index in the whole."""

    terms: Terms
    lines: Ints
    supplies: Ints
    has_line: Bools
    line_place: Ints
    supply_place: Ints

    def inwards(self, pegs: Pegs) -> Pegs:
        """Pegs of the whole as those of the part."""
        return Pegs(self.line_place[pegs.line], self.supply_place[pegs.source], pegs.units, pegs.rule)

    def outwards(self, pegs: Pegs) -> Pegs:
        """Pegs of the part as those of the whole."""
        return Pegs(self.lines[pegs.line], self.supplies[pegs.source], pegs.units, pegs.rule)


def part_of(whole: Terms, rows: Ints) -> Part:
    """The items with these rows, ascending."""
    seats, run = whole.seats, whole.run
    chosen = np.zeros(len(seats.items), np.bool_)
    chosen[rows] = True
    has_line, has_supply = chosen[seats.row], chosen[seats.row_of_supply]
    line_place, supply_place, row_place = (np.cumsum(has) - 1 for has in (has_line, has_supply, chosen))
    supplies = Supplies(**{each.name: getattr(run.supplies, each.name)[has_supply] for each in fields(Supplies)})
    order = line_place[seats.order[has_line[seats.order]]]
    piles = supply_place[whole.piles[has_supply[whole.piles]]]
    limits = replace(
        whole.limits,
        quotas=tuple(members[has_line] for members in whole.limits.quotas),
        protections=tuple(members[has_line] for members in whole.limits.protections),
        customers=None if whole.limits.customers is None else np.array(whole.limits.customers)[has_line].tolist(),
    )
    terms = Terms(
        RunInput(pick_lines(run.lines, has_line, supply_place), supplies, run.today, run.gone),
        Seats(
            seats.items[rows],
            order,
            np.concatenate([[0], np.cumsum(np.diff(seats.start)[rows])]),
            row_place[seats.row[has_line]],
            seats.segment[has_line],
            seats.strategy[has_line],
            seats.place[has_line],
            seats.tier[has_line],
            row_place[seats.row_of_supply[has_supply]],
        ),
        whole.strategy[has_line],
        whole.complete[has_line],
        whole.later[has_line],
        whole.from_shelf[has_line],
        whole.sharing[has_line],
        whole.shaped[has_line],
        limits,
        piles,
        np.concatenate([[0], np.cumsum(np.diff(whole.pile_start)[rows])]),
        whole.moment[has_supply],
    )
    return Part(terms, np.flatnonzero(has_line), np.flatnonzero(has_supply), has_line, line_place, supply_place)

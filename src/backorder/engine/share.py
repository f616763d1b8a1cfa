"""How units are dealt among those who stand equal, and how fair that is.

Both ways are house-monotone (a unit more never takes one from anybody), so dealing supply after supply in
the order of its days is the same as dealing all of it at once.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from fractions import Fraction

from .strategies import Share

_ONE_BY_ONE = 4_096  # Up to so many units are dealt one by one without looking ahead.


def deal(
    units: int,
    *,
    wanted: Sequence[int],
    have: Sequence[int],
    room: Sequence[int],
    how: Share,
    multiples: Sequence[int] | None = None,
) -> list[int]:
    """Units each gets, of `units`: nothing is left while somebody has room for it.

    `wanted` are all the units each asks for, `have` those it has already, `room` the most it may get now.
    Equal claims are served in the order given. With `multiples` each takes whole multiples, or all its room.

    PROPORTIONAL is Webster's divisor method (Balinski and Young, Fair Representation, 1982): the next unit goes
    to the greatest wanted / (2 have + 1), so 50 over 10, 20 and 50 are 6, 13 and 31. MAX_MIN gives it to who has least.
    """
    assert units >= 0
    steps = list(multiples) if multiples is not None else [1] * len(wanted)
    if how is Share.IN_ORDER:
        return _in_order(units, room, steps)
    got = [0] * len(wanted)
    if units > _ONE_BY_ONE and max(steps, default=1) == 1:
        got = _ahead(units, wanted, have, room, how)
    return _one_by_one(units - sum(got), got, wanted, have, room, steps, how)


def jain(shares: Sequence[float]) -> float:
    """Jain's fairness figure (DEC-TR-301, 1984): 1 when all shares are equal, 1/n when one has everything."""
    squares = sum(share * share for share in shares)
    return sum(shares) ** 2 / (len(shares) * squares) if squares else 1.0


def _in_order(units: int, room: Sequence[int], steps: Sequence[int]) -> list[int]:
    got = []
    for most, step in zip(room, steps, strict=True):
        take = min(units, most)
        if take < most:
            take -= take % step
        got.append(take)
        units -= take
    return got


def _one_by_one(
    units: int,
    got: list[int],
    wanted: Sequence[int],
    have: Sequence[int],
    room: Sequence[int],
    steps: Sequence[int],
    how: Share,
) -> list[int]:
    def claim(place: int) -> tuple[Fraction | int, int]:
        has = have[place] + got[place]
        return (Fraction(-wanted[place], 2 * has + 1) if how is Share.PROPORTIONAL else has, place)

    queue = [claim(place) for place in range(len(wanted)) if room[place] > got[place]]
    heapq.heapify(queue)
    while units and queue:
        _, place = heapq.heappop(queue)
        step = min(steps[place], room[place] - got[place])
        if step > units:
            continue
        got[place] += step
        units -= step
        if room[place] > got[place]:
            heapq.heappush(queue, claim(place))
    return got


def _ahead(units: int, wanted: Sequence[int], have: Sequence[int], room: Sequence[int], how: Share) -> list[int]:
    """What everybody surely gets: all claims that are stronger than a bound which `units` can serve."""

    def served(seats: Callable[[int], int]) -> list[int]:
        return [min(max(seats(place) - have[place], 0), room[place]) for place in range(len(wanted))]

    def by_level(level: int) -> list[int]:
        return served(lambda place: level)

    def by_divisor(level: int) -> list[int]:
        # All claims wanted / (2 seats + 1) >= 2^30 / level: seats = floor((wanted * level / 2^30 + 1) / 2).
        return served(lambda place: ((wanted[place] * level >> 30) + 1) // 2)

    deal_at = by_divisor if how is Share.PROPORTIONAL else by_level
    low, high = 0, 1
    while sum(deal_at(high)) <= units and high < 1 << 80:
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if sum(deal_at(middle)) <= units else (low, middle)
    return deal_at(low)

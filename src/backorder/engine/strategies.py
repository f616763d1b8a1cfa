"""Who may gain and who may lose: the values a planner writes down as a variant.

A variant is an ordered list of segments; a line belongs to the first whose filter selects it, and the
segment's strategy is a floor and a ceiling on the line's confirmation (its curve of units by each day).
Lines that no segment selects are excluded: they stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


class Strategy(StrEnum):
    """What a run may do to the confirmation of a line."""

    WIN = "win"  # Floor: all units by its due day, else reported.
    GAIN = "gain"  # Floor: nowhere below today's curve, else reported; may rise.
    IMPROVE = "improve"  # The same, best effort: a broken floor is not an exception.
    REDISTRIBUTE = "redistribute"  # May win or lose everything.
    FILL = "fill"  # Nowhere above today's curve; may lose.
    LOSE = "lose"  # Gives all back.
    SKIP = "skip"  # Is left exactly as it is.


class Share(StrEnum):
    """How units are handed out inside a tier: lines of one segment and one item that rank equal."""

    IN_ORDER = "in_order"  # By id.
    PROPORTIONAL = "proportional"  # To the units they want: Webster's divisor method.
    MAX_MIN = "max_min"  # Who has least gets the next unit.


class OnBroken(StrEnum):
    """What happens when a WIN or GAIN floor cannot be held."""

    REPORT = "report"  # The run goes on and names it.
    STOP_ITEM = "stop_item"  # The item is left as it was (or decided by the fallback).
    STOP_ALL = "stop_all"  # Nothing is changed (or the fallback decides all).


class Basis(StrEnum):
    """Against whom a protection holds."""

    HORIZONTAL = "horizontal"  # Against everybody outside the group.
    PRIORITISED = "prioritised"  # Against everybody but the groups of protections that come before it in the list.


class Objective(StrEnum):
    """What is best, where a solver may better what the segments decide."""

    KEPT_PROMISES = "kept_promises"  # Most lines whole by their due day.
    VALUE = "value"  # Most value (attribute `unit_price_minor`) covered by the due day.
    FULL_ORDERS = "full_orders"  # Most orders (attribute `order`) with all their lines covered.
    LATENESS = "lateness"  # Fewest unit-days late, weighted by the variant's `weight`.


class UnknownAttribute(ValueError):
    """A filter or rank names an attribute that lines do not have; `args` are its name and the names there are."""


class CyclicFallback(ValueError):
    """Fallback variants lead back to one that was tried; `args` are the names in the order of trying."""


@dataclass(frozen=True, slots=True)
class Condition:
    """An attribute that is one of `values`, or lies between `at_least` and `at_most` (both inclusive).

    Values are compared with the attribute's column: text, whole numbers, booleans, days as ordinals. A
    missing value (None in a text column, MISSING in a number column) only meets a condition that lists None.
    """

    attribute: str
    values: tuple[Any, ...] | None = None
    at_least: int | float | None = None
    at_most: int | float | None = None


@dataclass(frozen=True, slots=True)
class Filter:
    """Lines that meet all of `include` and none of `exclude`; an empty filter selects every line."""

    include: tuple[Condition, ...] = ()
    exclude: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Key:
    """One part of a rank: smaller values first, or larger if `descending`, or as listed in `sequence`.

    Values not in the sequence come after those in it, in no order; missing values come last always.
    """

    attribute: str
    descending: bool = False
    sequence: tuple[Any, ...] | None = None


DEFAULT_RANK = (Key("priority"), Key("first_promised_on"), Key("ordered_at"))
"""Who comes first unless a segment says otherwise; the line's id always decides last."""


@dataclass(frozen=True, slots=True)
class Segment:
    """Which lines, in which order, and what may happen to them. Lines equal in all of `rank` are one tier."""

    name: str
    strategy: Strategy
    filter: Filter = Filter()
    rank: tuple[Key, ...] = DEFAULT_RANK
    share: Share = Share.IN_ORDER


@dataclass(frozen=True, slots=True)
class Quota:
    """At most `units` of each item (or of `item`) for the lines a filter selects, from supply of a period.

    The period is days on which units are ready (ordinals, both inclusive; None: without end). `used` units
    of it are gone already, by item, beside those that the input tells of; what excluded lines hold counts by itself.
    """

    name: str
    filter: Filter
    units: int
    item: int | None = None
    from_on: int | None = None
    until_on: int | None = None
    used: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Protection:
    """At least `units` of each item (or of `item`) are kept for the lines a filter selects, from supply of a period.

    What the group does not hold of it nobody else may take, as `basis` says. From `expires_on` (an ordinal,
    compared with the run's today) on it holds no more: the rest is first come, first served.
    """

    name: str
    filter: Filter
    units: int
    basis: Basis = Basis.HORIZONTAL
    item: int | None = None
    from_on: int | None = None
    until_on: int | None = None
    expires_on: int | None = None


@dataclass(frozen=True, slots=True)
class Variant:
    """A saved way to decide: segments in order, rationing rules, and what to do about broken floors.

    `fallback` names the variant that decides what this one stopped. `customer_cap` is the most units of one
    item the lines of one customer may hold together. `jitter_days` is for those who write promises: a day
    that improves by no more is not told. `version` is quoted in explanations. By `objective` the plan is
    bettered; `weight` names the attribute whose number weighs lateness (None: all units weigh the same).
    """

    name: str
    segments: tuple[Segment, ...]
    version: int = 1
    on_broken: OnBroken = OnBroken.REPORT
    fallback: str | None = None
    quotas: tuple[Quota, ...] = ()
    protections: tuple[Protection, ...] = ()
    customer_cap: int | None = None
    jitter_days: int = 1
    objective: Objective | None = None
    weight: str | None = None


GAIN_DEFAULT = Variant("default", (Segment("everybody", Strategy.GAIN),), version=0)
"""What events are decided by until somebody says otherwise."""


def to_document(variant: Variant) -> dict[str, Any]:
    """The variant as what JSON can hold; `from_document` reads it back equal."""
    document = asdict(variant)
    for quota in document["quotas"]:
        quota["used"] = {str(item): units for item, units in sorted(quota["used"].items())}
    return document


def from_document(document: Mapping[str, Any]) -> Variant:
    """Read what `to_document` wrote (also through JSON). ValueError, KeyError or TypeError for anything else."""
    objective = document.get("objective")
    return Variant(
        **{
            **document,
            "segments": tuple(_segment(each) for each in document["segments"]),
            "on_broken": OnBroken(document.get("on_broken", OnBroken.REPORT)),
            "objective": None if objective is None else Objective(objective),
            "quotas": tuple(_quota(each) for each in document.get("quotas", ())),
            "protections": tuple(_protection(each) for each in document.get("protections", ())),
        }
    )


def _segment(document: Mapping[str, Any]) -> Segment:
    rank = document.get("rank")
    return Segment(
        document["name"],
        Strategy(document["strategy"]),
        _filter(document.get("filter", {})),
        DEFAULT_RANK
        if rank is None
        else tuple(Key(**{**key, "sequence": _tuple(key.get("sequence"))}) for key in rank),
        Share(document.get("share", Share.IN_ORDER)),
    )


def _filter(document: Mapping[str, Any]) -> Filter:
    unknown = set(document) - {"include", "exclude"}
    if unknown:
        raise ValueError(f"a filter has include and exclude, not {', '.join(sorted(unknown))}")
    return Filter(*(tuple(map(_condition, document.get(side, ()))) for side in ("include", "exclude")))


def _condition(document: Mapping[str, Any]) -> Condition:
    return Condition(**{**document, "values": _tuple(document.get("values"))})


def _quota(document: Mapping[str, Any]) -> Quota:
    used = {int(item): units for item, units in document.get("used", {}).items()}
    return Quota(**{**document, "filter": _filter(document["filter"]), "used": used})


def _protection(document: Mapping[str, Any]) -> Protection:
    basis = Basis(document.get("basis", Basis.HORIZONTAL))
    return Protection(**{**document, "filter": _filter(document["filter"]), "basis": basis})


def _tuple(values: Any) -> tuple[Any, ...] | None:
    return None if values is None else tuple(values)

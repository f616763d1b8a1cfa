"""Run scenarios written as tables, and runs built from rows, for tests of strategies.

    segment  NAME STRATEGY [where=tier:gold|silver,channel:web] [not=...] [rank=priority,-value] [share=]
    supply   NAME UNITS DAY [item=] [at=L2] [late=yes]     units nobody owns; SHELF... is stock
    line     NAME UNITS [STRATEGY] [complete] [ratio] [item=] [at=L1,L2] [need=DAY] [due=DAY] [holds=PO-1:3,..]
             [priority=] [set=] [min=] [parts=] [most_late=] [multiple=] [customer=] [any attribute=text]
    quota    NAME UNITS [where=] [from=DAY] [until=DAY] [used=]
    protect  NAME UNITS [where=] [from=DAY] [until=DAY] [basis=] [expires=DAY]
    cap      UNITS
    on_broken  report | stop_item | stop_all
    peg      LINE SUPPLY UNITS
    short    LINE UNITS
    broken   LINE UNITS
    stopped  ITEM

Without segment rows there is one for each strategy, in the order in which lines name them (GAIN if they do not).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from tests.engine.tables import TODAY, day, read

from backorder.engine.columns import ANY_DAY, ASAP, NO_SET, Lines, RunInput, RunPlan, Supplies
from backorder.engine.run import decide
from backorder.engine.strategies import (
    Basis,
    Condition,
    Filter,
    Key,
    OnBroken,
    Protection,
    Quota,
    Segment,
    Share,
    Strategy,
    Variant,
)

RANK = (Key("priority"),)
SHAPES = {"min": "min_part", "parts": "max_parts", "multiple": "multiple", "most_late": "max_late_days"}
KNOWN = {"item", "at", "need", "due", "holds", "priority", "set", "customer", *SHAPES}


@dataclass(frozen=True)
class Source:
    """A supply of a test: units nobody owns."""

    name: str
    units: int
    on: int
    item: int = 1
    at: int = 1
    is_stock: bool = False
    certain: bool = True


@dataclass(frozen=True)
class Row:
    """A line of a test; `holds` are (place in the list of sources, units)."""

    units: int
    strategy: str = "gain"
    item: int = 1
    ways: tuple[int, ...] = (1,)
    need: int = ASAP
    due: int = ANY_DAY
    holds: tuple[tuple[int, int], ...] = ()
    priority: int = 0
    complete: bool = False
    set_id: int = NO_SET
    in_ratio: bool = False
    customer: int = -1
    min_part: int = 1
    max_parts: int = 0
    multiple: int = 1
    max_late_days: int = -1
    texts: Mapping[str, str] = field(default_factory=dict)
    id: int = 0


def build(rows: Sequence[Row], sources: Sequence[Source]) -> RunInput:
    """The columns of rows and sources; ids are places from 1 on unless a row has its own."""
    texts = sorted({name for row in rows for name in row.texts})
    attributes: dict[str, np.ndarray[Any, Any]] = {
        name: np.array([row.texts.get(name) for row in rows], object) for name in texts
    }
    attributes |= {
        "priority": ints(row.priority for row in rows),
        "strategy": np.array([row.strategy for row in rows], object),
    }
    return RunInput(
        Lines(
            id=ints(row.id or place + 1 for place, row in enumerate(rows)),
            item=ints(row.item for row in rows),
            units=ints(row.units for row in rows),
            way_start=starts(len(row.ways) for row in rows),
            way_location=ints(at for row in rows for at in row.ways),
            way_need=ints(row.need for row in rows for _ in row.ways),
            way_due=ints(row.due for row in rows for _ in row.ways),
            held_start=starts(len(row.holds) for row in rows),
            held_source=ints(source for row in rows for source, _ in row.holds),
            held_units=ints(units for row in rows for _, units in row.holds),
            attributes=attributes,
            complete=np.array([row.complete for row in rows], np.bool_),
            set_id=ints(row.set_id for row in rows),
            in_ratio=np.array([row.in_ratio for row in rows], np.bool_),
            customer=ints(row.customer for row in rows),
            multiple=ints(row.multiple for row in rows),
            min_part=ints(row.min_part for row in rows),
            max_late_days=ints(row.max_late_days for row in rows),
            max_parts=ints(row.max_parts for row in rows),
        ),
        Supplies(
            id=ints(range(1, len(sources) + 1)),
            kind=ints(not source.is_stock for source in sources),
            item=ints(source.item for source in sources),
            location=ints(source.at for source in sources),
            free=ints(source.units for source in sources),
            ready_on=ints(source.on for source in sources),
            certain=np.array([source.certain for source in sources], np.bool_),
        ),
        TODAY.toordinal(),
    )


def with_pegs(run: RunInput, plan: RunPlan) -> RunInput:
    """The input as it is after the plan was committed."""
    lines, supplies = run.lines, run.supplies
    order = np.argsort(plan.peg_line, kind="stable")
    free = supplies.free.copy()
    np.add.at(free, lines.held_source, lines.held_units)
    np.subtract.at(free, plan.peg_source, plan.peg_units)
    lines = replace(
        lines,
        held_start=starts(np.bincount(plan.peg_line, minlength=len(lines)).tolist()),
        held_source=plan.peg_source[order],
        held_units=plan.peg_units[order],
    )
    return replace(run, lines=lines, supplies=replace(supplies, free=free))


def by_strategy(names: Iterable[str], *, rank: tuple[Key, ...] = RANK, **rules: Any) -> Variant:
    """One segment for each strategy, in this order."""
    segments = tuple(
        Segment(name, Strategy(name), Filter((Condition("strategy", (name,)),)), rank) for name in dict.fromkeys(names)
    )
    return Variant("test", segments, **rules)


def check_run(table: str) -> RunPlan:
    """Decide what a table says and compare with its `peg`, `short`, `broken` and `stopped` rows."""
    scene = _Scene()
    expected = []
    for verb, cells, flags in read(table):
        if verb in ("peg", "short", "broken", "stopped"):
            expected.append(" ".join([verb, *cells]))
        else:
            getattr(scene, verb)(*cells, **{name.replace("from", "since"): value for name, value in flags.items()})
    run, variant = scene.run(), scene.variant()
    plan = decide(run, variant)
    got = list(scene.told(run, plan))
    assert sorted(got) == sorted(expected), "\n" + "\n".join(sorted(got))
    return plan


class _Scene:
    def __init__(self) -> None:
        self.sources: list[Source] = []
        self.rows: dict[str, Row] = {}
        self.segments: list[Segment] = []
        self.rules: dict[str, Any] = {"quotas": (), "protections": ()}
        self.items: dict[str, int] = {}
        self.sets: dict[str, int] = {}

    def segment(
        self, name: str, strategy: str, where: str = "", rank: str = "", share: str = "in_order", **flags: str
    ) -> None:
        keys = tuple(Key(key.lstrip("-"), key.startswith("-")) for key in rank.split(",") if key)
        filter = Filter(conditions(where), conditions(flags.get("not", "")))
        self.segments.append(Segment(name, Strategy(strategy), filter, keys or RANK, Share(share)))

    def supply(self, name: str, units: str, on: str, item: str = "ITEM", at: str = "L1", late: str = "") -> None:
        self.sources.append(
            Source(
                name,
                int(units),
                day(on).toordinal(),
                self._item(item),
                int(at[1:]),
                name.startswith("SHELF"),
                not late,
            )
        )

    def line(self, name: str, units: str, *words: str, **flags: str) -> None:
        strategy = next((word for word in words if word in set(Strategy)), "gain")
        held = (cell.split(":") for cell in flags.get("holds", "").split(",") if cell)
        place = {source.name: index for index, source in enumerate(self.sources)}
        shapes: dict[str, Any] = {SHAPES[name]: int(flags[name]) for name in SHAPES.keys() & flags.keys()}
        self.rows[name] = Row(
            int(units),
            strategy,
            self._item(flags.get("item", "ITEM")),
            tuple(int(at[1:]) for at in flags.get("at", "L1").split(",")),
            day(flags["need"]).toordinal() if "need" in flags else ASAP,
            day(flags["due"]).toordinal() if "due" in flags else ANY_DAY,
            tuple((place[source], int(units)) for source, units in held),
            int(flags.get("priority", 0)),
            "complete" in words,
            self.sets.setdefault(flags["set"], len(self.sets) + 1) if "set" in flags else NO_SET,
            "ratio" in words,
            int(flags.get("customer", -1)),
            texts={name: value for name, value in flags.items() if name not in KNOWN},
            **shapes,
        )

    def quota(self, name: str, units: str, where: str = "", since: str = "", until: str = "", used: str = "0") -> None:
        quota = Quota(name, Filter(conditions(where)), int(units), None, _day(since), _day(until), {1: int(used)})
        self.rules["quotas"] += (quota,)

    def protect(
        self, name: str, units: str, where: str = "", since: str = "", until: str = "",
        basis: str = "horizontal", expires: str = "",
    ) -> None:  # fmt: skip
        guard = Protection(
            name, Filter(conditions(where)), int(units), Basis(basis), None, _day(since), _day(until), _day(expires)
        )
        self.rules["protections"] += (guard,)

    def cap(self, units: str) -> None:
        self.rules["customer_cap"] = int(units)

    def on_broken(self, what: str) -> None:
        self.rules["on_broken"] = OnBroken(what)

    def run(self) -> RunInput:
        return build(list(self.rows.values()), self.sources)

    def variant(self) -> Variant:
        if not self.segments:
            return by_strategy((row.strategy for row in self.rows.values()), **self.rules)
        return Variant("test", tuple(self.segments), **self.rules)

    def told(self, run: RunInput, plan: RunPlan) -> Iterable[str]:
        names = list(self.rows)
        for line, source, units in zip(
            plan.peg_line.tolist(), plan.peg_source.tolist(), plan.peg_units.tolist(), strict=True
        ):
            yield f"peg {names[line]} {self.sources[source].name} {units}"
        for line, name in enumerate(names):
            if plan.unsupplied[line]:
                yield f"short {name} {plan.unsupplied[line]}"
            if plan.lacking[line]:
                yield f"broken {name} {plan.lacking[line]}"
        items = {number: name for name, number in self.items.items()}
        for item in plan.stopped.tolist():
            yield f"stopped {items[item]}"

    def _item(self, name: str) -> int:
        return self.items.setdefault(name, len(self.items) + 1)


def conditions(text: str) -> tuple[Condition, ...]:
    """`tier:gold|silver,channel:web` as conditions."""
    cells = (cell.split(":") for cell in text.split(",") if cell)
    return tuple(Condition(name, tuple(values.split("|"))) for name, values in cells)


def ints(values: Iterable[Any]) -> np.ndarray[Any, np.dtype[np.int64]]:
    return np.array([int(value) for value in values], np.int64)


def starts(counts: Iterable[int]) -> np.ndarray[Any, np.dtype[np.int64]]:
    return np.concatenate([[0], np.cumsum(ints(counts))]).astype(np.int64)


def _day(text: str) -> int | None:
    return day(text).toordinal() if text else None

"""Run engine scenarios written as tables that a planner can read and write.

Days are `day0` (today, a Monday) and after. Unless a table says otherwise everybody works every day,
nothing needs receiving or processing, and a parcel arrives the day after it left.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from textwrap import dedent

from backorder.engine.allocate import allocate
from backorder.engine.calendars import EVERY_DAY, Route
from backorder.engine.model import (
    Answer,
    Ask,
    Book,
    Demand,
    Kind,
    OnShort,
    Policy,
    Sell,
    Source,
    SourceKey,
    Sourcing,
)
from backorder.engine.promise import OpenBooks

TODAY = date(2026, 1, 5)
NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)


def day(text: str) -> date:
    """`day12` is twelve days from today."""
    return TODAY + timedelta(days=int(text.removeprefix("day")))


def in_words(on: date) -> str:
    return f"day{(on - TODAY).days}"


def route(location: int, *, transit: int = 1) -> Route:
    return Route(location, None, "UTC", EVERY_DAY, time(14), 0, 0, EVERY_DAY, transit, transit)


def read(table: str) -> Iterator[tuple[str, list[str], dict[str, str]]]:
    """Rows as (verb, cells, flags); a flag is `name=value` or a lone word after the cells it knows."""
    for row in filter(None, (line.split("#")[0].split() for line in dedent(table).splitlines())):
        cells = [cell for cell in row[1:] if "=" not in cell]
        flags = dict(cell.split("=") for cell in row[1:] if "=" in cell)
        yield row[0], cells, flags


def check_promises(table: str) -> None:
    """Answer the asks of a table one order after the other and compare with its `gets` and `short` rows.

    policy  ITEM KIND [limit= lead= street= most= min= safety=L1:2 owed_at=L1,L2]
    shelf   ITEM LOCATION UNITS
    supply  NAME ITEM LOCATION UNITS DAY [pegged= late=yes]
    open    ITEM UNITS [stale]
    ask     NAME ITEM UNITS [wanted= on_short= buyer= taken= from=L2,L1 sourcing= order=]
    together ORDER
    gets    NAME UNITS SOURCE ARRIVES REASON      (SOURCE: a location's shelf, a supply, or nothing)
    short   NAME UNITS REFUSAL [limit=]
    """
    scene = _Scene()
    expected = []
    for verb, cells, flags in read(table):
        if verb in ("gets", "short"):
            expected.append(" ".join([verb, *cells, *(f"{name}={value}" for name, value in flags.items())]))
        else:
            getattr(scene, verb)(*cells, **flags)
    got = [row for answer in scene.answers() for row in scene.told(answer)]
    assert sorted(got) == sorted(expected), "\n" + "\n".join(sorted(got))


class _Scene:
    def __init__(self) -> None:
        self.routes = {f"L{n}": route(n) for n in (1, 2, 3)}
        self.items: dict[str, int] = {}
        self.policies: dict[str, Policy] = {}
        self.sources: dict[str, list[Source]] = {}
        self.names: dict[SourceKey, str] = {}
        self.waiting: dict[str, tuple[int, bool]] = {}
        self.orders: dict[str, list[Ask]] = {}
        self.asked: dict[int, str] = {}
        self.go_together: set[str] = set()

    def policy(self, item: str, sell: str, **flags: str) -> None:
        safety = dict(cell.split(":") for cell in flags.get("safety", "").split(",") if cell)
        self.items.setdefault(item, len(self.items) + 1)
        self.policies[item] = Policy(
            Sell(sell),
            backorder_limit=_number(flags, "limit"),
            street_on=day(flags["street"]) if "street" in flags else None,
            lead_time_days=_number(flags, "lead"),
            max_per_customer=_number(flags, "most"),
            min_ship_units=int(flags.get("min", 1)),
            safety_units={int(location[1:]): int(units) for location, units in safety.items()},
            backorder_locations=tuple(int(name[1:]) for name in flags.get("owed_at", "L1").split(",")),
        )

    def shelf(self, item: str, location: str, units: str) -> None:
        self._source(location, item, ("stock", len(self.names) + 1), location, int(units), 0, TODAY, True)

    def supply(
        self, name: str, item: str, location: str, units: str, on: str, pegged: str = "0", late: str = ""
    ) -> None:
        key: SourceKey = ("supply", len(self.names) + 1)
        self._source(name, item, key, location, int(units), int(pegged), day(on), not late)

    def open(self, item: str, units: str, stale: str = "") -> None:
        self.waiting[item] = (int(units), bool(stale))

    def ask(self, name: str, item: str, units: str, **flags: str) -> None:
        self.asked[len(self.asked) + 1] = name
        ask = Ask(
            len(self.asked),
            self.items[item],
            int(units),
            self.policies[item],
            tuple(
                self.routes[location] for location in flags.get("from", "L1,L2,L3").split(",") if location != "nowhere"
            ),
            sourcing=Sourcing(flags.get("sourcing", "fewest_splits")),
            wanted_on=day(flags["wanted"]) if "wanted" in flags else None,
            on_short=OnShort(flags.get("on_short", "wait")),
            taken_by_customer=int(flags.get("taken", 0)),
            buyer=flags.get("buyer"),
        )
        self.orders.setdefault(flags.get("order", name), []).append(ask)

    def together(self, order: str) -> None:
        self.go_together.add(order)

    def answers(self) -> list[Answer]:
        books = OpenBooks({number: self._book(item) for item, number in self.items.items()})
        return [
            answer
            for order, asks in self.orders.items()
            for answer in books.promise(asks, now=NOW, together=order in self.go_together)
        ]

    def told(self, answer: Answer) -> Iterator[str]:
        name = self.asked[answer.ask.id]
        assert answer.promised_units + (answer.short.units if answer.short else 0) == answer.ask.units
        for piece in answer.slices:
            source = self.names[piece.source] if piece.source else "nothing"
            yield f"gets {name} {piece.units} {source} {in_words(piece.deliver_on)} {piece.reason}"
        if answer.short:
            limit = "" if answer.short.limit is None else f" limit={answer.short.limit}"
            yield f"short {name} {answer.short.units} {answer.short.refusal}{limit}"

    def _source(
        self, name: str, item: str, key: SourceKey, location: str, units: int, pegged: int, on: date, certain: bool
    ) -> None:
        self.names[key] = name
        source = Source(key, int(location[1:]), units - pegged, units, on, certain, name)
        self.sources.setdefault(item, []).append(source)

    def _book(self, item: str) -> Book:
        open_units, stale = self.waiting.get(item, (0, False))
        return Book(self.items[item], tuple(self.sources.get(item, ())), open_units, stale)


def check_allocation(table: str) -> None:
    """Decide one item anew and compare with the table's `peg` and `short` rows; deciding twice changes nothing.

    supply  NAME UNITS DAY [at=L2]       units nobody owns; a name that begins with SHELF is stock
    demand  NAME UNITS [complete] [need=DAY] [at=L1,L2] [holds=SHELF:3,PO-1:2] [priority=]
    peg     NAME SUPPLY UNITS
    short   NAME UNITS
    """
    supplies: dict[str, Source] = {}
    names: list[str] = []
    demands: list[Demand] = []
    expected = []
    for verb, cells, flags in read(table):
        if verb == "supply":
            supplies[cells[0]] = _supply(len(supplies) + 1, *cells, **flags)
        elif verb == "demand":
            demands.append(_demand(len(names), cells, flags, supplies))
            names.append(cells[0])
        else:
            expected.append(" ".join([verb, *cells]))
    known = {source.key: name for name, source in supplies.items()}
    plan = allocate(demands, list(supplies.values()))
    got = [f"peg {names[peg.demand]} {known[peg.source]} {peg.units}" for peg in plan.pegs]
    got += [f"short {names[id]} {units}" for id, units in plan.unsupplied.items()]
    assert sorted(got) == sorted(expected), "\n" + "\n".join(sorted(got))


def _supply(number: int, name: str, units: str, on: str, at: str = "L1") -> Source:
    kind: Kind = "stock" if name.startswith("SHELF") else "supply"
    return Source((kind, number), int(at[1:]), int(units), int(units), day(on), known_as=name)


def _demand(number: int, cells: list[str], flags: dict[str, str], supplies: dict[str, Source]) -> Demand:
    need = day(flags["need"]) if "need" in flags else None
    held = (cell.split(":") for cell in flags.get("holds", "").split(",") if cell)
    return Demand(
        number,
        int(cells[1]),
        (int(flags.get("priority", 0)), number),
        {int(location[1:]): need for location in flags.get("at", "L1").split(",")},
        held=tuple((supplies[name].key, int(units)) for name, units in held),
        complete="complete" in cells,
    )


def _number(flags: dict[str, str], name: str) -> int | None:
    return int(flags[name]) if name in flags else None

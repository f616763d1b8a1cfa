"""Orders and inquiries over HTTP: 32, 8 and 1 connections, 10,000 items or a single hot one, against the baseline."""

from __future__ import annotations

from bench import baseline, load, written
from bench.baseline import Baseline
from bench.installation import Installation
from bench.load import Load
from bench.results import Measured, Row
from bench.written import Written

HOT_ITEM = 7
LAST_UNITS = 500


def measure(here: Installation, *, seconds: int) -> Measured:
    """All rows of this page; the web server is started and stopped here."""
    bare = here.clone("baseline")
    uniform, tried = baseline.best(bare, seconds=seconds)
    hot, hot_tried = baseline.best(bare, seconds=seconds, hot=HOT_ITEM)

    loads, wrote = _run(here, seconds, (32, 8, 1))
    hot_loads, hot_wrote = _run(here, seconds, (32,), hot=f"SKU-{HOT_ITEM}")
    last = _last_units(here)
    asked = _inquiries(here, seconds)

    _agree(wrote, uniform.written, merged=False)
    _agree(hot_wrote, hot.written, merged=True)
    rows = [*_uniform_rows(loads, uniform), _hot_row(hot_loads[0], loads[0], hot, last), _inquiry_row(asked, loads[1])]
    return Measured(rows, [*_baseline_details([*tried, *hot_tried]), *_load_details([*loads, *hot_loads, asked])])


def _run(here: Installation, seconds: int, connections: tuple[int, ...], hot: str = "") -> tuple[list[Load], Written]:
    before = written.counts(here.address)
    here.start_web()
    loads = [load.orders(here, connections=each, seconds=seconds, hot=hot) for each in connections]
    here.stop("web")
    return loads, written.per_order(before, written.counts(here.address))


def _last_units(here: Installation) -> int:
    """32 connections want the last 500 units of an item that is sold from stock only: how many were sold."""
    here.start_web()
    load.orders(here, connections=32, seconds=5, hot="LAST", all_placed=False)
    here.stop("web")
    with here.connect() as connection:
        row = connection.execute(
            "SELECT sum(l.ordered) FROM orders_line l JOIN catalog_item i ON i.id = l.item_id WHERE i.sku = 'LAST'"
        ).fetchone()
    assert row is not None
    return int(str(row[0] or 0))


def _inquiries(here: Installation, seconds: int) -> Load:
    here.start_web()
    found = load.inquiries(here, connections=8, seconds=seconds)
    here.stop("web")
    return found


def _agree(ours: Written, bare: Written, *, merged: bool) -> None:
    """Comparing speeds means nothing unless both sides write the same rows."""
    differences = ours.disagreements(bare, merged=merged)
    assert not differences, "The product and the baseline write different rows:\n" + "\n".join(differences)


def _uniform_rows(loads: list[Load], bare: Baseline) -> list[Row]:
    wide, eight, one = loads
    return [
        Row(
            "orders over HTTP, 10,000 items, 32 connections",
            _ratio(wide, bare),
            ">= 0.5 of the baseline",
            wide.per_second >= 0.5 * bare.per_second,
            ">= 1.0",
            wide.per_second >= bare.per_second,
        ),
        Row(
            "at 8 connections",
            _ratio(eight, bare),
            ">= 0.3 of the baseline",
            eight.per_second >= 0.3 * bare.per_second,
            ">= 0.5",
            eight.per_second >= 0.5 * bare.per_second,
        ),
        Row("at 1 connection", f"p50 {one.p50_ms:.1f} ms, {one.per_second:,.0f}/s", "p50 < 5 ms", one.p50_ms < 5),
    ]


def _hot_row(hot: Load, own: Load, bare: Baseline, sold: int) -> Row:
    return Row(
        "all on one hot item, 32 connections",
        f"{hot.per_second:,.0f}/s, {hot.per_second / own.per_second:.2f} of own uniform, "
        f"{hot.per_second / bare.per_second:.2f} of the baseline's hot item; {sold} of {LAST_UNITS} last units sold",
        ">= 0.9 of own uniform, 0 oversold",
        hot.per_second >= 0.9 * own.per_second and sold == LAST_UNITS,
        ">= 2 x the baseline's hot item",
        hot.per_second >= 2 * bare.per_second,
    )


def _inquiry_row(asked: Load, ordered: Load) -> Row:
    return Row(
        "inquiry, 8 connections",
        f"{asked.per_second:,.0f}/s, {asked.per_second / ordered.per_second:.1f} x orders/s, p99 {asked.p99_ms:.1f} ms",
        ">= 2 x orders/s, p99 < 25 ms",
        asked.per_second >= 2 * ordered.per_second and asked.p99_ms < 25,
    )


def _ratio(found: Load, bare: Baseline) -> str:
    return f"{found.per_second / bare.per_second:.2f} ({found.per_second:,.0f}/s of {bare.per_second:,.0f}/s)"


def _baseline_details(tried: list[Baseline]) -> list[str]:
    return [
        "Baseline (pgbench, one prepared statement an order; first 10,000 items, then one hot item):",
        "",
        "| clients | orders/s | p50 ms | p99 ms |",
        "|---|---|---|---|",
        *(f"| {each.clients} | {each.per_second:,.0f} | {each.p50_ms:.1f} | {each.p99_ms:.1f} |" for each in tried),
        "",
        "Rows written per order, the same on both sides: "
        + ", ".join(f"{table} {n:.2f}" for table, n in sorted(tried[0].written.inserted.items()))
        + "; updated: "
        + ", ".join(f"{table} {n:.2f}" for table, n in sorted(tried[0].written.updated.items()))
        + ". On the hot item orders that are settled together update the level once for all of them.",
        "",
    ]


def _load_details(loads: list[Load]) -> list[str]:
    names = ["orders"] * 3 + ["orders, hot item", "inquiries"]
    return [
        "Over HTTP (one server process):",
        "",
        "| what | connections | a second | p50 ms | p99 ms | CPU ms each, database included |",
        "|---|---|---|---|---|---|",
        *(
            f"| {name} | {each.connections} | {each.per_second:,.0f} | {each.p50_ms:.1f} | {each.p99_ms:.1f} "
            f"| {each.cpu_ms_each:.2f} |"
            for name, each in zip(names, loads, strict=True)
        ),
    ]

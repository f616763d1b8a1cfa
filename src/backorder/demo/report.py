"""The demo's report: one HTML file that needs nothing else. Every number in it comes from `figures`.

`gather` asks the database, `page` turns the answers into text; the second is pure, so it can be looked at alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from html import escape
from importlib.resources import files

from . import drawing, figures
from .drawing import day_month
from .shapes import BRAND, LEGEND, PATTERNS, SPRITE, icon

WINDOW_DAYS = 70
MOST_DAYS_DRAWN = 45
SLIPS_TOLD = 6
LATE_BUCKETS: Sequence[tuple[str, int, int]] = (
    ("8 or more early", -10_000, -8), ("1–7 early", -7, -1), ("on the day", 0, 0), ("1–3 late", 1, 3),
    ("4–7 late", 4, 7), ("8–14 late", 8, 14), ("15–28 late", 15, 28), ("over 28 late", 29, 10_000),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Story:
    """All that the report tells."""

    seed: int
    seconds: float
    totals: figures.Totals
    backordered: figures.Kept
    everything: figures.Kept
    weeks: Sequence[figures.Week]
    late: dict[int, int]
    backlog: Sequence[figures.Backlog]
    slips: Sequence[figures.Slip]
    item: figures.ItemStory | None
    checks: Sequence[figures.Check]
    changed_by_second_pass: int
    order: tuple[int, str] | None


def gather(*, seed: int, seconds: float, changed_by_second_pass: int) -> Story:
    """Ask the database for everything the report tells."""
    return Story(
        seed=seed,
        seconds=seconds,
        totals=figures.totals(),
        backordered=figures.kept(backordered=True),
        everything=figures.kept(backordered=False),
        weeks=figures.kept_by_week(),
        late=figures.days_late(),
        backlog=figures.backlog(),
        slips=figures.worst_slips(SLIPS_TOLD),
        item=figures.item_story(),
        checks=figures.checks(),
        changed_by_second_pass=changed_by_second_pass,
        order=figures.an_order_that_waits(),
    )


def page(story: Story) -> str:
    """The whole file."""
    sections = (
        _head(story), _figures(story), _backlog(story), _kept(story), _item(story), _late(story), _slips(story),
        _checks(story), _formulas(story), _try(story), _sources(),
    )  # fmt: skip
    return _HTML.format(
        title=escape(_title(story)),
        style=_read("look", "tokens.css") + _read("demo", "look", "report.css"),
        sprite=SPRITE.format(patterns=PATTERNS),
        body="\n".join(section for section in sections if section),
    )


_HTML = """<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<title>{title} · backorder</title>
<style>
{style}</style>
</head>
<body>
{sprite}
<main class="paper">
{body}
</main>
</body>
</html>
"""


def _read(*path: str) -> str:
    return files("backorder").joinpath(*path).read_text(encoding="utf-8")


def _title(story: Story) -> str:
    days = (story.totals.ended_on - story.totals.began_on).days + 1
    months = round(days / 30.44)
    return f"{_number(months)} months of a gift shop" if months > 1 else f"{days} days of a gift shop"


def _number(n: int) -> str:
    words = ("Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve")
    return words[n] if n < len(words) else str(n)


def _head(story: Story) -> str:
    t = story.totals
    return (
        f'<header class="head"><div><p class="brand">{BRAND}<span>backorder</span></p><h1>{escape(_title(story))}</h1>'
        f"<p>{_count(t.orders, 'order')}, {_count(t.lines, 'line')}, {_count(t.items, 'item')};"
        f" {_count(t.purchase_orders, 'purchase order')}, of which {t.slipped_orders:,} slipped."
        f" Played in {story.seconds:.0f} seconds; seed {story.seed} gives the same months again.</p></div>"
        f'<p class="when">{_day(t.began_on)} to {_day(t.ended_on)}</p></header>'
    )


def _figures(story: Story) -> str:
    t, b = story.totals, story.backordered
    stats = (
        ("Oversold", f"{t.oversold:,}", f"of {t.units:,} units ordered"),
        ("From stock at first ask", _share(t.fill_rate), f"{t.units_from_stock:,} of {t.units:,} units"),
        ("Lines backordered", f"{t.backordered_lines:,}", f"{t.backordered_units:,} units the shelf did not cover"),
        ("Kept, first date", b.first_share, f"{b.on_first:,} of {b.lines:,} backordered lines due"),
        ("Kept, latest date", b.latest_share, f"the day last told; {b.on_latest:,} lines"),
        ("Mean promised wait", f"{b.wait_days:.1f} days", "from order to first promised delivery"),
    )
    cards = "".join(
        f'<div class="stat"><span class="l">{label}</span><span class="figure">{value}</span>'
        f'<span class="d">{detail}</span></div>'
        for label, value, detail in stats
    )
    heading = '<h2 id="f" class="vh">In figures</h2>'
    return f'<section aria-labelledby="f">{heading}<div class="figures">{cards}</div></section>'


def _backlog(story: Story) -> str:
    if len(story.backlog) < 2:
        return ""
    days = [(one.day, one.dated, one.slipped, one.unsupplied) for one in story.backlog]
    t = story.totals
    now = story.backlog[-1].units
    legend = _legend(
        ("u-later", "On supply that keeps its day"),
        ("slip", "On supply that slipped"),
        ("u-none", "No supply in sight"),
    )
    return _card(
        "b", "Units waiting, day by day", legend,
        drawing.backlog(days),
        _table(("Day", "Dated", "Slipped", "No supply"), [(_day(d), *map(_n, row)) for d, *row in days[::7]]),
        f"At the end {_count(t.waiting_lines, 'line')} with {_count(now, 'unit')} still wait"
        f"{'' if t.waiting_lines != 1 else 's'}, each with the supply it hangs on or openly with none.",
    )  # fmt: skip


def _kept(story: Story) -> str:
    weeks = [(week.monday, week.lines, week.on_first, week.on_latest) for week in story.weeks]
    if len(weeks) < 2:
        return ""
    b, a = story.backordered, story.everything
    finding = f"Backordered lines that left by their first date: {b.first_share}; by the latest: {b.latest_share}."
    legend = _legend(("line", "Left by the latest date told"), ("dash", "Left by the first date"), ("bar", "Lines due"))
    return _card(
        "k", "Promises kept, by the week first promised", legend,
        drawing.kept(weeks, title=finding),
        _table(("Week of", "Due", "First date", "Latest date"),
               [(_day(monday), _n(n), _share(first / n), _share(latest / n)) for monday, n, first, latest in weeks]),
        f"Of all {_count(a.lines, 'line')} due, backordered or not, {a.first_share} left by their first date"
        f" at a mean promised wait of {a.wait_days:.1f} days. Whoever promises later keeps more:"
        " read the two together.",
    )  # fmt: skip


def _item(story: Story) -> str:
    if story.item is None:
        return ""
    told = story.item
    arrivals = [drawing.Arrival(d.reference, d.units, d.first_eta, d.eta, d.received_on) for d in told.deliveries]
    slipped = max(arrivals, key=lambda one: (one.slipped_days <= MOST_DAYS_DRAWN, one.slipped_days, one.units))
    window = _window(slipped, min(told.balance), story.totals.ended_on)
    finding = (
        f"{told.name}: {slipped.reference} was first expected on {day_month(slipped.first_eta)}, "
        f"{'came' if slipped.came_on else 'is now due'} {day_month(slipped.day)}, {slipped.slipped_days} days later."
    )
    legend = _legend(
        ("f-acc", "Arrives"), ("ordered", "Ordered"), ("ink", "Balance"), ("short", "Short"),
        ("expected", "Where it was expected"),
    )  # fmt: skip
    rows = [
        (day_month(day), _n(told.ordered.get(day, 0)), _n(sum(a.units for a in arrivals if a.came_on == day)),
         _n(told.balance[day]))
        for day in window if day in told.balance
    ]  # fmt: skip
    return _card(
        "i", f"One item’s supply and demand: {told.name}", legend,
        drawing.item(window, told.ordered, told.balance, arrivals, finding),
        _table(("Day", "Ordered", "Arrived", "Balance"), rows),
        f"{finding} Balance is all units that ever came in less all that were ever ordered and not cancelled:"
        " below zero, customers wait.",
    )  # fmt: skip


def _window(slipped: drawing.Arrival, first: date, last: date) -> list[date]:
    length = max(WINDOW_DAYS, slipped.slipped_days + 30)
    centre = slipped.first_eta + (slipped.day - slipped.first_eta) / 2
    start = max(first, min(centre - timedelta(days=length // 2), max(last, slipped.day) - timedelta(days=length - 1)))
    return [start + timedelta(days=n) for n in range(length)]


def _late(story: Story) -> str:
    if not story.late:
        return ""
    buckets = [
        (label, sum(lines for days, lines in story.late.items() if low <= days <= high), low > 0)
        for label, low, high in LATE_BUCKETS
    ]
    b = story.backordered
    late = sum(lines for _, lines, is_late in buckets if is_late)
    finding = f"{late:,} of {sum(story.late.values()):,} shipped backordered lines left after their first promised day."
    return _card(
        "l", "How late, in days against the first promise",
        _legend(("f-kept", "Left by the first promised day"), ("slip", "Left later")),
        drawing.histogram(buckets, title=finding),
        _table(("Days", "Lines"), [(label, _n(lines)) for label, lines, _ in buckets]),
        f"{finding} Of the lines due, {b.late:,} are or were late, by {b.late_days:.1f} days on average,"
        f" {b.worst_days:,} at worst; those still waiting count up to today.",
    )  # fmt: skip


def _slips(story: Story) -> str:
    if not story.slips:
        return ""
    rows = "".join(
        f'<tr><td class="dim nowrap">{_day(slip.at.date())}</td><th scope="row"><span class="pill risk">{icon("slip")}'
        f"{escape(slip.reference)} slips {_count(slip.days, 'day')}</span></th>"
        f'<td class="full">{_count(slip.lines, "delivery", "deliveries")}, {_count(slip.units, "unit")}'
        f'<span class="two">{escape(slip.supplier)}</span></td>'
        f'<td class="num">{_count(slip.promises, "promise")}</td>'
        f'<td class="num">{_count(slip.orders, "order")}</td></tr>'
        for slip in story.slips
    )
    head = "".join(
        f'<th scope="col"{kind}>{label}</th>'
        for label, kind in (("When", ""), ("What", ""), ("Hung on it", ""), ("Decided again", ' class="num"'),
                            ("Touched", ' class="num"'))
    )  # fmt: skip
    return (
        '<section class="card" aria-labelledby="s"><header><h2 id="s">What went wrong, and what was decided again</h2>'
        f"<p>The slips that moved the most promises, of {_count(story.totals.slipped_orders, 'purchase order')} that"
        ' slipped. Each was settled in the same breath.</p></header><table class="list stack">'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></section>"
    )


def _checks(story: Story) -> str:
    rows = [
        _check(one.rule, one.formula, f"{one.checked - one.broken:,} of {one.checked:,} {one.of}", one.broken)
        for one in story.checks
    ]
    again = story.changed_by_second_pass
    rows.append(
        _check(
            "Decided again, nothing changes",
            "a second pass over all items",
            f"{again:,} changes",
            again,
        )
    )
    return (
        '<section class="card" aria-labelledby="c"><header><h2 id="c">What was checked at the end</h2></header>'
        '<table class="list stack"><thead><tr><th scope="col">Rule</th><th scope="col" class="num">Checked</th>'
        f'<th scope="col">Result</th></tr></thead><tbody>{"".join(rows)}</tbody></table></section>'
    )


def _check(rule: str, formula: str, checked: str, broken: int) -> str:
    result = (
        f'<span class="pill late">{icon("late")}{broken:,} broken</span>'
        if broken
        else f'<span class="pill kept">{icon("kept")}Holds</span>'
    )
    return (
        f'<tr><th scope="row" class="full">{escape(rule)}<span class="two">{escape(formula)}</span></th>'
        f'<td class="num nowrap">{escape(checked)}</td><td>{result}</td></tr>'
    )


_FORMULAS = (
    ("Oversold", "shelves whose allocated units exceed those on hand. The database refuses it."),
    ("From stock at first ask", "units covered by stock in promise version 1 / units ordered."),
    ("Backordered", "lines whose promise version 1 has units that no shelf covered."),
    (
        "Kept, first date",
        "backordered lines with all units that were not cancelled shipped by the first promised ship day / those whose"
        " first promised ship day is before today. Lines cancelled whole count on neither side.",
    ),
    ("Kept, latest date", "the same against the ship day promised last. It forgives each slip that was told."),
    (
        "Mean promised wait",
        "mean of first promised delivery day − day of order, over the same lines. Who pads the promise keeps it more"
        " often and shows it here.",
    ),
    ("Days late", "day shipped (today if not yet) − first promised ship day, where above zero."),
)


def _formulas(story: Story) -> str:
    told = "".join(f"<dt>{name}</dt><dd>{formula}</dd>" for name, formula in _FORMULAS)
    return (
        '<section class="try" aria-labelledby="h"><h2 id="h">How it is counted</h2>'
        f'<dl class="facts">{told}</dl></section>'
    )


def _try(story: Story) -> str:
    if story.order is None:
        return ""
    number, reference = story.order
    return (
        '<section class="try" aria-labelledby="n"><h2 id="n">Look for yourself</h2>'
        f'<p class="soft">Order {escape(reference)} was promised more than once. Ask why, with the address and the key'
        " that <code>backorder demo</code> printed:</p>"
        f'<pre>curl -H "Authorization: Bearer $KEY" $ADDRESS/api/v1/orders/{number}/explain</pre></section>'
    )


def _sources() -> str:
    return (
        '<footer class="foot"><p>Orders: Online Retail, Daqing Chen, UCI Machine Learning Repository,'
        " doi 10.24432/C5BW33, CC BY 4.0; 160 items, at most four lines of each invoice, days moved by whole weeks."
        " Lateness: USAID SCMS Delivery History, a US Government work. Stock, suppliers and promises are the demo’s."
        "</p></footer>"
    )


def _card(name: str, heading: str, legend: str, chart: str, table: str, says: str) -> str:
    return (
        f'<section class="card" aria-labelledby="{name}"><header><h2 id="{name}">{escape(heading)}</h2>{legend}'
        "</header>"
        f'<div class="in">{chart}<p class="soft">{escape(says)}</p>{table}</div></section>'
    )


def _legend(*entries: tuple[str, str]) -> str:
    drawn = "".join(
        f'<span><svg viewBox="0 0 14 10" aria-hidden="true">{LEGEND[kind]}</svg>{label}</span>'
        for kind, label in entries
    )
    return f'<p class="legend">{drawn}</p>'


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f'<th scope="col"{_num(n)}>{label}</th>' for n, label in enumerate(columns))
    body = "".join(
        "<tr>" + "".join(f"<td{_num(n)}>{escape(cell)}</td>" for n, cell in enumerate(row)) + "</tr>" for row in rows
    )
    return (
        '<details class="more"><summary>As a table</summary><table class="list">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></details>"
    )


def _num(column: int) -> str:
    return ' class="num"' if column else ""


def _count(n: int, one: str, many: str = "") -> str:
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def _n(value: int) -> str:
    return drawing.units(value)


def _share(value: float) -> str:
    return f"{value:.1%}"


def _day(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b %Y}"

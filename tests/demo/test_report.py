"""The report as text: well-formed, self-contained, and careful with what people typed."""

import re
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from typing import ClassVar

import pytest

from backorder.demo import drawing, figures, report

DAY = date(2026, 11, 2)
TOTALS = figures.Totals(
    began_on=date(2026, 3, 1), ended_on=date(2026, 11, 23), orders=10_000, lines=30_000, items=160, units=200_000,
    units_from_stock=190_000, backordered_lines=1_600, backordered_units=10_000, waiting_lines=7, waiting_units=42,
    cancelled_units=5, returned_units=6, shipments=9_000, purchase_orders=120, suppliers=12, receipts=900,
    slipped_orders=21, slips=80, oversold=0,
)  # fmt: skip
KEPT = figures.Kept(
    lines=1_500, on_first=1_350, on_latest=1_485, wait_days=12.25, late=150, late_days=6.5, worst_days=44
)
NASTY = '<script>alert("x")</script> & Söhne'


def story(**changes: object) -> report.Story:
    told: dict[str, object] = {
        "seed": 7, "seconds": 61.4, "totals": TOTALS, "backordered": KEPT, "everything": KEPT,
        "weeks": [figures.Week(DAY + timedelta(weeks=n), 40 + n, 30, 38) for n in range(5)],
        "late": {-9: 3, 0: 1_000, 2: 40, 30: 4},
        "backlog": [figures.Backlog(DAY + timedelta(days=n), 10 * n, n, 3) for n in range(20)],
        "slips": [figures.Slip(datetime(2026, 5, 4, 6, tzinfo=UTC), "PO-1001", NASTY, 12, 3, 480, 66, 58)],
        "item": figures.ItemStory(
            "22423", NASTY, {DAY + timedelta(days=n): 9 for n in range(20)},
            {DAY + timedelta(days=n): 60 - 9 * n for n in range(20)},
            (figures.Delivery("PO-1001", 240, DAY + timedelta(days=5), DAY + timedelta(days=14), None),
             figures.Delivery("PO-1000", 60, DAY, DAY, DAY)),
        ),
        "checks": [figures.Check("Every line adds up", "a = b", 30_000, "lines", 0)],
        "changed_by_second_pass": 0, "order": (4_711, "W-1"),
    }  # fmt: skip
    return report.Story(**{**told, **changes})  # type: ignore[arg-type]


class Tags(HTMLParser):
    """Sees that every tag is closed by its own end."""

    void: ClassVar = {"meta", "link", "br", "img", "input", "hr"}

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids += [value for name, value in attrs if name == "id" and value]
        if tag not in self.void:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids += [value for name, value in attrs if name == "id" and value]

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag


def test_every_tag_is_closed_and_every_id_is_one() -> None:
    tags = Tags()
    tags.feed(report.page(story()))
    assert tags.open == []
    assert len(tags.ids) == len(set(tags.ids))


def test_it_needs_nothing_from_anywhere() -> None:
    page = report.page(story())
    assert not re.search(r"""(src|href)\s*=\s*["'](?!#|data:)""", page)
    assert not re.search(r"url\((?!#)", page)
    assert "@import" not in page
    assert "<script" not in page
    assert "default-src 'none'" in page


def test_what_people_typed_is_escaped() -> None:
    page = report.page(story())
    assert NASTY not in page
    assert "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; Söhne" in page


def test_every_used_symbol_and_pattern_is_there() -> None:
    page = report.page(story())
    for name in set(re.findall(r'href="#([^"]+)"', page)) | set(re.findall(r"url\(#([^)]+)\)", page)):
        assert f'id="{name}"' in page


def test_the_figures_are_said_as_they_are() -> None:
    page = report.page(story())
    for said in ("95.0%", "90.0%", "99.0%", "12.2 days", ">1,600<", "of 200,000 units ordered", "in 61 seconds"):
        assert said in page, said


def test_a_broken_rule_is_not_hidden() -> None:
    page = report.page(story(checks=[figures.Check("Every line adds up", "a = b", 10, "lines", 2)]))
    assert "8 of 10 lines" in page
    assert "2 broken" in page


def test_a_short_or_calm_demo_has_a_report_too() -> None:
    nothing = figures.Kept(0, 0, 0, 0.0, 0, 0.0, 0)
    page = report.page(
        story(weeks=[], late={}, backlog=[], slips=[], item=None, backordered=nothing, everything=nothing, order=None)
    )
    assert "What was checked at the end" in page
    assert "nan" not in page


@pytest.mark.parametrize(
    ("span", "step"), [(0, 1), (4, 1), (9, 2), (11, 3), (20, 5), (30, 10), (480, 100), (1_234, 300), (99_999, 20_000)]
)
def test_steps_of_an_axis_are_round(span: float, step: int) -> None:
    assert drawing.nice_step(span) == step


def test_a_line_is_walked_in_steps() -> None:
    assert drawing.steps([(0, 1), (2, 5), (3, 4)]) == [(0, 1), (2, 1), (2, 5), (3, 5), (3, 4)]

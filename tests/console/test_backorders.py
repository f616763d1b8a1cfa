"""The queue: sorted and filtered by its address, a page by key, actions that say what they do and are done once."""

from __future__ import annotations

import csv
import io
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backorder.console.models import SavedView
from backorder.journal import clock
from backorder.orders.deciding.redecide import work_marks
from backorder.orders.models import Line, Order, Peg
from backorder.orders.showing import queue
from tests.orders.shop import Shop

pytestmark = pytest.mark.django_db


def references(answer) -> list[str]:
    return re.findall(r'<th scope="row"><a href="/console/orders/\d+">([^<]+)</a>', answer.content.decode())


@pytest.fixture
def waiting(shop: Shop) -> dict[str, int]:
    """Line ids by reference: W-A waits for 2 and is late, W-B for 8 of day 12, W-C for 3 that nothing brings."""
    shop.item("LAMP")
    shop.item("DESK")
    supply = shop.inbound("LAMP", 10, 12)
    ids = {}
    for name, sku, units in (("W-A", "LAMP", 2), ("W-B", "LAMP", 8), ("W-C", "DESK", 3)):
        placed = shop.place((sku, units), reference=name, customer=f"customer of {name}")
        ids[name] = placed.lines[0].id
    Line.objects.filter(id=ids["W-A"]).update(promised_on=shop.day(-4), unit_price_minor=500)
    Line.objects.filter(id=ids["W-B"]).update(unit_price_minor=1_000)
    assert Peg.objects.filter(supply_id=supply).count() == 2
    return ids


def test_the_most_urgent_line_stands_first(desk, waiting) -> None:
    answer = desk.get("backorders")
    text = answer.content.decode()
    assert references(answer) == ["W-A", "W-B", "W-C"]
    assert "4 days late" in text
    assert "8 on 20 Jan" in text
    assert "No supply" in text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("state=late", ["W-A"]),
        ("state=unsupplied", ["W-C"]),
        ("state=slipped", []),
        ("sku=LAMP", ["W-A", "W-B"]),
        ("sku=NOSUCH", []),
        ("customer=of W-B", ["W-B"]),
        ("customer=100%", []),
        ("value=10", ["W-A", "W-B"]),
        ("value=80", ["W-B"]),
        ("channel=web&sort=-value", ["W-B", "W-A", "W-C"]),
        ("sort=age", ["W-A", "W-B", "W-C"]),
        ("sort=-urgent", ["W-C", "W-B", "W-A"]),
        ("promised_after=2030-01-08", ["W-B", "W-C"]),
        ("location=NORTH&age=0", ["W-A", "W-B", "W-C"]),
        ("age=1", []),
    ],
)
def test_the_address_says_which_lines_in_which_order(desk, waiting, query: str, found: list[str]) -> None:
    assert references(desk.get(f"backorders?{query}")) == found


@pytest.mark.parametrize("query", ["state=nonsense", "age=many", "sort=price", "after=xyz", "promised_by=soon"])
def test_an_address_that_cannot_be_meant_is_refused_in_words(desk, waiting, query: str) -> None:
    answer = desk.get(f"backorders?{query}")
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()


@pytest.mark.parametrize("sort", ["urgent", "-urgent", "age", "-age", "value", "-value"])
def test_pages_by_key_show_every_line_once(desk, shop: Shop, monkeypatch, sort: str) -> None:
    monkeypatch.setattr("backorder.console.listing.PAGE_ROWS", 3)
    shop.item("LAMP")
    placed = [shop.place(("LAMP", n % 3 + 1)).reference for n in range(8)]
    Line.objects.filter(order__reference=placed[3]).update(promised_on=None)
    seen, address, pages = [], f"backorders?sort={sort}", 0
    while address:
        answer = desk.get(address)
        seen += references(answer)
        found = re.search(r'href="\?([^"]*)" data-next', answer.content.decode())
        address = f"backorders?{found[1]}".replace("&amp;", "&") if found else ""
        pages += 1
    assert sorted(seen) == sorted(placed)
    assert pages == 3


def test_a_filter_that_no_index_knows_looks_at_so_many_lines_and_says_so(desk, shop: Shop, monkeypatch) -> None:
    monkeypatch.setattr(queue, "LOOKED_AT", 4)
    shop.item("LAMP")
    shop.inbound("LAMP", 5, 3)
    for _ in range(5):
        shop.place(("LAMP", 1))
    last = shop.place(("LAMP", 1)).reference
    text = desk.get("backorders?state=unsupplied&sort=age").content.decode()
    assert "Looked through 4 rows." in text
    address = re.search(r'href="\?([^"]*)" data-next', text)[1].replace("&amp;", "&")
    assert references(desk.get(f"backorders?{address}")) == [last]


def test_a_page_costs_the_same_for_one_line_and_for_forty(desk, shop: Shop) -> None:
    shop.item("LAMP")
    shop.inbound("LAMP", 20, 5)
    shop.place(("LAMP", 1))
    desk.get("backorders")  # The first visit of a session is written down.
    with CaptureQueriesContext(connection) as one:
        desk.get("backorders")
    for _ in range(39):
        shop.place(("LAMP", 1))
    with CaptureQueriesContext(connection) as many:
        answer = desk.get("backorders")
    assert len(references(answer)) == 40
    assert len(many) == len(one) == 9


def test_the_walk_is_by_index(shop: Shop) -> None:
    for sort, index in (("urgent", "line_by_urgency"), ("age", "line_by_age"), ("value", "line_by_value")):
        sql, values = queue._statement(queue._PAGE, {}, sort=sort, descending=False, after=None, now=clock.now())
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
            cursor.execute("EXPLAIN " + sql, {**values, "limit": 51})
            assert index in "\n".join(row[0] for row in cursor.fetchall())


def test_counts_come_after_the_page_and_are_capped(desk, waiting, monkeypatch) -> None:
    monkeypatch.setattr(queue, "COUNTED", 2)
    text = desk.get("backorders/counts?sku=LAMP").content.decode()
    assert "2 lines" in text
    assert "£90.00" in text
    assert '<span id="tab-0" hx-swap-oob="true">2+</span>' in text
    assert '<span id="tab-1" hx-swap-oob="true">1</span>' in text


def test_the_list_goes_into_a_file_that_no_spreadsheet_runs(desk, waiting) -> None:
    Order.objects.filter(lines__id=waiting["W-A"]).update(reference="=cmd()|'x'!A1")
    answer = desk.get("backorders?format=csv&sort=age")
    assert answer["Content-Disposition"] == 'attachment; filename="backorders.csv"'
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert rows[0][:3] == ["Order", "Customer", "State"]
    assert [row[0] for row in rows[1:]] == ["'=cmd()|'x'!A1", "W-B", "W-C"]


def test_what_customers_wrote_runs_nowhere(desk, shop: Shop) -> None:
    evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
    shop.item("LAMP")
    placed = shop.place(("LAMP", 1), reference=evil, customer=evil)
    for page in (
        "backorders",
        "orders",
        f"orders/{placed.id}",
        "find?q=%3Cscript",
        f"lines/cancel?line={placed.lines[0].id}",
    ):
        text = desk.get(page).content.decode()
        assert "<script>alert" not in text
        assert "<img src=x" not in text


# -- actions -----------------------------------------------------------------------------------------------------------


def test_cancelling_says_first_whom_it_helps_and_does_it_once(desk, shop: Shop, waiting) -> None:
    page = desk.get(f"lines/cancel?line={waiting['W-A']}&back=/console/backorders%3Fsku=LAMP").content.decode()
    assert "This cannot be undone" in page
    token = re.search(r'name="token" value="(\w+)"', page)[1]
    form = {
        "line": waiting["W-A"],
        "units": 1,
        "reason": "asked",
        "token": token,
        "back": "/console/backorders?sku=LAMP",
    }
    answer = desk.do("lines/cancel", form)
    assert (answer.status_code, answer["Location"]) == (302, "/console/backorders?sku=LAMP")
    again = desk.do("lines/cancel", form)
    assert again["Location"] == "/console/backorders?sku=LAMP"
    line = Line.objects.get(id=waiting["W-A"])
    assert (line.ordered, line.open, line.cancelled) == (2, 1, 1)
    assert "1 unit is cancelled." in desk.get("backorders").content.decode()


def test_a_refusal_keeps_what_was_typed_and_changes_nothing(desk, waiting) -> None:
    answer = desk.do("lines/cancel", {"line": waiting["W-A"], "units": 9, "reason": "she called"})
    text = answer.content.decode()
    assert answer.status_code == 409
    assert 'value="9"' in text
    assert 'aria-invalid="true"' in text
    assert "she called" in text
    assert Line.objects.get(id=waiting["W-A"]).open == 2


def test_somebody_was_faster_and_the_page_says_who_and_what(desk, desk_of, waiting) -> None:
    line = waiting["W-B"]
    page = desk.get(f"lines/cancel?line={line}").content.decode()
    version = re.search(r'name="version" value="(\d+)"', page)[1]
    marcus = desk_of("support", name="Marcus Bell")
    assert marcus.do("lines/priority", {"line": line, "priority": 5}).status_code == 302
    answer = desk.do("lines/cancel", {"line": line, "units": 1, "reason": "typed before", "version": version})
    text = answer.content.decode()
    assert answer.status_code == 412
    assert "Marcus Bell changed this" in text
    assert "Order edited: priority" in text
    assert "typed before" in text
    assert Line.objects.get(id=line).open == 8


def test_a_priority_is_set_on_many_lines_and_taken_back(desk, shop: Shop, waiting) -> None:
    both = [waiting["W-A"], waiting["W-B"]]
    assert desk.do("lines/priority", {"line": both, "priority": 7}).status_code == 302
    assert set(Line.objects.filter(id__in=both).values_list("priority", flat=True)) == {7}
    text = desk.get("backorders").content.decode()
    undo = re.search(r'<form method="post" action="(/console/lines/priority[^"]*)"', text)[1].replace("&amp;", "&")
    assert 'name="priority" value="0"' in text
    desk.client.post(undo, {"confirmed": "1", "priority": "0"})
    assert set(Line.objects.filter(id__in=both).values_list("priority", flat=True)) == {0}


def test_a_line_is_pinned_from_the_list(desk, shop: Shop, waiting) -> None:
    supply = Peg.objects.filter(line_id=waiting["W-B"]).get().supply_id
    page = desk.get(f"lines/pin?line={waiting['W-B']}").content.decode()
    assert "0 free, 8 its own already" in page
    assert desk.do("lines/pin", {"line": waiting["W-B"], "supply": supply}).status_code == 302
    assert Peg.objects.filter(line_id=waiting["W-B"], hard=True).get().units == 8
    assert desk.do("lines/unpin", {"line": waiting["W-B"]}).status_code == 302
    assert Peg.objects.filter(line_id=waiting["W-B"], hard=False).get().units == 8


def test_a_line_is_split_from_the_list(desk, waiting) -> None:
    assert desk.do("lines/split", {"line": waiting["W-B"], "units": 3}).status_code == 302
    old = Line.objects.get(id=waiting["W-B"])
    assert (old.open, old.substituted) == (5, 3)
    assert Line.objects.get(instead_of=old).open == 3


def test_deciding_again_says_what_changed(desk, shop: Shop, waiting) -> None:
    shop.stock("DESK", 3)
    assert desk.do("lines/repromise", {"line": waiting["W-C"]}).status_code == 302
    line = Line.objects.get(id=waiting["W-C"])
    assert (line.open, line.allocated) == (0, 3)
    assert "1 promise changed" in desk.get("backorders").content.decode()


def test_lines_of_several_items_are_not_pinned_together(desk, waiting) -> None:
    answer = desk.post("lines/pin", {"line": [waiting["W-A"], waiting["W-C"]]})
    assert answer.status_code == 409
    assert "Pick lines of one item" in answer.content.decode()


def test_so_many_picked_lines_are_refused_with_the_limit(desk) -> None:
    answer = desk.post("lines/cancel", {"line": [str(n) for n in range(201)]})
    assert answer.status_code == 422
    assert "At most 200 at once." in answer.content.decode()


def test_a_view_is_saved_for_oneself_and_for_everybody(desk, desk_of, waiting) -> None:
    form = {"name": "Lamps <b>", "page": "backorders", "query": "?sku=LAMP&sort=-value", "back": "/console/backorders"}
    assert desk.post("views", form)["Location"] == "/console/backorders?sku=LAMP&sort=-value"
    text = desk.get("backorders?sku=LAMP&sort=-value").content.decode()
    assert re.search(r'href="\?sku=LAMP&amp;sort=-value" aria-current="page">Lamps &lt;b&gt;', text)
    other = desk_of("viewer")
    assert "Lamps" not in other.get("backorders").content.decode()
    desk.post("views", {**form, "shared": "1"})
    text = other.get("backorders").content.decode()
    assert "Lamps &lt;b&gt;" in text
    assert "Remove “Lamps" not in text
    mine = re.search(r'action="/console/(views/\d+/remove)"', desk.get("backorders").content.decode())[1]
    other.post(mine, {})
    assert "Lamps" in desk.get("backorders").content.decode()
    desk.post(mine, {"back": "/console/backorders"})
    assert "Lamps" not in desk.get("backorders").content.decode()


def test_a_view_of_ones_own_is_renamed(desk, desk_of, waiting) -> None:
    form = {"page": "backorders", "query": "?sku=LAMP&sort=-value", "back": "/console/backorders", "shared": "1"}
    for name in ("Lamps", "Others"):
        desk.post("views", {**form, "name": name})
    path = re.search(r'action="/console/(views/\d+/rename)"', desk.get("backorders").content.decode())[1]
    answer = desk.post(path, {"name": " Lights <i> ", "back": "/console/backorders"})
    assert answer["Location"] == "/console/backorders?sku=LAMP&sort=-value"
    names = SavedView.objects.order_by("id").values_list("name", flat=True)
    assert list(names) == ["Lights <i>", "Others"]
    assert "Lights &lt;i&gt;" in desk.get("backorders").content.decode()
    other = desk_of("viewer")
    assert "/rename" not in other.get("backorders").content.decode()
    refusals = [
        (desk.post(path, {"name": "Others"}), 409),
        (desk.post(path, {"name": ""}), 422),
        (desk.post(path, {"name": "x" * 41}), 422),
        (other.post(path, {"name": "Mine"}), 404),
    ]
    assert [answer.status_code for answer, _ in refusals] == [status for _, status in refusals]
    assert list(names.all()) == ["Lights <i>", "Others"]


def test_a_viewer_sees_no_actions(desk_of, waiting) -> None:
    text = desk_of("viewer").get("backorders").content.decode()
    assert "W-A" in text
    assert 'type="checkbox" name="line"' not in text
    assert "Cancel units" not in text
    work_marks()

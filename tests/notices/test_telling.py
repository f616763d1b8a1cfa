"""What a customer is told and when: one message for each real change, in his words, and none for a wobble."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pytest_django import Settings

from backorder.catalog import define
from backorder.catalog.specs import ItemSpec, SubstituteSpec
from backorder.journal import clock
from backorder.journal.models import Entry
from backorder.journal.refusals import Refused
from backorder.notices import composing, noting, queries, telling
from backorder.notices.models import Case, Notice, Pending, Told
from backorder.orders.changing.cancel import cancel
from backorder.orders.changing.edit import Edit, edit
from backorder.orders.changing.substitute import substitute
from backorder.orders.deciding.redecide import work_marks
from backorder.orders.fulfilling.release import release
from backorder.orders.fulfilling.ship import deliver, ship
from backorder.orders.placing.forms import Placed
from backorder.orders.supplying.inbound import cancel_supply, move_eta
from backorder.orders.supplying.receive import receive
from tests.connections import until
from tests.notices.post import HANNAH, advance, note_all, tell
from tests.orders.shop import Shop

pytestmark = pytest.mark.django_db(transaction=True)


def decide() -> None:
    while work_marks():
        pass


def seven_hearts(shop: Shop, *, stock: int = 5, day: int = 12, **given: object) -> tuple[Placed, int]:
    """Seven hearts are ordered; five are here, the others come on a day."""
    shop.item("HEART", stock=stock)
    supply = shop.inbound("HEART", 20, day)
    placed = shop.place(("HEART", 7), contact=HANNAH, reference="W-10482", **given)
    return placed, supply


def dies(work: Callable[[], object]) -> bool:
    """Does the work come to where it is broken? The horizon of others may hold it back a while."""
    try:
        work()
    except ZeroDivisionError:
        return True
    return False


def the_only(notices: list[Notice]) -> Notice:
    (notice,) = notices
    return notice


def kinds(notices: list[Notice]) -> list[str]:
    return [notice.kind for notice in notices]


# -- an order ---------------------------------------------------------------------------------------------------------


def test_an_order_is_answered_with_what_comes_now_and_later(shop: Shop) -> None:
    placed, _ = seven_hearts(shop)
    notice = the_only(tell())
    assert (notice.kind, notice.channel, notice.address) == ("order_received", "email", "hannah@example.com")
    assert notice.subject == "Your order W-10482: 5 now, 2 on 20 January"
    assert notice.order_id == placed.id
    head, rest = notice.text.split("\n\n■ ■ ■ ■ ■ □ □\n\n")
    assert head.startswith("5 now, 2 on 20 January.\n=======================\n\nHello Hannah, thank you for your order")
    assert rest.startswith("5 now: with you 8 January\n2 later: with you 20 January\n\nIt is your choice\n\n")
    assert "/my/order." in rest
    assert notice.html.count('class="later"') == 2
    (placing,) = Entry.objects.filter(fact="order.placed").values_list("seq", flat=True)
    assert notice.evidence == {"facts": [placing]}
    (written,) = Entry.objects.filter(fact="notice.written")
    assert written.subject == f"order/{placed.id}"
    assert written.body == {"notice": notice.pk, "kind": "order_received", "channel": "email", "state": "waiting"}


def test_the_same_fact_is_told_once_whoever_reads_it_again(shop: Shop) -> None:
    seven_hearts(shop)
    assert len(tell()) == 1
    assert tell() == []
    assert not Pending.objects.exists()


def test_a_follower_that_dies_notes_once(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    seven_hearts(shop)
    with monkeypatch.context() as broken:
        broken.setattr("backorder.notices.noting.follow.advance", lambda *_: 1 / 0)
        until(lambda: dies(noting.note))
    assert not Pending.objects.exists()
    assert kinds(tell()) == ["order_received"]


def test_composing_that_dies_tells_once(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    seven_hearts(shop)
    note_all()
    with monkeypatch.context() as broken:
        broken.setattr("backorder.notices.composing.rows", lambda *_: 1 / 0)
        composing.compose_due()
    assert not Notice.objects.exists()
    assert Pending.objects.get().tries == 1
    advance(minutes=3)
    assert kinds(tell()) == ["order_received"]


def test_one_order_that_cannot_be_composed_does_not_keep_others_back(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.item("HEART", stock=50)
    bad = shop.place(("HEART", 1), contact=HANNAH)
    shop.place(("HEART", 1), contact=HANNAH)
    whole = composing.content.of_change

    def fails(scene: object, news: object) -> object:
        assert scene.order.id != bad.id, "this one cannot be told"  # type: ignore[attr-defined]
        return whole(scene, news)  # type: ignore[arg-type]

    monkeypatch.setattr("backorder.notices.composing.content.of_change", fails)
    assert len(tell()) == 1
    assert Pending.objects.get().order_id == bad.id


def test_nobody_is_told_where_there_is_no_address(shop: Shop) -> None:
    shop.item("HEART", stock=5)
    shop.place(("HEART", 1))
    assert tell() == []
    assert not Pending.objects.exists()


@pytest.mark.parametrize(
    ("locale", "subject"),
    [
        ("de-AT", "Ihre Bestellung W-10482: 5 jetzt, 2 am 20. Januar"),
        ("es", "Su pedido W-10482: 5 ahora, 2 el 20 de enero"),
        ("fr-CA", "Votre commande W-10482 : 5 maintenant, 2 le 20 janvier"),
        ("en-US", "Your order W-10482: 5 now, 2 on January 20"),
        ("pt", "Your order W-10482: 5 now, 2 on 20 January"),
    ],
)
def test_everybody_is_told_in_his_language(shop: Shop, locale: str, subject: str) -> None:
    seven_hearts(shop, locale=locale)
    assert the_only(tell()).subject == subject


def test_what_people_and_items_are_called_is_only_text(shop: Shop) -> None:
    shop.item("HEART", stock=1)
    define.define_item(
        ItemSpec(sku="HEART", name="**Heart** [x](https://evil.example) <script>{{ shop }}"), actor="test"
    )
    contact = {"email": "a@example.com", "name": "<b>Bob</b>\r\nBcc: x@example.com"}
    shop.place(("HEART", 3), contact=contact)
    notice = the_only(tell())
    assert "<script>" not in notice.html
    assert 'href="https://evil.example"' not in notice.html
    assert "**Heart** [x](https://evil.example) <script>{{ shop }}" in notice.text or "3 × " not in notice.text
    assert "\n" not in notice.name + notice.subject
    assert "Bcc" not in notice.subject


# -- dates ------------------------------------------------------------------------------------------------------------


def test_a_slip_is_told_with_what_was_said_before(shop: Shop) -> None:
    placed, supply = seven_hearts(shop, day=2)
    tell()
    move_eta(supply, eta=shop.day(9), actor="test")
    decide()
    notice = the_only(tell(minutes=11))
    assert notice.kind == "slipped"
    assert notice.subject == "Later than we said: order W-10482, 5 now, 2 on 17 January"
    assert "2 later: with you 17 January (said before: 10 January)" in notice.text
    assert "The delivery that carries them comes later than we were told." in notice.text
    assert Told.objects.get().lines[str(placed.lines[0].id)]["last"] == "2030-01-17"


def test_changes_within_the_window_become_one_message(shop: Shop) -> None:
    _, supply = seven_hearts(shop, day=2)
    tell()
    for day in (5, 7, 9):
        move_eta(supply, eta=shop.day(day), actor="test")
        decide()
        assert tell(minutes=2) == []
    notice = the_only(tell(minutes=11))
    assert notice.subject.endswith("5 now, 2 on 17 January")
    facts = Entry.objects.filter(fact="line.redecided").count()
    assert len(notice.evidence["facts"]) == facts == 3


def test_a_wobble_is_not_told_and_does_not_count_as_told(shop: Shop) -> None:
    _, supply = seven_hearts(shop, day=9)
    first = the_only(tell())
    assert first.subject.endswith("2 on 17 January")
    # There and back again within the window.
    move_eta(supply, eta=shop.day(15), actor="test")
    decide()
    move_eta(supply, eta=shop.day(9), actor="test")
    decide()
    assert tell(minutes=11) == []
    assert Told.objects.get().lines.popitem()[1]["last"] == "2030-01-17"


def test_a_sooner_day_is_told_from_two_days_on(shop: Shop) -> None:
    _, supply = seven_hearts(shop, day=9)
    tell()
    move_eta(supply, eta=shop.day(8), actor="test")
    decide()
    assert tell(minutes=11) == []
    move_eta(supply, eta=shop.day(6), actor="test")
    decide()
    notice = the_only(tell(minutes=11))
    assert (notice.kind, notice.subject) == ("improved", "Sooner than we said: order W-10482, 5 now, 2 on 14 January")


def test_lost_supply_without_a_new_date_is_told_honestly(shop: Shop) -> None:
    shop.item("HEART", stock=5, lead_time_days=None)
    supply = shop.inbound("HEART", 20, 9)
    shop.place(("HEART", 7), contact=HANNAH, reference="W-1")
    tell()
    cancel_supply(supply, actor="test")
    decide()
    notice = the_only(tell(minutes=11))
    assert notice.kind == "slipped"
    assert "5 now, 2 later; we cannot give a date yet." in notice.text
    assert "A delivery that we counted on does not come." in notice.text
    assert "2 later: no date yet (said before: 17 January)" in notice.text


def test_what_waited_is_ready_when_it_came_in(shop: Shop) -> None:
    _, supply = seven_hearts(shop)
    tell()
    receive(supply, units=20, actor="test", key="r1")
    decide()
    notice = the_only(tell(minutes=11))
    assert (notice.kind, notice.subject) == ("ready", "Here at last: order W-10482")
    assert "7 × Heart in your order W-10482 came in" in notice.text


def test_what_has_left_meanwhile_is_told_as_shipped_only(shop: Shop) -> None:
    placed, supply = seven_hearts(shop)
    tell()
    receive(supply, units=20, actor="test", key="r1")
    decide()
    release(placed.id, actor="test")
    ship(placed.id, location=shop.locations["NORTH"], key="k1", tracking="JD01", actor="test")
    notice = the_only(tell())
    assert (notice.kind, notice.subject) == ("shipped", "On its way: order W-10482")
    assert "7 × Heart left us today and should be with you by 8 January." in notice.text
    assert "The carrier knows the parcel as JD01." in notice.text
    assert "That was everything." in notice.text


def test_a_parcel_is_told_as_one_of_several(shop: Shop) -> None:
    placed, supply = seven_hearts(shop)
    tell()
    release(placed.id, actor="test")
    ship(placed.id, location=shop.locations["NORTH"], key="k1", actor="test")
    first = the_only(tell())
    assert first.subject == "Parcel 1 of 2 is on its way: order W-10482"
    assert "5 on the way: already sent\n2 later: with you 20 January" in first.text
    receive(supply, units=20, actor="test", key="r1")
    decide()
    release(placed.id, actor="test")
    ship(placed.id, location=shop.locations["NORTH"], key="k2", actor="test")
    assert the_only(tell()).subject == "Parcel 2 of 2 is on its way: order W-10482"


def test_a_preorder_that_is_out_is_told_so(shop: Shop) -> None:
    shop.item("BOOK", sell="preorder", street_on=shop.day(5), backorder_limit=None)
    supply = shop.inbound("BOOK", 10, 3)
    shop.place(("BOOK", 1), contact=HANNAH, reference="W-2")
    tell()
    advance(days=3)
    receive(supply, units=10, actor="test", key="r1")
    decide()
    told = tell(minutes=11)
    assert kinds(told) == ["preorder_released"]
    assert told[0].subject == "It is out: 1 × Book"


# -- changes ----------------------------------------------------------------------------------------------------------


def test_a_cancellation_is_told_at_once_with_what_is_left(shop: Shop) -> None:
    placed, _ = seven_hearts(shop)
    tell()
    cancel(placed.id, lines={placed.lines[0].id: 2}, actor="test")
    notice = the_only(tell())
    assert (notice.kind, notice.subject) == ("cancelled", "Cancelled: 2 × Heart, order W-10482")
    assert "What is still to come" in notice.text


def test_a_substitute_taken_is_told_as_a_change(shop: Shop) -> None:
    placed, _ = seven_hearts(shop)
    shop.item("STAR", stock=9)
    define.define_substitute(SubstituteSpec(sku="HEART", substitute="STAR"), actor="test")
    tell()
    substitute(placed.id, line=placed.lines[0].id, sku="STAR", consent=True, actor="test")
    notice = the_only(tell())
    assert notice.kind == "changed"
    assert notice.subject == "Your order W-10482 was changed: 7 now"


def test_an_edit_that_changes_nothing_to_come_is_not_told(shop: Shop) -> None:
    placed, _ = seven_hearts(shop)
    tell()
    edit(placed.id, Edit(order={"priority": 5}), version=None, actor="test")
    assert tell(minutes=11) == []


def test_a_survey_is_sent_only_where_the_merchant_wants_it_and_days_later(shop: Shop) -> None:
    shop.item("HEART", stock=9)
    for wanted in (False, True):
        queries.set_active("survey", active=wanted, actor="test")
        placed = shop.place(("HEART", 1), contact=HANNAH)
        release(placed.id, actor="test")
        shipment = ship(placed.id, location=shop.locations["NORTH"], key=f"k{wanted}", actor="test")
        tell()
        deliver(shipment, actor="test")
        told = tell()
        assert kinds(told) == (["survey"] if wanted else [])
    assert (told[0].next_try_at - clock.now()).days in (1, 2)
    assert told[0].headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_a_kind_that_the_merchant_switched_off_is_not_told_but_the_lawful_ones_are(shop: Shop) -> None:
    queries.set_active("order_received", active=False, actor="test")
    seven_hearts(shop)
    assert tell() == []
    with pytest.raises(Refused, match="kind_is_lawful"):
        queries.set_active("refund_due", active=False, actor="test")


# -- of one's own accord ----------------------------------------------------------------------------------------------


def test_a_line_whose_delay_the_law_asks_about_is_not_told_twice(shop: Shop) -> None:
    placed, supply = seven_hearts(shop, day=2)
    tell()
    now = clock.now()
    Case.objects.create(
        order_id=placed.id, line_id=placed.lines[0].id, jurisdiction="US", state="open", opened_at=now, changed_at=now
    )
    move_eta(supply, eta=shop.day(9), actor="test")
    decide()
    assert tell(minutes=11) == []
    assert queries.open_cases()[0].line == placed.lines[0].id


def test_a_substitute_is_offered_with_its_price(shop: Shop) -> None:
    placed, _ = seven_hearts(shop)
    shop.item("STAR", stock=9)
    tell()
    before = Notice.objects.count()
    with pytest.raises(Refused, match="not_a_substitute"):
        telling.offer_substitute(placed.id, line=placed.lines[0].id, sku="STAR", actor="test")
    assert Notice.objects.count() == before
    spec = SubstituteSpec(sku="HEART", substitute="STAR", price_difference_minor=150)
    define.define_substitute(spec, actor="test")
    (id,) = telling.offer_substitute(placed.id, line=placed.lines[0].id, sku="STAR", on=shop.day(3), actor="test")
    told = queries.notice(id)
    assert told.notice.subject == "Star could leave sooner: order W-10482"
    assert "2 × Heart in your order W-10482 will take a while." in told.text
    assert "it could be with you 10 January" in told.text
    assert "The difference in price, each: +£1.50." in told.text


def test_the_merchants_address_stands_below(shop: Shop, settings: Settings) -> None:
    settings.BACKORDER_SHOP_ADDRESS = "Larkfold Ltd, 4 Saddlers Yard, Leicester"
    seven_hearts(shop)
    assert the_only(tell()).text.rstrip().endswith("Larkfold Ltd, 4 Saddlers Yard, Leicester")

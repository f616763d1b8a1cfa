"""Settings: health, the journal, keys and webhooks whose secrets are shown once, places and their days."""

from __future__ import annotations

import re
from datetime import date, time

import pytest

from backorder.access import keys
from backorder.catalog import reading
from backorder.console.models import Done
from backorder.journal.models import Entry
from backorder.notices import webhooks
from tests.orders.shop import Shop

from .test_item import text_of

pytestmark = pytest.mark.django_db


def test_health_says_what_waits(desk, shop: Shop) -> None:
    text = text_of(desk.get("settings"))
    assert "0 items wait to be decided again" in text
    assert "0 messages to connected systems were given up" in text


def test_the_journal_is_searched_by_fact_thing_person_and_day(desk, shop: Shop) -> None:
    shop.item("LAMP", stock=1)
    shop.place(("LAMP", 2), reference="W-A")
    order = Entry.objects.get(fact="order.placed")

    def facts(query: str) -> list[str]:
        page = desk.get(f"settings/journal?{query}").content.decode()
        return re.findall(r'<a href="\?fact=([^"]+)"', page)

    assert facts("fact=order.placed") == ["order.placed"]
    assert "order.placed" in facts(f"subject={order.subject}")
    assert facts("who=nobody") == facts("fact=no.such") == []
    assert "order.placed" in facts("since=2030-01-07&until=2030-01-07")
    assert "order.placed" not in facts("since=2030-01-08")
    assert desk.get("settings/journal?since=yesterday").status_code == 200
    assert desk.get("settings/journal?after=nonsense").status_code == 422


def test_a_key_is_shown_once_and_kept_nowhere(desk) -> None:
    page = desk.post("settings/keys", {"name": "Shop", "scopes": ["orders:read", "orders:write"]}).content.decode()
    (token,) = re.findall(r"bo_\w+_[\w-]+", page)
    assert keys.authenticate(token).scopes == {"orders:read", "orders:write"}
    assert token not in desk.get("settings/keys").content.decode()
    assert not Done.objects.filter(answer__icontains=token).exists()
    (key,) = keys.list_keys()
    desk.do(f"settings/keys/{key.prefix}/revoke")
    assert keys.list_keys()[0].revoked_at is not None
    assert Entry.objects.filter(fact="key.revoked").get().actor == desk.person.actor


def test_a_key_that_may_nothing_is_refused(desk) -> None:
    answer = desk.post("settings/keys", {"name": "Shop"})
    assert 'role="alert"' in answer.content.decode()
    assert keys.list_keys() == []


def test_a_webhook_is_added_switched_and_forgotten(desk) -> None:
    page = desk.post("settings/webhooks", {"url": "https://shop.example/hook", "facts": "order.*"}).content.decode()
    assert "whsec_" in page
    assert "whsec_" not in desk.get("settings/webhooks").content.decode()
    (one,) = webhooks.list_endpoints()
    assert (one.url, one.facts, one.active) == ("https://shop.example/hook", ("order.*",), True)
    desk.do(f"settings/webhooks/{one.id}/off")
    assert not webhooks.endpoint(one.id).active
    toast = desk.client.session["toast"]
    desk.client.post(toast["undo"], {"confirmed": "1"})
    assert webhooks.endpoint(one.id).active
    desk.do(f"settings/webhooks/{one.id}/forget")
    assert webhooks.list_endpoints() == []


def test_an_address_of_our_own_network_is_refused(desk) -> None:
    answer = desk.post("settings/webhooks", {"url": "https://127.0.0.1/hook"})
    assert 'role="alert"' in answer.content.decode()
    assert webhooks.list_endpoints() == []


PLACE = {"name": "North", "calendar": "ALWAYS", "cut_off": "15:30", "receiving_days": "1", "processing_days": "2",
         "release": "when_any"}  # fmt: skip


def test_a_place_is_changed_and_put_back(desk, shop: Shop) -> None:
    before = reading.locations("NORTH")
    desk.do("settings/places/NORTH", PLACE)
    (now,) = reading.locations("NORTH")
    assert (now.cut_off, now.receiving_days, now.processing_days, now.release) == (time(15, 30), 1, 2, "when_any")
    toast = desk.client.session["toast"]
    desk.client.post(toast["undo"], {"confirmed": "1", **dict(toast["fields"])})
    assert reading.locations("NORTH") == before


@pytest.mark.parametrize("change", [{"cut_off": "noon"}, {"receiving_days": "91"}, {"release": "never"}, {"name": ""}])
def test_a_place_that_cannot_be_is_refused(desk, shop: Shop, change: dict[str, str]) -> None:
    before = reading.locations("NORTH")
    assert desk.do("settings/places/NORTH", {**PLACE, **change}).status_code == 422
    assert reading.locations("NORTH") == before


def test_days_of_a_calendar_are_closed(desk, shop: Shop) -> None:
    desk.do("settings/calendars/ALWAYS", {"closed_on": "2030-12-25, 2030-12-24", "opened_on": ""})
    (now,) = reading.calendars("ALWAYS")
    assert now.closed_on == (date(2030, 12, 24), date(2030, 12, 25))
    assert desk.do("settings/calendars/ALWAYS", {"closed_on": "Christmas"}).status_code == 422
    assert reading.calendars("ALWAYS") == [now]


def test_who_is_no_administrator_makes_no_keys(desk_of) -> None:
    planner = desk_of("planner")
    assert planner.post("settings/keys", {"name": "Shop", "scopes": ["orders:read"]}).status_code == 403
    assert keys.list_keys() == []
    assert "settings/keys" not in planner.get("settings").content.decode()

"""People of the installation: invited, given roles and ended in the browser, each change in the journal."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from backorder.access import staff
from backorder.journal import clock
from backorder.journal.models import Entry
from backorder.journal.record import Fact, record
from tests.orders.shop import Shop

from .test_item import text_of

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery 7 staple"


def invite(desk, *roles: str, email: str = "ben@shop.example", name: str = "Ben <b>Ó</b>"):
    return desk.post("settings/people", {"name": name, "email": email, "roles": list(roles)})


def link_in(answer) -> str:
    (token,) = re.findall(r"/console/welcome/([\w:.-]+)", answer.content.decode())
    return token


def test_somebody_invited_chooses_a_password_behind_a_link_that_is_shown_once(desk) -> None:
    answer = invite(desk, "warehouse", "buyer")
    assert "Ben &lt;b&gt;Ó&lt;/b&gt;" in answer.content.decode()
    token = link_in(answer)
    assert token not in desk.get("settings/people").content.decode()
    person = staff.by_email("ben@shop.example")
    assert person.roles == ("buyer", "warehouse")
    assert Entry.objects.get(fact="staff.invited", subject=f"staff/{person.id}").actor == desk.person.actor
    browser = Client()
    answer = browser.post(f"/console/welcome/{token}", {"password": PASSWORD, "password_again": PASSWORD})
    assert answer.status_code == 302
    signed_in = {"login": "ben@shop.example", "password": PASSWORD}
    assert browser.post("/console/account/login/", signed_in).status_code == 302
    assert browser.get("/console/ship").status_code == 200
    assert browser.get("/console/settings/people").status_code == 403


@pytest.mark.parametrize(
    ("roles", "email", "name"),
    [
        ((), "ben@x.example", "Ben"),
        (("viewer",), "no address", "Ben"),
        (("viewer",), "b@x.example", " "),
        (("king",), "ben@x.example", "Ben"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_typed_is_lost(desk, roles, email: str, name: str) -> None:
    page = invite(desk, *roles, email=email, name=name).content.decode()
    assert 'note late" role="alert"' in page
    assert f'value="{email}"' in page
    assert len(staff.people()) == 1


def test_roles_are_changed_and_put_back(desk) -> None:
    invite(desk, "viewer", name="Ben")
    person = staff.by_email("ben@shop.example")
    desk.do(f"settings/people/{person.id}/roles", {"planner": "1", "viewer": "1"})
    assert staff.by_email("ben@shop.example").roles == ("viewer", "planner")
    toast = desk.client.session["toast"]
    desk.client.post(toast["undo"], {"confirmed": "1", **dict(toast["fields"])})
    assert staff.by_email("ben@shop.example").roles == ("viewer",)


def test_whoever_is_ended_is_out_at_once_and_stays_in_the_list(desk, desk_of) -> None:
    ben = desk_of("viewer", name="Ben")
    assert ben.get("").status_code == 200
    desk.do(f"settings/people/{ben.person.id}/end")
    assert ben.get("").status_code == 302
    assert re.search(r"Ben .*?Left", text_of(desk.get("settings/people")))
    assert (
        desk.post("settings/people", {"again": str(ben.person.id)}).content.decode().count('note late" role="alert"')
        == 1
    )


def test_the_last_administrator_stays(desk) -> None:
    assert desk.do(f"settings/people/{desk.person.id}/end").status_code == 409
    assert desk.do(f"settings/people/{desk.person.id}/roles", {"viewer": "1"}).status_code == 409
    assert staff.by_email(desk.person.email).roles == desk.person.roles


def test_a_new_link_lets_somebody_choose_again(desk, desk_of) -> None:
    ben = desk_of("viewer", name="Ben")
    token = link_in(desk.post("settings/people", {"again": str(ben.person.id)}))
    assert Client().get(f"/console/welcome/{token}").status_code == 200


def test_a_channel_is_changed_and_put_back(desk, shop: Shop) -> None:
    given = {"name": "Our web shop", "service": "POST", "sourcing": "ordered", "hold_minutes": "30", "active": "1"}
    answer = desk.do("settings/channels/web", given)
    assert answer.status_code == 302, text_of(answer)
    toast = desk.client.session["toast"]
    assert "Our web shop" in text_of(desk.get("settings/places"))
    desk.client.post(toast["undo"], {"confirmed": "1", **dict(toast["fields"])})
    assert "Our web shop" not in text_of(desk.get("settings/places"))
    assert desk.do("settings/channels/web", {**given, "sourcing": "luck"}).status_code == 422
    assert desk.do("settings/channels/none", given).status_code == 404


def test_the_journal_opens_whatever_it_tells_of(desk) -> None:
    record([Fact("clock.set", "clock/1", {"items": [1, 2], "n": "x"})], actor="test", at=clock.now())
    assert "items: [1, 2]" in text_of(desk.get("settings/journal?fact=clock.set"))

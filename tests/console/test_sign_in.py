"""Coming in: by invitation, with a password that is none of the common ones, a second step, not too often in vain."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client

from backorder.access import staff, welcome
from backorder.journal import feed
from backorder.journal.refusals import Refused

from .conftest import PASSWORD

pytestmark = pytest.mark.django_db

LOGIN = "/console/account/login/"


@pytest.fixture(autouse=True)
def _no_tries_yet() -> None:
    cache.clear()


@pytest.fixture
def priya() -> staff.Person:
    person = staff.invite("priya@shop.example", name="Priya Nair", roles=["planner"], actor="test")
    welcome.choose_password(welcome.link(person.id), password=PASSWORD)
    return person


def sign_in(client: Client, password: str = PASSWORD, **more: str):
    return client.post(LOGIN, {"login": "priya@shop.example", "password": password, **more})


def test_the_first_one_becomes_the_owner_by_a_link_that_works_once(client: Client) -> None:
    token = welcome.owner_link()
    assert token is not None
    assert client.get(f"/console/welcome/{token}").status_code == 200
    form = {"name": "Ada Owner", "email": "Ada@shop.example", "password": PASSWORD}
    answer = client.post(f"/console/welcome/{token}", form)
    assert (answer.status_code, answer["Location"]) == (302, "/console/")
    assert client.get("/console/me").status_code == 200
    (person,) = staff.people()
    assert (person.name, person.email, person.roles) == ("Ada Owner", "ada@shop.example", ("admin",))
    assert welcome.owner_link() is None
    assert Client().get(f"/console/welcome/{token}").status_code == 404
    assert Client().post(f"/console/welcome/{token}", {**form, "email": "eve@shop.example"}).status_code == 404
    assert len(staff.people()) == 1


@pytest.mark.parametrize("password", ["short", "password123", "1234567890123", "ada@shop.example"])
def test_a_weak_password_makes_no_owner(client: Client, password: str) -> None:
    form = {"name": "Ada", "email": "ada@shop.example", "password": password}
    answer = client.post(f"/console/welcome/{welcome.owner_link()}", form)
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.content.decode()
    assert 'value="ada@shop.example"' in answer.content.decode()
    assert staff.people() == []
    assert User.objects.count() == 0


def test_an_invited_person_chooses_a_password_once(client: Client) -> None:
    person = staff.invite("priya@shop.example", name="Priya Nair", roles=["support"], actor="test")
    token = welcome.link(person.id)
    assert "Welcome, Priya Nair" in client.get(f"/console/welcome/{token}").content.decode()
    assert client.post(f"/console/welcome/{token}", {"password": PASSWORD}).status_code == 302
    assert Client().post(f"/console/welcome/{token}", {"password": "something else again"}).status_code == 404
    assert sign_in(Client()).status_code == 302


def test_a_forged_link_is_over(client: Client) -> None:
    token = welcome.owner_link() or ""
    for forged in (token[:-1], token + "x", "x", "a" * 5_000, "%00"):
        assert client.get(f"/console/welcome/{forged}").status_code == 404


def test_a_sign_in_leads_back_and_is_in_the_journal(client: Client, priya: staff.Person) -> None:
    answer = sign_in(client, next="/console/orders?state=late")
    assert answer["Location"] == "/console/orders?state=late"
    (fact,) = feed.of_subject(f"staff/{priya.id}", limit=1).entries
    assert (fact.fact, fact.actor, fact.body) == ("staff.signed_in", priya.actor, {})


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/console", "/\\evil.example"])
def test_a_sign_in_never_leads_elsewhere(client: Client, priya: staff.Person, elsewhere: str) -> None:
    assert sign_in(client, next=elsewhere)["Location"] == "/console/"


def test_five_wrong_passwords_make_a_pause_that_the_right_one_does_not_end(client: Client, priya: staff.Person) -> None:
    for _ in range(5):
        assert sign_in(client, "wrong password here").status_code == 200
    answer = sign_in(client)
    assert answer.status_code in (200, 429)
    assert client.get("/console/me").status_code == 302


def test_who_left_does_not_come_in_and_is_out_at_once(client: Client, priya: staff.Person) -> None:
    sign_in(client)
    assert client.get("/console/me").status_code == 200
    staff.end(priya.id, actor="test")
    assert client.get("/console/me").status_code == 302
    sign_in(client)
    assert client.get("/console/me").status_code == 302


def test_the_session_gets_another_name_at_sign_in(client: Client, priya: staff.Person) -> None:
    client.post("/console/me/preferences", {"theme": "dark"})  # Keeps what was typed in a session.
    before = client.cookies["backorder"].value
    sign_in(client)
    assert client.cookies["backorder"].value != before
    cookie = client.cookies["backorder"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")


def test_nobody_signs_up_by_themselves(client: Client) -> None:
    answer = client.post("/console/account/signup/", {"email": "eve@evil.example", "password1": PASSWORD})
    assert "closed" in answer.content.decode().lower()
    assert User.objects.count() == 0


def test_a_second_step_is_asked_for_and_sealed_in_the_table(client: Client, priya: staff.Person) -> None:
    from allauth.mfa.models import Authenticator

    totp = TOTP.activate(User.objects.get(pk=priya.id), "JBSWY3DPEHPK3PXP")
    assert "JBSWY3DPEHPK3PXP" not in str(Authenticator.objects.get().data)
    assert totp.validate_code("000000") in (True, False)  # It can be opened again.
    answer = sign_in(client)
    assert answer["Location"].startswith("/console/account/2fa/authenticate/")
    assert client.get("/console/me").status_code == 302
    counter = next(iter(yield_hotp_counters_from_time()))
    code = format_hotp_value(hotp_value("JBSWY3DPEHPK3PXP", counter))
    assert client.post("/console/account/2fa/authenticate/", {"code": code}).status_code == 302
    assert client.get("/console/me").status_code == 200


def test_sessions_are_listed_and_can_all_be_ended(client: Client, priya: staff.Person) -> None:
    other = Client(headers={"user-agent": "Another browser"})
    sign_in(other)
    sign_in(client)
    text = client.get("/console/account/sessions/").content.decode()
    assert "Another browser" in text
    assert client.post("/console/account/sessions/").status_code == 302
    assert other.get("/console/me").status_code == 302


def test_what_was_typed_comes_back_after_the_session_ended(client: Client, priya: staff.Person) -> None:
    sign_in(client)
    client.cookies["backorder"] = "gone"
    answer = client.post("/console/me/preferences", {"confirmed": "1", "theme": "dark", "zone": "Europe/Berlin"})
    assert answer["Location"] == "/console/account/login/?next=/console/me/preferences"
    assert "What you were typing is kept" in client.get(answer["Location"]).content.decode()
    sign_in(client, next="/console/me/preferences")
    text = client.get("/console/me/preferences").content.decode()
    assert re.search(r'value="dark" checked', text)
    assert re.search(r'value="Europe/Berlin" selected', text)
    assert staff.find(priya.id).theme == ""  # Nothing was done with it yet.


def test_the_last_administrator_stays() -> None:
    ada = staff.invite("ada@shop.example", name="Ada", roles=["admin"], actor="test")
    with pytest.raises(Refused) as ended:
        staff.end(ada.id, actor="test")
    with pytest.raises(Refused) as lowered:
        staff.set_roles(ada.id, roles=["viewer"], actor="test")
    assert (ended.value.name, lowered.value.name) == ("last_admin", "last_admin")
    assert staff.find(ada.id).roles == ("admin",)
    bo = staff.invite("bo@shop.example", name="Bo", roles=["admin"], actor="test")
    staff.end(ada.id, actor="test")
    assert [person.id for person in staff.people() if person.ended_at is None] == [bo.id]


def test_an_invitation_says_what_is_wrong() -> None:
    staff.invite("ada@shop.example", name="Ada", roles=["admin"], actor="test")
    for wrong, name in (
        ({"email": "ADA@shop.example"}, "email_is_taken"),
        ({"email": "nobody"}, "email_not_valid"),
        ({"roles": []}, "unknown_role"),
        ({"roles": ["root"]}, "unknown_role"),
        ({"name": " "}, "staff_name_length"),
        ({"name": "x" * 101}, "staff_name_length"),
    ):
        given = {"email": "bo@shop.example", "name": "Bo", "roles": ["viewer"], **wrong}
        with pytest.raises(Refused) as refused:
            staff.invite(given.pop("email"), actor="test", **given)
        assert refused.value.name == name
    assert User.objects.count() == 1


def test_a_link_ends_after_three_days(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    token = welcome.owner_link()
    monkeypatch.setattr(welcome, "GOOD_FOR", timedelta(seconds=-1))
    assert client.get(f"/console/welcome/{token}").status_code == 404

"""A link opens the one thing it was made for, until it ends or is revoked; whatever else is tried does not open."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import override_settings

from backorder.access import links
from backorder.access.models import Revoked
from backorder.journal.models import Entry
from backorder.journal.refusals import Refused

pytestmark = pytest.mark.django_db

NOW = datetime(2030, 1, 7, 9, 0, 30, tzinfo=UTC)


def refusal(link: str, *, purpose: str = "order", now: datetime = NOW) -> tuple[str, int]:
    with pytest.raises(Refused) as caught:
        links.open_link(link, purpose=purpose, now=now)
    return caught.value.name, caught.value.status


def test_a_link_says_what_it_was_made_for() -> None:
    link = links.make("order", 42, now=NOW)
    opened = links.open_link(link, purpose="order", now=NOW)
    assert opened == links.Link("order", "42", datetime(2030, 7, 6, 9, 1, tzinfo=UTC))


def test_a_link_may_be_opened_again_and_again() -> None:
    link = links.make("order", 42, now=NOW)
    assert len({links.open_link(link, purpose="order", now=NOW) for _ in range(3)}) == 1


def test_a_link_ends_with_its_minute() -> None:
    link = links.make("order", 42, now=NOW, lifetime=timedelta(hours=1))
    assert links.open_link(link, purpose="order", now=NOW + timedelta(minutes=60)).subject == "42"
    assert refusal(link, now=NOW + timedelta(minutes=60, seconds=30)) == ("link_expired", 410)


def test_a_link_for_one_purpose_opens_nothing_else() -> None:
    link = links.make("unsubscribe", 42, now=NOW)
    assert refusal(link) == ("link_not_valid", 404)
    assert refusal(link.replace("unsubscribe", "order")) == ("link_not_valid", 404)


def test_a_link_for_one_order_cannot_be_bent_to_another() -> None:
    link = links.make("order", 42, now=NOW)
    assert refusal(link.replace(".42.", ".43.")) == ("link_not_valid", 404)


@pytest.mark.parametrize("part", range(5))
def test_a_link_with_any_part_changed_is_not_valid(part: int) -> None:
    parts = links.make("order", 42, now=NOW).split(".")
    parts[part] = parts[part][:-1] + ("7" if parts[part][-1] != "7" else "6")
    assert refusal(".".join(parts)) == ("link_not_valid", 404)


@pytest.mark.parametrize(
    "link", ["", ".", "....", "order.42.0.0.", "order", "ordér.1.1.1.x", "x" * 10_000, "a.b.c.\x00"]
)
def test_nonsense_is_not_valid(link: str) -> None:
    assert refusal(link) == ("link_not_valid", 404)


def test_cut_off_or_lengthened_links_are_not_valid() -> None:
    link = links.make("order", 42, now=NOW)
    assert refusal(link[:-1]) == ("link_not_valid", 404)
    assert refusal(link + "a") == ("link_not_valid", 404)


def test_another_installation_makes_other_links() -> None:
    with override_settings(SECRET_KEY="another"):
        link = links.make("order", 42, now=NOW)
    assert refusal(link) == ("link_not_valid", 404)


def test_revoking_ends_what_was_sent_and_nothing_else() -> None:
    old, other = links.make("order", 42, now=NOW), links.make("order", 43, now=NOW)
    links.revoke("order", 42, actor="test", now=NOW)
    assert refusal(old) == ("link_revoked", 410)
    assert links.open_link(other, purpose="order", now=NOW).subject == "43"
    new = links.make("order", 42, now=NOW)
    assert links.open_link(new, purpose="order", now=NOW).subject == "42"
    links.revoke("order", 42, actor="test", now=NOW)
    assert refusal(new) == ("link_revoked", 410)
    assert Revoked.objects.get().generation == 2
    assert [(one.fact, one.subject) for one in Entry.objects.order_by("seq")] == [("link.revoked", "order/42")] * 2


def test_a_refused_link_writes_nothing() -> None:
    refusal(links.make("order", 42, now=NOW) + "a")
    assert not Revoked.objects.exists()
    assert not Entry.objects.exists()


def test_a_link_survives_mail_programs() -> None:
    link = links.make("order", 9_007_199_254_740_991, now=NOW)
    assert link[-1].isalnum()
    assert len(link) <= 80
    with override_settings(BACKORDER_PUBLIC_URL="https://shop.example/"):
        assert links.address(link) == f"https://shop.example/my/{link}"

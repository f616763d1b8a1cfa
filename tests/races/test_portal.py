"""A customer cancels while the warehouse takes: one of them comes first, and no unit is both."""

from __future__ import annotations

from typing import Any

import pytest

from backorder.access import links
from backorder.journal import clock
from backorder.journal.refusals import Refused
from backorder.orders.changing import opened
from backorder.orders.fulfilling.release import release
from backorder.orders.models import Line
from backorder.portal import choices, standing
from backorder.portal.choose import choose
from tests.orders.shop import Shop

from .meeting import race, without_locks


def cancel_and_release(monkeypatch: pytest.MonkeyPatch, shop: Shop) -> tuple[list[Any], Line]:
    """One order of five on the shelf: its customer cancels it all, the warehouse is given it, at the same moment."""
    shop.item("HEART", stock=5)
    placed = shop.place(("HEART", 5))
    order = standing.load(placed.id)
    choice = choices.chosen(order, "all")
    works = [
        lambda: choose(placed.id, choice, version=order.view.version, once="abcdefgh", language="en"),
        lambda: release(placed.id, actor="warehouse"),
    ]
    outcomes = race(monkeypatch, f"{opened.__name__}:_check_version", works)
    return outcomes, Line.objects.get()


@pytest.mark.usefixtures("clean")
def test_a_choice_and_a_release_do_not_both_happen(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    (chose, released), line = cancel_and_release(monkeypatch, shop)
    if chose is True:
        assert isinstance(released, Refused)
        assert (line.cancelled, line.released, line.allocated) == (5, 0, 0)
    else:
        assert isinstance(chose, Refused)
        assert chose.name == "order_has_changed"
        assert (line.cancelled, line.released, line.allocated) == (0, 5, 0)


def test_without_the_lock_both_would_try(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: only the database's CHECK then stands between them."""
    without_locks(monkeypatch)
    unlocked = tuple(sql.replace("FOR NO KEY UPDATE OF o", "") for sql in opened._LOADED)
    monkeypatch.setattr(opened, "_LOADED", unlocked)
    (chose, released), _ = cancel_and_release(monkeypatch, shop)
    failures = [one for one in (chose, released) if isinstance(one, Exception)]
    assert failures, "both succeeded"
    assert not any(isinstance(one, Refused) for one in failures)


def test_the_same_confirmation_at_the_same_moment_is_one_choice(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.item("HEART", stock=5)
    placed = shop.place(("HEART", 5))
    order = standing.load(placed.id)
    choice = choices.chosen(order, "all")
    works = [lambda: choose(placed.id, choice, version=order.view.version, once="abcdefgh", language="en")] * 2
    outcomes = race(monkeypatch, "backorder.portal.choose:_is_first", works)
    assert sorted(outcomes) == [False, True]
    assert Line.objects.get().cancelled == 5
    assert links.make("order", placed.id, now=clock.now())

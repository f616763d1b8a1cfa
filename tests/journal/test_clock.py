"""The clock of a simulated installation moves forward only; a real one cannot be moved."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from backorder.journal import clock
from backorder.journal.models import Entry
from backorder.journal.refusals import Refused

pytestmark = pytest.mark.django_db


def test_a_frozen_clock_stands_and_can_be_advanced() -> None:
    clock.freeze(actor="test")
    first = clock.now()
    assert clock.now() == first
    clock.advance(timedelta(days=3), actor="test")
    assert clock.now() == first + timedelta(days=3)
    assert clock.is_frozen()


def test_a_moved_clock_runs_on_from_there() -> None:
    target = clock.now() + timedelta(days=30)
    clock.set_to(target, actor="test")
    assert timedelta(0) <= clock.now() - target < timedelta(seconds=30)


def test_the_clock_never_goes_back() -> None:
    clock.freeze(actor="test")
    before, entries = clock.now(), Entry.objects.count()
    with pytest.raises(Refused, match="clock_cannot_go_back"):
        clock.set_to(before - timedelta(seconds=1), actor="test")
    assert clock.now() == before
    assert Entry.objects.count() == entries


def test_every_move_of_the_clock_is_a_fact() -> None:
    clock.freeze(actor="test")
    clock.advance(timedelta(hours=1), actor="test")
    entry = Entry.objects.filter(fact="clock.moved").order_by("-seq").first()
    assert entry is not None
    assert entry.actor == "test"
    assert entry.body["frozen"] is True


def test_an_installation_cannot_become_simulated_later() -> None:
    with pytest.raises(Exception, match="stays what it was created as"), transaction.atomic(), connection.cursor() as c:
        c.execute("UPDATE journal_clock SET simulated = NOT simulated")


def test_a_real_clock_refuses_to_move() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE journal_clock DISABLE TRIGGER journal_clock_keeps_its_kind")
        cursor.execute("UPDATE journal_clock SET simulated = false, frozen_at = NULL, shift = interval '0'")
    with pytest.raises(Refused, match="clock_is_real"):
        clock.advance(timedelta(days=1), actor="test")
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE journal_clock SET shift = interval '1 day'")

"""A country that does not exist has no law and no calendar: it is refused, and what was meant is named."""

from __future__ import annotations

import pytest
from msgspec import structs
from tests.orders.shop import open_shop

from backorder.catalog.countries import CODES
from backorder.journal.refusals import Refused
from backorder.orders.placing.place import place_orders


@pytest.mark.django_db
@pytest.mark.parametrize(("code", "meant"), [("UK", "GB"), ("EL", "GR"), ("ZZ", None), ("EU", None)])
def test_a_country_that_is_none_is_refused(code: str, meant: str | None) -> None:
    shop = open_shop()
    shop.item("LAMP", stock=1)
    new = shop.order(("LAMP", 1))
    (refused,) = place_orders([structs.replace(new, country=code)], actor="test")
    assert isinstance(refused, Refused)
    assert (refused.name, refused.values["value"], refused.values["limit"]) == ("unknown_country", code, meant)


def test_there_are_as_many_as_iso_counts_and_kosovo() -> None:
    assert len(CODES) == 249 + 1

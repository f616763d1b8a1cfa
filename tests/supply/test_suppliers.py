"""Suppliers and their terms."""

from __future__ import annotations

import pytest

from backorder.journal.refusals import Refused
from backorder.supply import queries
from backorder.supply.models import Supplier, SupplierItem
from backorder.supply.suppliers import (
    SupplierItemSpec,
    SupplierSpec,
    define_supplier,
    define_supplier_item,
    define_supplier_items,
    remove_supplier_item,
)

from .conftest import Ground


def test_a_supplier_is_changed_by_its_code(ground: Ground) -> None:
    again = define_supplier(SupplierSpec(code="ACME", name="Acme Ltd", calendar="daily"), actor="test")
    assert again == ground.acme
    row = Supplier.objects.get()
    assert (row.name, row.lead_time_days, row.usual_late_days) == ("Acme Ltd", 14, 0)


@pytest.mark.parametrize(
    ("spec", "name", "field"),
    [
        (SupplierSpec(code="", name="X"), "text_has_wrong_length", "code"),
        (SupplierSpec(code="X", name="X" * 201), "text_has_wrong_length", "name"),
        (SupplierSpec(code="X", name="X", country="gb"), "not_an_iso_code", "country"),
        (SupplierSpec(code="X", name="X", lead_time_days=1001), "number_out_of_range", "lead_time_days"),
        (SupplierSpec(code="X", name="X", usual_late_days=-1), "number_out_of_range", "usual_late_days"),
        (SupplierSpec(code="X", name="X", calendar="moon"), "unknown_calendar", "calendar"),
    ],
)
def test_nonsense_is_refused(ground: Ground, spec: SupplierSpec, name: str, field: str) -> None:
    with pytest.raises(Refused) as no:
        define_supplier(spec, actor="test")
    assert (no.value.name, no.value.values["field"]) == (name, field)
    assert Supplier.objects.count() == 1


def test_many_terms_are_answered_row_by_row(ground: Ground) -> None:
    specs = [
        SupplierItemSpec(supplier="ACME", sku="LAMP", price_minor=500),
        SupplierItemSpec(supplier="ACME", sku="NOPE"),
        SupplierItemSpec(supplier="NOBODY", sku="LAMP"),
        SupplierItemSpec(supplier="ACME", sku="BULB", min_order_units=0),
        SupplierItemSpec(supplier="ACME", sku="BULB", pack_units=12),
        SupplierItemSpec(supplier="ACME", sku="BULB", pack_units=6),
    ]
    answers = define_supplier_items(specs, actor="test")
    names = [answer.name if isinstance(answer, Refused) else "written" for answer in answers]
    assert names == [
        "written",
        "unknown_item",
        "unknown_supplier",
        "number_out_of_range",
        "supplier_item_twice_in_batch",
        "supplier_item_twice_in_batch",
    ]
    assert list(SupplierItem.objects.values_list("item__sku", "price_minor")) == [("LAMP", 500)]


def test_the_best_offer_is_the_first_rank_then_the_price_of_an_active_supplier(ground: Ground) -> None:
    define_supplier(SupplierSpec(code="BOLT", name="Bolt", lead_time_days=2), actor="test")
    define_supplier_item(SupplierItemSpec(supplier="BOLT", sku="LAMP", price_minor=400), actor="test")
    assert queries.best_offers([ground.lamp])[ground.lamp].supplier_code == "BOLT"
    define_supplier_item(SupplierItemSpec(supplier="ACME", sku="LAMP", price_minor=450, rank=-1), actor="test")
    best = queries.best_offers([ground.lamp, ground.bulb])
    assert set(best) == {ground.lamp}
    assert (best[ground.lamp].supplier_code, best[ground.lamp].lead_time_days) == ("ACME", 10)
    define_supplier(SupplierSpec(code="ACME", name="Acme", active=False), actor="test")
    assert queries.best_offers([ground.lamp])[ground.lamp].supplier_code == "BOLT"


def test_terms_can_be_taken_away_once(ground: Ground) -> None:
    remove_supplier_item("ACME", sku="LAMP", actor="test")
    assert queries.supplier_items("ACME") == []
    with pytest.raises(Refused, match="unknown_supplier_item"):
        remove_supplier_item("ACME", sku="LAMP", actor="test")

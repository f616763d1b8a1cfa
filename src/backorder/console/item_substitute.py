"""What may be offered instead of an item: named, and no longer offered."""

from __future__ import annotations

from django.utils.translation import gettext as _

from backorder.catalog import define
from backorder.catalog import queries as catalog
from backorder.catalog import reading as catalog_reading
from backorder.catalog.specs import SubstituteSpec

from .asking import Ask, Did, Field, Given, form
from .door import Visit, address

substitute = form("items/<path:sku>/substitute", name="item-substitute", needs="catalog:write")


@substitute.asks
def ask(visit: Visit, given: Given, sku: str) -> Ask:
    """Which item, and at what difference in price; or whether to stop offering one."""
    item = catalog.current().item(sku)
    back = address("item", sku)
    drop = given.text("drop", longest=64)
    if drop:
        return Ask(
            _("No longer offer %(other)s instead of %(sku)s?") % {"other": drop, "sku": sku}, _("No longer offer it"),
            back, says=[_("Offers that customers took already stay as they are.")],
            fields=[Field("drop", "", "hidden", drop)],
        )  # fmt: skip
    says = [_("Customers whose date slips are shown it and choose; nobody gets it unasked.")]
    fields = [
        Field("substitute", _("SKU of the other item"), most=64),
        Field("difference", _("Difference in price, in the smallest coin"), "units", "0", least=-10_000_000,
              hint=_("What it costs more; less than nothing if it is cheaper. In %(currency)s cents or pence.")
              % {"currency": item.currency}),
    ]  # fmt: skip
    return Ask(_("Offer instead of %(sku)s") % {"sku": sku}, _("Offer it"), back, says=says, fields=fields, icon="swap")


@substitute.does
def do(visit: Visit, given: Given, sku: str) -> Did:
    """Name it, or no longer offer it; each undoes the other."""
    back = address("item", sku)
    undo = address("item-substitute", sku)
    drop = given.text("drop", longest=64)
    if drop:
        was = next((one for one in catalog_reading.substitutes(sku) if one.substitute == drop), None)
        define.remove_substitute(sku, substitute=drop, actor=visit.actor)
        fields = {"substitute": drop, "difference": str(was.price_difference_minor if was else 0)}
        return Did(_("%(other)s is no longer offered.") % {"other": drop}, back, undo=undo, fields=fields)
    other = given.text("substitute", longest=64, required=True)
    more = given.number("difference", least=-10_000_000, most=10_000_000)
    rank = len(catalog_reading.substitutes(sku))
    spec = SubstituteSpec(sku=sku, substitute=other, rank=rank, price_difference_minor=more)
    define.define_substitute(spec, actor=visit.actor)
    return Did(_("%(other)s is offered instead.") % {"other": other}, back, undo=undo, fields={"drop": other})

"""Numbers for drawings: SVG wants points whatever the reader's language; balances say their sign."""

from __future__ import annotations

from django import template
from django.utils.formats import number_format
from django.utils.safestring import SafeString

from backorder.orders.showing.inbound import Due

from .look import units

register = template.Library()


@register.filter
def unlocalise(value: float) -> str:
    """`12.5`, also where people write 12,5."""
    return f"{value:g}"


@register.filter
def plus(value: float, more: float) -> str:
    """The sum, as SVG writes numbers; templates pass on what it gave as well."""
    return f"{float(value) + float(more):g}"


@register.filter
def signed(n: int) -> str:
    """`−212`, `0`, `145`."""
    return ("−" if n < 0 else "") + number_format(abs(n), use_l10n=True, force_grouping=True)


@register.filter
def negated(n: int) -> int:
    """A shortage as a number of units."""
    return -n


@register.filter
def times(value: float, more: float) -> str:
    """The product, as SVG writes numbers."""
    return f"{value * more:.4g}"


@register.simple_tag
def supply_units(line: Due) -> SafeString:
    """A supply's units as things: here, promised, coming free, and those that will not come."""
    free = line.to_come - min(line.pegged, line.to_come)
    return units([("gone", line.received), ("now", line.to_come - free), ("later", free), ("none", line.cancelled)])

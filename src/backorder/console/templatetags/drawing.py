"""Numbers for drawings: SVG wants points whatever the reader's language; balances say their sign."""

from __future__ import annotations

from django import template
from django.utils.formats import number_format

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

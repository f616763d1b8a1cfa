"""A variant as people write it down, and as the engine wants it: names become ids, days become numbers.

What does not fit is refused by the field it stands in.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from backorder.catalog import queries as catalog
from backorder.engine.strategies import (
    Basis,
    Condition,
    Filter,
    Key,
    Objective,
    OnBroken,
    Protection,
    Quota,
    Segment,
    Share,
    Strategy,
    Variant,
)
from backorder.journal.refusals import Refused
from backorder.orders.deciding.attributes import ATTRIBUTES, Kind, kind_of
from backorder.orders.deciding.standing import RANK

MOST_SEGMENTS = 50
MOST_CONDITIONS = 20
MOST_VALUES = 1_000
MOST_RULES = 50
MOST_UNITS = 1_000_000_000

Name = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")]
Text = Annotated[str, Meta(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
Number = Annotated[int, Meta(ge=-(2**62), le=2**62)]
Value = Text | Number | bool | None
Bound = Text | Number | None
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class ConditionForm(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """An attribute that has one of `values`, or lies between `at_least` and `at_most`, both included."""

    attribute: Name
    values: Annotated[tuple[Value, ...], Meta(max_length=MOST_VALUES)] | None = None
    at_least: Bound = None
    at_most: Bound = None


class FilterForm(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Lines that meet all of `include` and none of `exclude`; an empty filter takes every line."""

    include: Annotated[tuple[ConditionForm, ...], Meta(max_length=MOST_CONDITIONS)] = ()
    exclude: Annotated[tuple[ConditionForm, ...], Meta(max_length=MOST_CONDITIONS)] = ()


class KeyForm(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One part of a rank: smaller values first, larger ones if `descending`, or as listed in `sequence`."""

    attribute: Name
    descending: bool = False
    sequence: Annotated[tuple[Value, ...], Meta(max_length=MOST_VALUES)] | None = None


class SegmentForm(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Which lines, in which order, and what may happen to them; without `rank` the usual one counts."""

    name: Name
    strategy: Literal["win", "gain", "improve", "redistribute", "fill", "lose", "skip"]
    filter: FilterForm = FilterForm()
    rank: Annotated[tuple[KeyForm, ...], Meta(max_length=MOST_CONDITIONS)] | None = None
    share: Literal["in_order", "proportional", "max_min"] = "in_order"


class QuotaForm(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """At most `units` of each item (or of `sku`) for the lines a filter takes, from supply of a period."""

    name: Name
    units: Annotated[int, Meta(ge=0, le=MOST_UNITS)]
    filter: FilterForm = FilterForm()
    sku: Name | None = None
    from_on: date | None = None
    until_on: date | None = None


class ProtectionForm(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """At least `units` of each item (or of `sku`) kept for the lines a filter takes, until `expires_on`."""

    name: Name
    units: Annotated[int, Meta(ge=0, le=MOST_UNITS)]
    filter: FilterForm = FilterForm()
    basis: Literal["horizontal", "prioritised"] = "horizontal"
    sku: Name | None = None
    from_on: date | None = None
    until_on: date | None = None
    expires_on: date | None = None


class VariantForm(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A way to decide: a line belongs to the first segment that takes it; lines that none takes stay as they are.

    `on_broken` says what happens when a win or gain floor cannot be held; what is stopped is decided by `fallback`,
    if there is one. By `objective` a solver betters what the segments decide, within the same floors and rules;
    `weight` names a number that weighs lateness, such as value_minor or priority. With `second_person` somebody else
    than who made a run must approve it.
    """

    segments: Annotated[tuple[SegmentForm, ...], Meta(min_length=1, max_length=MOST_SEGMENTS)]
    on_broken: Literal["report", "stop_item", "stop_all"] = "report"
    fallback: Name | None = None
    quotas: Annotated[tuple[QuotaForm, ...], Meta(max_length=MOST_RULES)] = ()
    protections: Annotated[tuple[ProtectionForm, ...], Meta(max_length=MOST_RULES)] = ()
    customer_cap: Annotated[int, Meta(ge=1, le=MOST_UNITS)] | None = None
    jitter_days: Annotated[int, Meta(ge=0, le=30)] = 1
    objective: Literal["kept_promises", "value", "full_orders", "lateness"] | None = None
    weight: Name | None = None
    second_person: bool = False
    note: Text = ""


def compiled(form: VariantForm, *, code: str, version: int) -> Variant:
    """The variant as the engine wants it; refused by the first field that does not fit."""
    _check_names("segments", [segment.name for segment in form.segments])
    _check_names("quotas", [quota.name for quota in form.quotas])
    _check_names("protections", [protection.name for protection in form.protections])
    return Variant(
        name=code,
        version=version,
        segments=tuple(_segment(one, f"segments[{n}]") for n, one in enumerate(form.segments)),
        on_broken=OnBroken(form.on_broken),
        fallback=form.fallback,
        quotas=tuple(_quota(one, f"quotas[{n}]") for n, one in enumerate(form.quotas)),
        protections=tuple(_protection(one, f"protections[{n}]") for n, one in enumerate(form.protections)),
        customer_cap=form.customer_cap,
        jitter_days=form.jitter_days,
        objective=None if form.objective is None else Objective(form.objective),
        weight=_weight(form),
    )


def _weight(form: VariantForm) -> str | None:
    if form.weight is None:
        return None
    if form.objective != "lateness" or kind_of(form.weight) != "number":
        raise Refused(
            "weight_is_no_number",
            "weight: only lateness is weighted, by an attribute that is a number, such as value_minor.",
            field="weight",
            value=form.weight,
        )
    return form.weight


def attribute_names() -> list[str]:
    """What filters and ranks may name."""
    return [attribute.name for attribute in ATTRIBUTES]


def _check_names(field: str, names: Sequence[str]) -> None:
    for n, name in enumerate(names):
        if name in names[:n]:
            raise Refused(
                "name_is_taken",
                f"{field}[{n}].name: there is another {name!r}.",
                field=f"{field}[{n}].name",
                value=name,
            )


def _segment(form: SegmentForm, field: str) -> Segment:
    rank = RANK if form.rank is None else tuple(_key(key, f"{field}.rank[{n}]") for n, key in enumerate(form.rank))
    return Segment(form.name, Strategy(form.strategy), _filter(form.filter, f"{field}.filter"), rank, Share(form.share))


def _filter(form: FilterForm, field: str) -> Filter:
    sides = (("include", form.include), ("exclude", form.exclude))
    return Filter(*(_conditions(side, f"{field}.{name}") for name, side in sides))


def _conditions(forms: Iterable[ConditionForm], field: str) -> tuple[Condition, ...]:
    return tuple(_condition(form, f"{field}[{n}]") for n, form in enumerate(forms))


def _condition(form: ConditionForm, field: str) -> Condition:
    kind = _kind(form.attribute, field)
    if form.values is None and form.at_least is None and form.at_most is None:
        raise Refused("condition_says_nothing", f"{field}: give values, at_least or at_most.", field=field)
    if kind in ("text", "yes_no") and (form.at_least is not None or form.at_most is not None):
        raise _does_not_fit(f"{field}.at_least", form.at_least or form.at_most, kind)
    return Condition(
        form.attribute,
        None if form.values is None else _values(form.values, kind, f"{field}.values"),
        _value(form.at_least, kind, f"{field}.at_least"),
        _value(form.at_most, kind, f"{field}.at_most"),
    )


def _key(form: KeyForm, field: str) -> Key:
    kind = _kind(form.attribute, field)
    if kind == "text" and form.sequence is None:
        raise Refused(
            "rank_needs_sequence",
            f"{field}: {form.attribute} is text; say in sequence who comes first.",
            field=f"{field}.sequence",
            value=form.attribute,
        )
    sequence = None if form.sequence is None else _values(form.sequence, kind, f"{field}.sequence")
    return Key(form.attribute, form.descending, sequence)


def _quota(form: QuotaForm, field: str) -> Quota:
    from_on, until_on = _period(form.from_on, form.until_on, field)
    return Quota(form.name, _filter(form.filter, f"{field}.filter"), form.units, _item(form.sku), from_on, until_on)


def _protection(form: ProtectionForm, field: str) -> Protection:
    from_on, until_on = _period(form.from_on, form.until_on, field)
    expires_on = _ordinal(form.expires_on)
    return Protection(
        form.name, _filter(form.filter, f"{field}.filter"), form.units, Basis(form.basis), _item(form.sku), from_on,
        until_on, expires_on,
    )  # fmt: skip


def _period(from_on: date | None, until_on: date | None, field: str) -> tuple[int | None, int | None]:
    if from_on and until_on and until_on < from_on:
        raise Refused(
            "period_ends_before_it_begins",
            f"{field}.until_on: {until_on} is before {from_on}.",
            field=f"{field}.until_on",
            value=until_on.isoformat(),
            limit=from_on.isoformat(),
        )
    return _ordinal(from_on), _ordinal(until_on)


def _ordinal(on: date | None) -> int | None:
    return None if on is None else on.toordinal()


def _item(sku: str | None) -> int | None:
    return None if sku is None else catalog.current().item(sku).id


def _kind(attribute: str, field: str) -> Kind:
    kind = kind_of(attribute)
    if kind is None:
        raise Refused(
            "unknown_attribute",
            f"{field}.attribute: there is no attribute {attribute!r}.",
            field=f"{field}.attribute",
            value=attribute,
            limit=attribute_names(),
        )
    return kind


def _values(values: Iterable[Value], kind: Kind, field: str) -> tuple[Any, ...]:
    return tuple(_value(value, kind, f"{field}[{n}]") for n, value in enumerate(values))


def _value(value: Value, kind: Kind, field: str) -> Any:
    """A value as the attribute's column has it: days are ordinals, instants microseconds."""
    if value is None:
        return None
    try:
        return _READ[kind](value)
    except (ValueError, TypeError):
        raise _does_not_fit(field, value, kind) from None


def _does_not_fit(field: str, value: Any, kind: Kind) -> Refused:
    return Refused(
        "value_does_not_fit", f"{field}: {value!r} is not {_SAYS[kind]}.", field=field, value=value, limit=_SAYS[kind]
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _number(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError
    return value


def _yes_no(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _instant(value: Any) -> int:
    instant = datetime.fromisoformat(_text(value))
    if instant.tzinfo is None:
        raise ValueError
    return (instant - EPOCH) // timedelta(microseconds=1)


_READ: dict[Kind, Any] = {
    "text": _text,
    "number": _number,
    "yes_no": _yes_no,
    "day": lambda value: date.fromisoformat(_text(value)).toordinal(),
    "instant": _instant,
}
_SAYS: dict[Kind, str] = {
    "text": "text",
    "number": "a whole number",
    "yes_no": "true or false",
    "day": "a day such as 2026-12-31",
    "instant": "an instant with its zone such as 2026-12-31T08:00:00Z",
}

"""A variant as form fields, and form fields as a variant: segments, their conditions and their order, row by row.

What the fields cannot show (quotas, protections) travels along unseen and is never lost.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from django.http import QueryDict
from django.utils.translation import gettext as _

from backorder.orders.deciding.attributes import PREFIXES, kind_of
from backorder.planning.forms import (
    MOST_CONDITIONS,
    MOST_SEGMENTS,
    ConditionForm,
    FilterForm,
    KeyForm,
    ProtectionForm,
    QuotaForm,
    SegmentForm,
    VariantForm,
)

from .asking import invalid

BETWEEN = ".."
NOTHING = "(none)"
YES = ("yes", "ja", "true", "1")
NO = ("no", "nein", "false", "0")
CARRIED_CHARACTERS = 200_000


@dataclass(slots=True)
class Row:
    """One condition as typed: which attribute, how it is compared, with what."""

    attribute: str = ""
    op: str = "is"
    value: str = ""


@dataclass(slots=True)
class Part:
    """One part of an order as typed: which attribute, and whether the larger comes first or who in which sequence."""

    attribute: str = ""
    way: str = "up"
    sequence: str = ""


@dataclass(slots=True)
class Typed:
    """One segment as typed."""

    name: str = ""
    strategy: str = "redistribute"
    share: str = "in_order"
    rows: list[Row] = field(default_factory=lambda: [Row()])
    rank: list[Part] = field(default_factory=list)


@dataclass(slots=True)
class Sheet:
    """The whole form as typed."""

    code: str = ""
    note: str = ""
    on_broken: str = "report"
    fallback: str = ""
    customer_cap: str = ""
    jitter_days: str = "1"
    second_person: bool = False
    segments: list[Typed] = field(default_factory=lambda: [Typed()])
    carried: str = ""


class _Carried(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    quotas: tuple[QuotaForm, ...] = ()
    protections: tuple[ProtectionForm, ...] = ()


def ops() -> list[tuple[str, str]]:
    """How a value is compared."""
    return [
        ("is", _("is one of")), ("not", _("is none of")), ("least", _("is at least")), ("most", _("is at most")),
        ("between", _("is between")), ("outside", _("is not between")),
    ]  # fmt: skip


# -- from a variant to fields --------------------------------------------------------------------------------------


def shown(code: str, form: VariantForm) -> Sheet:
    """The fields of a variant."""
    carried = _Carried(form.quotas, form.protections)
    has_more = bool(form.quotas or form.protections)
    return Sheet(
        code=code,
        note=form.note,
        on_broken=form.on_broken,
        fallback=form.fallback or "",
        customer_cap="" if form.customer_cap is None else str(form.customer_cap),
        jitter_days=str(form.jitter_days),
        second_person=form.second_person,
        segments=[_typed(one) for one in form.segments],
        carried=msgspec.json.encode(carried).decode() if has_more else "",
    )


def _typed(one: SegmentForm) -> Typed:
    rows = [_row(each, is_out=False) for each in one.filter.include]
    rows += [_row(each, is_out=True) for each in one.filter.exclude]
    return Typed(one.name, one.strategy, one.share, rows or [Row()], [_part(key) for key in one.rank or ()])


def _row(one: ConditionForm, *, is_out: bool) -> Row:
    prefix, colon, key = one.attribute.partition(":")
    if prefix == "tag" and one.values in ((True,), (False,)):
        return Row("tag:", "is" if one.values[0] != is_out else "not", key)
    if colon and one.values is not None:
        return Row(prefix + colon, "not" if is_out else "is", f"{key}={_written(one.values)}")
    if one.values is not None:
        return Row(one.attribute, "not" if is_out else "is", _written(one.values))
    low, high = _plain(one.at_least), _plain(one.at_most)
    if is_out or (low and high):
        return Row(one.attribute, "outside" if is_out else "between", f"{low}{BETWEEN}{high}")
    return Row(one.attribute, "least", low) if low else Row(one.attribute, "most", high)


def _part(key: KeyForm) -> Part:
    if key.sequence is not None:
        return Part(key.attribute, "sequence", _written(key.sequence))
    return Part(key.attribute, "down" if key.descending else "up", "")


def _written(values: Sequence[object]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow([_plain(one) if one is not None else NOTHING for one in values])
    return out.getvalue()


def _plain(value: object) -> str:
    if value is None:
        return ""
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


# -- from what was sent to fields ----------------------------------------------------------------------------------


def typed(given: QueryDict) -> Sheet:
    """What was typed, whatever it is; empty segments and rows stay for whoever goes on typing."""
    return Sheet(
        code=_text(given, "code", 64),
        note=_text(given, "note", 200),
        on_broken=_text(given, "on_broken", 20) or "report",
        fallback=_text(given, "fallback", 64),
        customer_cap=_text(given, "customer_cap", 12),
        jitter_days=_text(given, "jitter_days", 4),
        second_person=bool(given.get("second_person")),
        segments=[_segment(given, f"s{n}") for n in _numbers(given, "s", MOST_SEGMENTS)] or [Typed()],
        carried=_text(given, "carried", CARRIED_CHARACTERS),
    )


def changed(sheet: Sheet, do: str) -> Sheet:
    """The sheet after one of its small buttons: `add`, `row.0`, `part.0`, `drop.0`, `up.1`."""
    what, _dot, number = do.partition(".")
    segments = sheet.segments
    at = int(number) if number.isdecimal() and len(number) < 4 else -1
    if what == "add" and len(segments) < MOST_SEGMENTS:
        segments.append(Typed())
    elif not 0 <= at < len(segments):
        return sheet
    elif what == "row":
        segments[at].rows.append(Row())
    elif what == "part":
        segments[at].rank.append(Part())
    elif what == "drop" and len(segments) > 1:
        segments.pop(at)
    elif what == "up" and at > 0:
        segments.insert(at - 1, segments.pop(at))
    return sheet


def _segment(given: QueryDict, name: str) -> Typed:
    rows = [
        Row(*(_text(given, f"{name}c{n}{what}", 8_000) for what in ("attribute", "op", "value")))
        for n in _numbers(given, f"{name}c", MOST_CONDITIONS)
    ]
    rank = [
        Part(*(_text(given, f"{name}k{n}{what}", 8_000) for what in ("attribute", "way", "sequence")))
        for n in _numbers(given, f"{name}k", MOST_CONDITIONS)
    ]
    share = _text(given, f"{name}share", 20) or "in_order"
    return Typed(_text(given, f"{name}name", 64), _text(given, f"{name}strategy", 20), share, rows or [Row()], rank)


def _numbers(given: QueryDict, name: str, most: int) -> list[int]:
    """Which rows were sent, in the order of the page; each sends its own hidden field."""
    sent = given.getlist(f"{name}-rows")[:most]
    return [int(one) for one in dict.fromkeys(sent) if one.isdecimal() and len(one) < 4]


def _text(given: QueryDict, name: str, longest: int) -> str:
    return (given.get(name) or "").strip().replace("\x00", "")[:longest]


# -- from fields to a variant --------------------------------------------------------------------------------------


def meant(sheet: Sheet) -> VariantForm:
    """The variant that was typed; refused by the field that cannot be meant."""
    carried = _carried(sheet.carried)
    values: dict[str, Any] = {
        "segments": [_meant_segment(one, n) for n, one in enumerate(sheet.segments)],
        "on_broken": sheet.on_broken,
        "fallback": sheet.fallback or None,
        "jitter_days": _number(sheet.jitter_days, "jitter_days", most=30) if sheet.jitter_days else 1,
        "customer_cap": _number(sheet.customer_cap, "customer_cap", most=10**9) if sheet.customer_cap else None,
        "second_person": sheet.second_person,
        "note": sheet.note,
    }
    try:
        form = msgspec.convert(values, VariantForm)
    except msgspec.ValidationError as error:
        raise invalid("variant", _("This cannot be: %(why)s") % {"why": error}) from None
    return msgspec.structs.replace(form, quotas=carried.quotas, protections=carried.protections)


def _carried(text: str) -> _Carried:
    if not text:
        return _Carried()
    try:
        return msgspec.json.decode(text, type=_Carried)
    except (msgspec.MsgspecError, ValueError):
        raise invalid("carried", _("Quotas and protections were damaged on the way; open the variant anew.")) from None


def _meant_segment(one: Typed, n: int) -> dict[str, Any]:
    if not one.name:
        raise invalid(f"s{n}name", _("Segment %(n)s needs a name.") % {"n": n + 1})
    include: list[ConditionForm] = []
    exclude: list[ConditionForm] = []
    for number, row in enumerate(one.rows):
        if row.attribute or row.value:
            side = exclude if row.op in ("not", "outside") else include
            side.append(_condition(row, f"s{n}c{number}value", n))
    found: dict[str, Any] = {
        "name": one.name, "strategy": one.strategy, "share": one.share,
        "filter": FilterForm(include=tuple(include), exclude=tuple(exclude)),
    }  # fmt: skip
    if keys := [_key(part, f"s{n}k{number}sequence", n) for number, part in enumerate(one.rank) if part.attribute]:
        found["rank"] = tuple(keys)
    return {**found, "filter": msgspec.to_builtins(found["filter"]), **_rank(found)}


def _rank(found: Mapping[str, Any]) -> dict[str, Any]:
    return {"rank": msgspec.to_builtins(found["rank"])} if "rank" in found else {}


def _condition(row: Row, field: str, n: int) -> ConditionForm:
    if row.attribute == "tag:":
        return ConditionForm(attribute=f"tag:{row.value}", values=(True,))
    if row.attribute in PREFIXES:
        key, equals, row_value = row.value.partition("=")
        if not equals:
            raise invalid(field, _("Segment %(n)s: write a key and its values like season=winter.") % {"n": n + 1})
        row = Row(row.attribute + key.strip(), row.op, row_value)
    kind = _kind(row.attribute, field, n)
    if not row.value:
        raise invalid(field, _("Segment %(n)s: say which %(what)s.") % {"n": n + 1, "what": row.attribute})
    if row.op in ("is", "not"):
        return ConditionForm(attribute=row.attribute, values=_read_all(row.value, kind, field))
    low, dots, high = row.value.partition(BETWEEN)
    if row.op in ("between", "outside"):
        if not dots:
            raise invalid(field, _("Write both ends like 3%(dots)s9.") % {"dots": BETWEEN})
        ends = [None if not end.strip() else _read(end.strip(), kind, field) for end in (low, high)]
        return ConditionForm(attribute=row.attribute, at_least=ends[0], at_most=ends[1])
    value = _read(row.value, kind, field)
    return ConditionForm(attribute=row.attribute, **{"at_most" if row.op == "most" else "at_least": value})


def _key(part: Part, field: str, n: int) -> KeyForm:
    kind = _kind(part.attribute, field, n)
    if part.way == "sequence" or part.sequence:
        return KeyForm(attribute=part.attribute, sequence=_read_all(part.sequence, kind, field))
    return KeyForm(attribute=part.attribute, descending=part.way == "down")


def _kind(attribute: str, field: str, n: int) -> str:
    kind = kind_of(attribute)
    if kind is None:
        says = _("Segment %(n)s: there is no attribute “%(what)s”. Own ones begin with %(prefixes)s.")
        raise invalid(field, says % {"n": n + 1, "what": attribute[:40], "prefixes": ", ".join(PREFIXES)})
    return kind


def _read_all(text: str, kind: str, field: str) -> tuple[Any, ...]:
    values = next(csv.reader([text.replace("\n", ",")], skipinitialspace=True), [])
    return tuple(None if one.strip() == NOTHING else _read(one.strip(), kind, field) for one in values if one.strip())


def _read(text: str, kind: str, field: str) -> Any:
    if kind == "number":
        return _number(text, field, most=2**62)
    if kind == "yes_no":
        if text.lower() not in (*YES, *NO):
            raise invalid(field, _("Write yes or no; not “%(value)s”.") % {"value": text[:40]})
        return text.lower() in YES
    return text


def _number(text: str, field: str, *, most: int) -> int:
    if not text.removeprefix("-").isdecimal() or len(text) > 19 or abs(int(text)) > most:
        raise invalid(field, _("“%(value)s” is no whole number that can be.") % {"value": text[:40]})
    return int(text)

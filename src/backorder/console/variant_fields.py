"""A variant as form fields, and form fields as a variant: segments and rules, conditions and order, row by row."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import msgspec
from django.http import QueryDict
from django.utils.translation import gettext as _

from backorder.orders.deciding.attributes import PREFIXES, kind_of
from backorder.planning.forms import (
    MOST_CONDITIONS,
    MOST_RULES,
    MOST_SEGMENTS,
    MOST_UNITS,
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
class Rule:
    """A quota (`most`) or a protection (`least`) as typed."""

    kind: str = "most"
    name: str = ""
    units: str = ""
    sku: str = ""
    from_on: str = ""
    until_on: str = ""
    expires_on: str = ""
    basis: str = "horizontal"
    rows: list[Row] = field(default_factory=lambda: [Row()])


@dataclass(slots=True)
class Sheet:
    """The whole form as typed."""

    code: str = ""
    note: str = ""
    on_broken: str = "report"
    fallback: str = ""
    customer_cap: str = ""
    jitter_days: str = "1"
    objective: str = ""
    weight: str = ""
    second_person: bool = False
    segments: list[Typed] = field(default_factory=lambda: [Typed()])
    rules: list[Rule] = field(default_factory=list)


def ops() -> list[tuple[str, str]]:
    """How a value is compared."""
    return [
        ("is", _("is one of")), ("not", _("is none of")), ("least", _("is at least")), ("most", _("is at most")),
        ("between", _("is between")), ("outside", _("is not between")),
    ]  # fmt: skip


# -- from a variant to fields --------------------------------------------------------------------------------------


def shown(code: str, form: VariantForm) -> Sheet:
    """The fields of a variant."""
    return Sheet(
        code=code,
        note=form.note,
        on_broken=form.on_broken,
        fallback=form.fallback or "",
        customer_cap="" if form.customer_cap is None else str(form.customer_cap),
        jitter_days=str(form.jitter_days),
        objective=form.objective or "",
        weight=form.weight or "",
        second_person=form.second_person,
        segments=[_typed(one) for one in form.segments],
        rules=[*map(_rule, form.quotas), *map(_rule, form.protections)],
    )


def _typed(one: SegmentForm) -> Typed:
    return Typed(one.name, one.strategy, one.share, _rows(one.filter), [_part(key) for key in one.rank or ()])


def _rule(one: QuotaForm | ProtectionForm) -> Rule:
    from_on, until_on = (day.isoformat() if day else "" for day in (one.from_on, one.until_on))
    rule = Rule("most", one.name, str(one.units), one.sku or "", from_on, until_on, rows=_rows(one.filter))
    if isinstance(one, ProtectionForm):
        rule.kind, rule.basis = "least", one.basis
        rule.expires_on = one.expires_on.isoformat() if one.expires_on else ""
    return rule


def _rows(filter: FilterForm) -> list[Row]:
    rows = [_row(each, is_out=False) for each in filter.include]
    return [*rows, *(_row(each, is_out=True) for each in filter.exclude)] or [Row()]


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
        objective=_text(given, "objective", 20),
        weight=_text(given, "weight", 64),
        second_person=bool(given.get("second_person")),
        segments=[_segment(given, f"s{n}") for n in _numbers(given, "s", MOST_SEGMENTS)] or [Typed()],
        rules=[_sent_rule(given, f"q{n}") for n in _numbers(given, "q", 2 * MOST_RULES)],
    )


def changed(sheet: Sheet, do: str) -> Sheet:
    """The sheet after one of its small buttons: `add`, `row.0`, `part.0`, `drop.0`, `up.1`; `rule`, `rule_row.0`."""
    what, _dot, number = do.partition(".")
    segments = sheet.segments
    at = int(number) if number.isdecimal() and len(number) < 4 else -1
    if what.startswith("rule"):
        _change_rules(sheet.rules, what, at)
    elif what == "add" and len(segments) < MOST_SEGMENTS:
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


def _change_rules(rules: list[Rule], what: str, at: int) -> None:
    if what == "rule" and len(rules) < 2 * MOST_RULES:
        rules.append(Rule())
    elif 0 <= at < len(rules) and what == "rule_row":
        rules[at].rows.append(Row())
    elif 0 <= at < len(rules) and what == "rule_drop":
        rules.pop(at)


def _sent_rule(given: QueryDict, row: str) -> Rule:
    kind = "least" if given.get(f"{row}kind") == "least" else "most"
    words = ("name", "units", "sku", "from_on", "until_on", "expires_on")
    name, units, sku, from_on, until_on, expires_on = (_text(given, row + what, 64) for what in words)
    basis = _text(given, f"{row}basis", 20) or "horizontal"
    return Rule(kind, name, units, sku, from_on, until_on, expires_on, basis, _sent_rows(given, row))


def _sent_rows(given: QueryDict, name: str) -> list[Row]:
    return [
        Row(*(_text(given, f"{name}c{n}{what}", 8_000) for what in ("attribute", "op", "value")))
        for n in _numbers(given, f"{name}c", MOST_CONDITIONS)
    ] or [Row()]


def _segment(given: QueryDict, name: str) -> Typed:
    rank = [
        Part(*(_text(given, f"{name}k{n}{what}", 8_000) for what in ("attribute", "way", "sequence")))
        for n in _numbers(given, f"{name}k", MOST_CONDITIONS)
    ]
    share = _text(given, f"{name}share", 20) or "in_order"
    rows = _sent_rows(given, name)
    return Typed(_text(given, f"{name}name", 64), _text(given, f"{name}strategy", 20), share, rows, rank)


def _numbers(given: QueryDict, name: str, most: int) -> list[int]:
    """Which rows were sent, in the order of the page; each sends its own hidden field."""
    sent = given.getlist(f"{name}-rows")[:most]
    return [int(one) for one in dict.fromkeys(sent) if one.isdecimal() and len(one) < 4]


def _text(given: QueryDict, name: str, longest: int) -> str:
    return (given.get(name) or "").strip().replace("\x00", "")[:longest]


# -- from fields to a variant --------------------------------------------------------------------------------------


def meant(sheet: Sheet) -> VariantForm:
    """The variant that was typed; refused by the field that cannot be meant."""
    rules = [(one.kind, _meant_rule(one, n)) for n, one in enumerate(sheet.rules)]
    values: dict[str, Any] = {
        "segments": [_meant_segment(one, n) for n, one in enumerate(sheet.segments)],
        "on_broken": sheet.on_broken,
        "fallback": sheet.fallback or None,
        "jitter_days": _number(sheet.jitter_days, "jitter_days", most=30) if sheet.jitter_days else 1,
        "customer_cap": _number(sheet.customer_cap, "customer_cap", most=10**9) if sheet.customer_cap else None,
        "objective": sheet.objective or None,
        "weight": sheet.weight if sheet.objective == "lateness" and sheet.weight else None,
        "second_person": sheet.second_person,
        "note": sheet.note,
        "quotas": [rule for kind, rule in rules if kind == "most"],
        "protections": [rule for kind, rule in rules if kind == "least"],
    }
    try:
        return msgspec.convert(values, VariantForm)
    except msgspec.ValidationError as error:
        raise invalid("variant", _("This cannot be: %(why)s") % {"why": error}) from None


def _meant_rule(one: Rule, n: int) -> dict[str, Any]:
    where = _("Rule %(n)s") % {"n": n + 1}
    if not one.name or not one.units:
        raise invalid(f"q{n}name", _("%(where)s needs a name and a number of units.") % {"where": where})
    found: dict[str, Any] = {
        "name": one.name, "units": _number(one.units, f"q{n}units", most=MOST_UNITS), "sku": one.sku or None,
        "from_on": _day(one.from_on, f"q{n}from_on"), "until_on": _day(one.until_on, f"q{n}until_on"),
        "filter": _filter(one.rows, f"q{n}", where),
    }  # fmt: skip
    if one.kind == "least":
        return {**found, "basis": one.basis, "expires_on": _day(one.expires_on, f"q{n}expires_on")}
    if one.expires_on:
        says = _("%(where)s: only what is kept (at least) expires; give “at most” a last day instead.")
        raise invalid(f"q{n}expires_on", says % {"where": where})
    return found


def _day(text: str, field: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise invalid(field, _("Write the day like 2026-12-24.")) from None


def _filter(rows: Sequence[Row], name: str, where: str) -> Any:
    """The filter of these rows as plain values; `name` is what their fields begin with."""
    include: list[ConditionForm] = []
    exclude: list[ConditionForm] = []
    for number, row in enumerate(rows):
        if row.attribute or row.value:
            side = exclude if row.op in ("not", "outside") else include
            side.append(_condition(row, f"{name}c{number}value", where))
    return msgspec.to_builtins(FilterForm(include=tuple(include), exclude=tuple(exclude)))


def _meant_segment(one: Typed, n: int) -> dict[str, Any]:
    if not one.name:
        raise invalid(f"s{n}name", _("Segment %(n)s needs a name.") % {"n": n + 1})
    where = _("Segment %(n)s") % {"n": n + 1}
    found: dict[str, Any] = {
        "name": one.name, "strategy": one.strategy, "share": one.share, "filter": _filter(one.rows, f"s{n}", where),
    }  # fmt: skip
    if keys := [_key(part, f"s{n}k{number}sequence", where) for number, part in enumerate(one.rank) if part.attribute]:
        found["rank"] = tuple(keys)
    return {**found, **_rank(found)}


def _rank(found: Mapping[str, Any]) -> dict[str, Any]:
    return {"rank": msgspec.to_builtins(found["rank"])} if "rank" in found else {}


def _condition(row: Row, field: str, where: str) -> ConditionForm:
    if row.attribute == "tag:":
        return ConditionForm(attribute=f"tag:{row.value}", values=(True,))
    if row.attribute in PREFIXES:
        key, equals, row_value = row.value.partition("=")
        if not equals:
            raise invalid(field, _("%(where)s: write a key and its values like season=winter.") % {"where": where})
        row = Row(row.attribute + key.strip(), row.op, row_value)
    kind = _kind(row.attribute, field, where)
    if not row.value:
        raise invalid(field, _("%(where)s: say which %(what)s.") % {"where": where, "what": row.attribute})
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


def _key(part: Part, field: str, where: str) -> KeyForm:
    kind = _kind(part.attribute, field, where)
    if part.way == "sequence" or part.sequence:
        return KeyForm(attribute=part.attribute, sequence=_read_all(part.sequence, kind, field))
    return KeyForm(attribute=part.attribute, descending=part.way == "down")


def _kind(attribute: str, field: str, where: str) -> str:
    kind = kind_of(attribute)
    if kind is None:
        says = _("%(where)s: there is no attribute “%(what)s”. Own ones begin with %(prefixes)s.")
        raise invalid(field, says % {"where": where, "what": attribute[:40], "prefixes": ", ".join(PREFIXES)})
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

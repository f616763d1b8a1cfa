"""Variants: saved ways to decide, each change a version of its own that stays; previewed, and made to stand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from django.db import transaction
from msgspec import Struct

from backorder.catalog import queries as catalog
from backorder.engine import run as engine
from backorder.engine.strategies import Variant as Rules
from backorder.journal import clock
from backorder.journal.record import Fact, record
from backorder.journal.refusals import Refused, unknown
from backorder.orders.deciding import standing
from backorder.orders.deciding.frame import read_frame

from .forms import VariantForm, compiled
from .models import Variant, VariantVersion
from .optimising import optimises
from .selection import selected_items

MOST_SHOWN = 100
LONGEST_CHAIN = 10


class VariantView(Struct, frozen=True):
    """A variant in one of its versions, with who wrote it down."""

    code: str
    version: int
    at: datetime
    actor: str
    form: VariantForm


class StandingView(Struct, frozen=True):
    """By what an item (null: all that have nothing of their own) is decided when something changes."""

    sku: str | None
    variant: str
    version: int
    since: datetime


class SelectedView(Struct, frozen=True):
    """What a segment takes: how many lines and units, the first of them, and what an earlier segment took from it."""

    segment: str
    strategy: str
    lines: int
    units: int
    first: list[int]
    taken_before: int


class PreviewView(Struct, frozen=True):
    """What a variant would look at. A line belongs to the first segment that takes it: `overlapping` meet several."""

    items: int
    lines: int
    segments: list[SelectedView]
    excluded: int
    overlapping: int
    overlapping_first: list[int]


@transaction.atomic
def save_variant(code: str, form: VariantForm, *, actor: str, seen: int | None = None) -> VariantView:
    """Write a variant down; returns its newest version. The same again changes nothing.

    `seen` is the version the writer has seen, required once there is one. Refused: what a form cannot say, an unknown
    or cyclic fallback, a stale version.
    """
    compiled(form, code=code, version=1)
    now = clock.now()
    found, made = Variant.objects.select_for_update().get_or_create(code=code, defaults={"version": 0})
    if not made:
        _check_seen(found.version, seen)
    _check_fallback(code, form.fallback)
    old = variant(code) if found.version else None
    if old is not None and old.form == form:
        return old
    found.version += 1
    found.save(update_fields=["version"])
    VariantVersion.objects.create(
        variant=found, version=found.version, form=msgspec.to_builtins(form), at=now, actor=actor
    )
    body = {
        "version": found.version,
        "changed": [change["field"] for change in _changes(old.form if old else None, form)],
    }
    record([Fact("variant.saved", f"variant/{found.pk}", body)], actor=actor, at=now)
    return VariantView(code, found.version, now, actor, form)


def variant(code: str, version: int | None = None) -> VariantView:
    """A variant in its newest version, or in the one asked for; refused if there is none."""
    found = VariantVersion.objects.filter(variant__code=code).order_by("-version")
    if version is not None:
        found = found.filter(version=version)
    row = found.values_list("version", "at", "actor", "form").first()
    if row is None:
        raise unknown("variant", code)
    return _view(code, *row)


def variants() -> list[VariantView]:
    """All variants in their newest version, by code."""
    return [variant(code) for code in Variant.objects.order_by("code").values_list("code", flat=True)]


def versions(code: str) -> list[VariantView]:
    """Every version of a variant, the newest first: who wrote what, and when."""
    rows = VariantVersion.objects.filter(variant__code=code).order_by("-version")
    found = [_view(code, *row) for row in rows.values_list("version", "at", "actor", "form")]
    if not found:
        raise unknown("variant", code)
    return found


def changes(code: str, version: int) -> list[dict[str, Any]]:
    """What a version changed of the one before: the fields, and their values before and after."""
    before = variant(code, version - 1).form if version > 1 else None
    return _changes(before, variant(code, version).form)


def chain(code: str) -> list[Rules]:
    """The variant and the fallbacks that follow each other, as the engine wants them."""
    rules: list[Rules] = []
    following: str | None = code
    while following is not None:
        view = variant(following)
        rules.append(compiled(view.form, code=view.code, version=view.version))
        following = view.form.fallback
    return rules


def preview(form: VariantForm, *, skus: Sequence[str] | None = None) -> PreviewView:
    """Which lines a variant would take, segment by segment, before anything runs; nothing is written."""
    rules = compiled(form, code="preview", version=1)
    now, book = clock.now(), catalog.current()
    items = selected_items(skus)
    frame = read_frame(items, book, now=now, attributes=standing.attributes_of([rules]), holders_too=True)
    seen = engine.preview(frame.run, rules)
    lines = frame.run.lines
    return PreviewView(
        items=len(items),
        lines=len(frame),
        segments=[
            SelectedView(
                one.segment, segment.strategy.value, len(one.lines), int(lines.units[one.lines].sum()),
                lines.id[one.lines][:MOST_SHOWN].tolist(), one.taken_before,
            )
            for one, segment in zip(seen.selected, rules.segments, strict=True)
        ],
        excluded=len(seen.excluded),
        overlapping=len(seen.overlapping),
        overlapping_first=lines.id[seen.overlapping][:MOST_SHOWN].tolist(),
    )  # fmt: skip


def stand(code: str, *, sku: str | None, actor: str) -> StandingView:
    """Let the newest version of a variant decide an item (None: all others) whenever something changes."""
    rules, *fallbacks = chain(code)
    if optimises([rules, *fallbacks]):
        raise Refused(
            "objective_cannot_stand",
            f"{code!r} has an objective, which takes a run: what stands decides in the moment something changes.",
            status=409,
            field="variant",
            value=code,
        )
    item = None if sku is None else catalog.current().item(sku).id
    standing.let_stand(rules, fallbacks=fallbacks, item=item, actor=actor)
    return next(one for one in stands() if one.sku == sku)


def stand_no_more(*, sku: str | None, actor: str) -> None:
    """Decide an item, or all, as if nothing had been said; refused if nothing stood."""
    item = None if sku is None else catalog.current().item(sku).id
    if not standing.end_standing(item=item, actor=actor):
        raise unknown("standing_variant", sku)


def stands() -> list[StandingView]:
    """What stands, the general one first."""
    found = standing.everything_standing()
    items = catalog.current().items([one.item for one in found if one.item is not None])
    return [
        StandingView(
            None if one.item is None else items[one.item].sku, one.variant.name, one.variant.version, one.since
        )
        for one in found
    ]


def _view(code: str, version: int, at: datetime, actor: str, form: Any) -> VariantView:
    return VariantView(code, version, at, actor, msgspec.convert(form, VariantForm))


def _check_seen(version: int, seen: int | None) -> None:
    if seen is None:
        raise Refused(
            "if_match_is_missing", "Send If-Match with the ETag of what you have seen.", status=428, field="If-Match"
        )
    if seen != version:
        raise Refused(
            "version_is_stale",
            f"This was changed since; it is at version {version} now.",
            status=412,
            field="If-Match",
            value=seen,
            limit=version,
        )


def _check_fallback(code: str, fallback: str | None) -> None:
    tried = [code]
    while fallback is not None:
        if fallback in tried or len(tried) == LONGEST_CHAIN:
            raise Refused(
                "fallback_is_cyclic",
                f"fallback: {' -> '.join([*tried, fallback])} does not end.",
                field="fallback",
                value=fallback,
                limit=LONGEST_CHAIN,
            )
        tried.append(fallback)
        fallback = variant(fallback).form.fallback


def _changes(before: VariantForm | None, after: VariantForm) -> list[dict[str, Any]]:
    was, now = (msgspec.to_builtins(form) if form else {} for form in (before, after))
    return [
        {"field": name, "was": was.get(name), "is": now.get(name)}
        for name in sorted(was.keys() | now.keys())
        if was.get(name) != now.get(name)
    ]

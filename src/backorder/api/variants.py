"""Who gets what, written down: variants in versions, what they would select, and which stand for events."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct

from backorder.api import etags
from backorder.api.operation import Answered, Call, operation
from backorder.api.parameters import Code as InAddress
from backorder.api.parameters import Sku
from backorder.api.shapes import Code
from backorder.orders.deciding.attributes import ATTRIBUTES, Attribute
from backorder.planning import variants
from backorder.planning.forms import VariantForm
from backorder.planning.selection import MOST_SKUS
from backorder.planning.variants import PreviewView, StandingView, VariantView

TAG = "variants"

Skus = Annotated[tuple[Code, ...], Meta(max_length=MOST_SKUS, description="Only these items; null means all.")]


class PreviewOf(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A variant that need not be saved, and the items to look at."""

    form: VariantForm
    skus: Skus | None = None


class Selection(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The items to look at."""

    skus: Skus | None = None


class Stand(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Let a variant decide an item, or (null) all that have none of their own, whenever something changes."""

    variant: Code
    sku: Code | None = None


class Change(Struct, frozen=True, kw_only=True):
    """A field that a version changed."""

    field: str
    was: Any
    now: Any


class VersionView(Struct, frozen=True, kw_only=True):
    """A version of a variant, and what it changed of the one before."""

    variant: VariantView
    changes: list[Change]


@operation(TAG, "GET", "/variants", scope="planning:read", answer=list[VariantView])
def list_variants(call: Call) -> list[VariantView]:
    """List all variants in their newest version."""
    return variants.variants()


@operation(TAG, "GET", "/variants/{code}", scope="planning:read", answer=VariantView)
def get_variant(call: Call, code: InAddress) -> Answered:
    """Show a variant in its newest version; its ETag is what an edit needs."""
    found = variants.variant(code)
    return Answered(found, headers={"ETag": etags.of(found.version)})


@operation(TAG, "PUT", "/variants/{code}", scope="planning:write", answer=VariantView, versioned="if_given")
def save_variant(call: Call, code: InAddress, body: VariantForm) -> Answered:
    """Make a variant, or change it (with If-Match): each change is a version of its own, and the old ones stay."""
    saved = variants.save_variant(code, body, actor=call.actor, seen=call.version)
    return Answered(saved, headers={"ETag": etags.of(saved.version)})


@operation(TAG, "GET", "/variants/{code}/versions", scope="planning:read", answer=list[VersionView])
def list_variant_versions(call: Call, code: InAddress) -> list[VersionView]:
    """Show who changed what of a variant, the newest version first."""
    return [
        VersionView(
            variant=one,
            changes=[
                Change(field=each["field"], was=each["was"], now=each["is"])
                for each in variants.changes(code, one.version)
            ],
        )
        for one in variants.versions(code)
    ]


@operation(TAG, "POST", "/variants/{code}/preview", scope="planning:read", answer=PreviewView)
def preview_variant(call: Call, code: InAddress, body: Selection) -> PreviewView:
    """Show which lines each segment selects, before anything runs. The first segment that fits a line wins."""
    return variants.preview(variants.variant(code).form, skus=body.skus)


@operation(TAG, "POST", "/variant-previews", scope="planning:read", answer=PreviewView)
def preview_form(call: Call, body: PreviewOf) -> PreviewView:
    """Show the same for a variant that is not saved."""
    return variants.preview(body.form, skus=body.skus)


@operation(TAG, "GET", "/variant-attributes", scope="planning:read", answer=list[Attribute])
def list_attributes(call: Call) -> list[Attribute]:
    """List what filters and ranks may name of a line."""
    return list(ATTRIBUTES)


@operation(TAG, "GET", "/standing-variants", scope="planning:read", answer=list[StandingView])
def list_standing_variants(call: Call) -> list[StandingView]:
    """List by what items are decided when something changes; what is not listed is decided by GAIN."""
    return variants.stands()


@operation(TAG, "PUT", "/standing-variants", scope="planning:write", answer=StandingView)
def let_variant_stand(call: Call, body: Stand) -> StandingView:
    """Let the newest version of a variant decide an item, or all others, from now on; what waits is re-decided."""
    return variants.stand(body.variant, sku=body.sku, actor=call.actor)


@operation(TAG, "DELETE", "/standing-variants", scope="planning:write", status=204)
def end_standing_variant(call: Call, sku: Sku | None = None) -> None:
    """Decide an item, or all others, by GAIN again; what waits is re-decided."""
    variants.stand_no_more(sku=sku, actor=call.actor)

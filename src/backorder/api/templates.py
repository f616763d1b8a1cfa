"""The merchant's own words for notices: versions, looked at and checked before they speak."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from backorder.api import paging
from backorder.api.operation import Answered, Call, operation
from backorder.api.parameters import Cursor, Id, Limit, Word
from backorder.notices import templates
from backorder.notices.templates import Preview, TemplateRow
from backorder.notices.wording.checking import BODY_CHARACTERS, SMS_CHARACTERS, SUBJECT_CHARACTERS
from backorder.notices.wording.templates import Wording

TAG = "templates"

Language = Literal["en", "de", "es", "fr"]
KindName = Annotated[str, Meta(min_length=1, max_length=60)]


class Words(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Words for a kind of notice in a language: Jinja in a sandbox, with marks for headings, bold and links."""

    kind: KindName
    language: Language
    subject: Annotated[str, Meta(min_length=1, max_length=SUBJECT_CHARACTERS)]
    body: Annotated[str, Meta(min_length=1, max_length=BODY_CHARACTERS)]
    sms: Annotated[str, Meta(max_length=SMS_CHARACTERS)] = ""
    note: Annotated[str, Meta(max_length=500)] = ""


class PreviewWords(Words, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Words to look at, with a real order or without."""

    order: int | None = None


class OwnWords(Struct, frozen=True):
    """The product's own words for a kind; they speak every language."""

    kind: str
    subject: str
    body: str
    sms: str


@operation(TAG, "GET", "/templates", scope="notices:read", answer=list[TemplateRow], paged=True)
def list_templates(
    call: Call, kind: Word | None = None, language: Language | None = None, limit: Limit = 50, cursor: Cursor = None
) -> Answered:
    """List versions of the merchant's words, newest first."""
    before = paging.read_cursor(cursor, int)
    rows = templates.templates(kind_name=kind, language=language, before=before, limit=limit + 1)
    page, more = paging.cut(rows, limit, lambda row: row.id)
    return Answered(page, headers=paging.link(call.request, more))


@operation(TAG, "POST", "/templates", scope="notices:write", answer=TemplateRow, status=201, once=True)
def draft_template(call: Call, body: Words) -> TemplateRow:
    """Keep new words as the next version, if they may be used; they do not speak yet."""
    return templates.draft(
        kind_name=body.kind, language=body.language, subject=body.subject, body=body.body, sms=body.sms,
        note=body.note, actor=call.actor,
    )  # fmt: skip


@operation(TAG, "POST", "/templates/preview", scope="notices:read", answer=list[Preview])
def preview_template(call: Call, body: PreviewWords) -> list[Preview]:
    """Show what words make of a real order, or of every situation of their kind; nothing is kept or sent."""
    words = Wording(body.subject, body.body, body.sms, "preview")
    return templates.preview(words, kind_name=body.kind, language=body.language, order=body.order)


@operation(TAG, "GET", "/templates/own/{kind}", scope="notices:read", answer=OwnWords)
def get_own_words(call: Call, kind: Word) -> OwnWords:
    """Show the product's own words for a kind, to begin your own with."""
    words = templates.words_of(kind)
    return OwnWords(kind, words.subject, words.body, words.sms)


@operation(TAG, "GET", "/templates/{int:template}", scope="notices:read", answer=TemplateRow)
def get_template(call: Call, template: Id) -> TemplateRow:
    """Show a version."""
    return templates.template(template)


@operation(TAG, "POST", "/templates/{int:template}/live", scope="notices:write", answer=TemplateRow)
def put_template_live(call: Call, template: Id) -> TemplateRow:
    """Let a version speak from now on."""
    return templates.go_live(template, actor=call.actor)


@operation(TAG, "POST", "/templates/{int:template}/retire", scope="notices:write", answer=TemplateRow)
def retire_template(call: Call, template: Id) -> TemplateRow:
    """Let the product's own words speak again."""
    return templates.retire(template, actor=call.actor)

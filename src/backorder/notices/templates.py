"""The merchant's own words: drafted as a version, looked at with a real order, put live when they may be, retired.

A version is never edited. Words that lack what the law demands, or ask for what is not there, are refused when they
are saved, not when a customer should have been told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Max

from backorder.journal import clock
from backorder.journal.record import Fact, record
from backorder.journal.refusals import Refused, unknown

from . import content, saying, telling
from .kinds import KINDS, kind
from .models import Template
from .news import News
from .wording import checking
from .wording.checking import check
from .wording.render import Rendered, render
from .wording.templates import Wording, of_row, own

LIMIT = 100


@dataclass(frozen=True, slots=True)
class TemplateRow:
    """A version of some words; `state` is draft, live or retired."""

    id: int
    kind: str
    language: str
    version: int
    subject: str
    body: str
    sms: str
    note: str
    state: str
    made_by: str
    made_at: datetime
    live_at: datetime | None
    retired_at: datetime | None


@dataclass(frozen=True, slots=True)
class Preview:
    """What words make of a situation: the notice in all its forms, and what its text message costs."""

    situation: str
    subject: str
    text: str
    html: str
    sms: str
    segments: int
    elements: tuple[str, ...]


@transaction.atomic
def draft(
    *,
    kind_name: str,
    language: str,
    subject: str,
    body: str,
    sms: str = "",
    note: str = "",
    actor: str,
    now: datetime | None = None,
) -> TemplateRow:
    """Keep new words for a kind in a language, as its next version; they are not live yet.

    Refuses unknown_kind, unknown_language, and everything that `wording.checking.check` refuses.
    """
    at = now or clock.now()
    about = kind(kind_name)
    _check_language(language)
    check(Wording(subject, body, sms, "draft"), about, language=language)
    _lock(kind_name, language)
    same = Template.objects.filter(kind=kind_name, language=language)
    made = Template.objects.create(
        kind=kind_name,
        language=language,
        version=(same.aggregate(last=Max("version"))["last"] or 0) + 1,
        subject=subject,
        body=body,
        sms=sms,
        note=note[:500],
        made_by=actor,
        made_at=at,
    )
    _record("drafted", made, actor, at)
    return _row(made)


@transaction.atomic
def go_live(template_id: int, *, actor: str, now: datetime | None = None) -> TemplateRow:
    """Let a version speak from now on, in place of the one that did. It is checked again first."""
    at = now or clock.now()
    found = _known(template_id)
    _lock(found.kind, found.language)
    found = _known(template_id)
    check(of_row(found), KINDS[found.kind], language=found.language)
    if found.live_at is None or found.retired_at is not None:
        Template.objects.filter(
            kind=found.kind, language=found.language, live_at__isnull=False, retired_at=None
        ).update(retired_at=at)
        found.live_at, found.retired_at = at, None
        found.save()
        _record("live", found, actor, at)
    return _row(found)


@transaction.atomic
def retire(template_id: int, *, actor: str, now: datetime | None = None) -> TemplateRow:
    """Let the product's own words speak again. Refuses template_is_not_live (409)."""
    at = now or clock.now()
    found = _known(template_id)
    _lock(found.kind, found.language)
    found = _known(template_id)
    if found.live_at is None or found.retired_at is not None:
        raise Refused(
            "template_is_not_live", "These words are not live.", status=409, field="template", value=template_id
        )
    found.retired_at = at
    found.save()
    _record("retired", found, actor, at)
    return _row(found)


def preview(wording: Wording, *, kind_name: str, language: str, order: int | None = None) -> list[Preview]:
    """What words make of a real order, or without one of every situation of their kind; nothing is kept or sent.

    Refuses what `draft` refuses, and unknown_order.
    """
    about = kind(kind_name)
    _check_language(language)
    made = check(wording, about, language=language)
    if order is None:
        return [_preview(sample.says, rendered) for sample, rendered in made]
    if about.about != "order":
        raise Refused(
            "kind_needs_samples",
            f"A notice of the kind {kind_name} is shown by samples only.",
            field="order",
            value=order,
        )
    scene = telling.scene_of(order, now=clock.now())
    shown = content.of_change(scene, News(kind_name, tuple(line.id for line in scene.lines)))
    with saying.spoken(language):
        return [_preview(f"order {scene.order.reference}", render(wording, shown, language=language))]


def words_of(kind_name: str) -> Wording:
    """The product's own words for a kind, to begin one's own with."""
    return own(kind(kind_name).name)


def template(template_id: int) -> TemplateRow:
    """One version. Refuses unknown_template."""
    return _row(_known(template_id))


def templates(
    *, kind_name: str | None = None, language: str | None = None, before: int | None = None, limit: int = LIMIT
) -> list[TemplateRow]:
    """Versions, the newest first, those below the id `before`."""
    wanted = {"kind": kind_name, "language": language, "id__lt": before}
    used = {name: value for name, value in wanted.items() if value is not None}
    return [_row(row) for row in Template.objects.filter(**used).order_by("-id")[:limit]]


def _lock(kind_name: str, language: str) -> None:
    """Versions of the same words are made and put live one after the other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"template {kind_name} {language}"])


def _check_language(language: str) -> None:
    if language not in saying.LANGUAGES:
        raise Refused(
            "unknown_language",
            f"Notices speak {', '.join(saying.LANGUAGES)}; not {language[:20]}.",
            field="language",
            value=language[:20],
            limit=list(saying.LANGUAGES),
        )


def _known(template_id: int) -> Template:
    found = Template.objects.filter(pk=template_id).first()
    if found is None:
        raise unknown("template", template_id)
    return found


def _record(what: str, found: Template, actor: str, at: datetime) -> None:
    body = {"kind": found.kind, "language": found.language, "version": found.version}
    record([Fact(f"template.{what}", f"template/{found.pk}", body)], actor=actor, at=at)


def _preview(situation: str, made: Rendered) -> Preview:
    elements = tuple(sorted(element.value for element in made.elements - checking.BY_ITS_MEANS))
    return Preview(situation, made.subject, made.text, made.html, made.sms, made.segments, elements)


def _row(row: Template) -> TemplateRow:
    state = "draft" if row.live_at is None else "live" if row.retired_at is None else "retired"
    return TemplateRow(
        row.pk, row.kind, row.language, row.version, row.subject, row.body, row.sms, row.note, state, row.made_by,
        row.made_at, row.live_at, row.retired_at,
    )  # fmt: skip

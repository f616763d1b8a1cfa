"""Files that people sent: kept, checked without effect, and taken in by the worker when somebody says so.

A pass over a file is done by one worker, which says after every chunk that it goes on. If it dies in the middle the
file stops and says how far it came: what was taken stays taken, and the same file may be sent again.
"""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec
from django.db import transaction
from django.utils.translation import gettext as _

from backorder.access.staff import Person
from backorder.files import transfer
from backorder.files.rows import Format
from backorder.journal import clock
from backorder.journal.refusals import Refused, unknown

from .models import Upload

MOST_BYTES = 20 * 1024 * 1024
LONGEST_NAME = 200
LONGEST_FACT = 500
SHOWN = 20
KEPT = timedelta(days=30)
# A worker says after each chunk that it goes on; one that is silent this long is gone (ADR 0044).
GONE = timedelta(minutes=10)
TO_DO: dict[str, Literal["checked", "taken"]] = {"checking": "checked", "taking": "taken"}


def send(kind: str, body: bytes, *, name: str, token: str, person: Person, now: datetime) -> Upload:
    """Keep a file to be checked; the same `token` again is the same file. Refused when empty, too large or odd."""
    format = transfer.format_of(name)
    if not body.strip():
        raise Refused("file_is_empty", _("%(name)s is empty.") % {"name": name}, field="file", value=name)
    if len(body) > MOST_BYTES:
        raise too_large()
    transfer.kind_of(kind)
    kept, _new = Upload.objects.get_or_create(
        token=f"{person.id}-{token}", person_id=person.id,
        defaults={"kind": kind, "format": format, "name": name[:LONGEST_NAME], "body": body, "made_at": now},
    )  # fmt: skip
    return kept


def too_large() -> Refused:
    """The refusal of a file that is larger than is taken here."""
    says = _("The file is larger than %(n)s MB. Larger ones go in on the command line: backorder import.")
    return Refused("file_too_large", says % {"n": MOST_BYTES // 2**20}, status=413, field="file", limit=MOST_BYTES)


def upload(id: int, *, kind: str) -> Upload:
    """The file of this id, without its body; refused as unknown_file."""
    found = Upload.objects.defer("body").filter(pk=id, kind=kind).first()
    if found is None:
        raise unknown("file", id)
    return found


def recent(kinds: list[str]) -> list[Upload]:
    """The last files of these kinds, without their bodies, the newest first."""
    return list(Upload.objects.defer("body").filter(kind__in=kinds).select_related("person").order_by("-id")[:SHOWN])


def take(id: int, *, kind: str) -> None:
    """Let the worker take a checked file in; refused when it is not checked, or was begun already."""
    if not Upload.objects.filter(pk=id, kind=kind, state="checked").update(state="taking", worked_at=None):
        raise Refused("file_is_not_checked", _("This file is not waiting to be taken in."), status=409, field="file")


def go_on() -> int:
    """Check or take in one file that waits, and stop those whose worker is gone; returns how many were worked on."""
    now = clock.now()
    Upload.objects.filter(state__in=TO_DO, worked_at__lt=now - GONE).update(state="stopped", trouble="worker_gone")
    with transaction.atomic():
        found = (
            Upload.objects.select_for_update(skip_locked=True)
            .filter(state__in=TO_DO, worked_at=None)
            .order_by("id")
            .first()
        )
        if found is None:
            return 0
        Upload.objects.filter(pk=found.pk).update(worked_at=now)
    _pass(found)
    return 1


def kept_facts(refused: Refused) -> dict[str, Any]:
    """The facts of a refusal as JSON, so that it can be said again in the language of whoever looks."""
    found: dict[str, Any] = msgspec.to_builtins({"says": refused.says, **refused.values}, enc_hook=str)
    return {key: value[:LONGEST_FACT] if isinstance(value, str) else value for key, value in found.items()}


def purge() -> int:
    """Delete files that are older than we keep them; returns how many."""
    deleted, _by_table = Upload.objects.filter(made_at__lt=clock.now() - KEPT).delete()
    return deleted


def _pass(file: Upload) -> None:
    """One pass over a file, with or without effect, and what came of it."""
    rows = Upload.objects.filter(pk=file.pk)
    format: Format = "csv" if file.format == "csv" else "ndjson"

    refusals: list[dict[str, Any]] = []

    def goes_on(n: int) -> None:
        rows.update(rows=n, worked_at=clock.now())

    def is_refused(row: int, refused: Refused) -> None:
        field = refused.values.get("field")
        refusals.append({"row": row, "name": refused.name, "field": field, "reason": refused.says,
                         "facts": kept_facts(refused)})  # fmt: skip

    try:
        report = transfer.import_rows(
            file.kind, io.BytesIO(bytes(file.body)), format=format, actor=f"staff:{file.person_id}", progress=goes_on,
            dry=file.state == "checking", told=is_refused,
        )  # fmt: skip
    except Refused as refused:
        rows.update(state="stopped", trouble=refused.says, facts={**kept_facts(refused), "name": refused.name})
        return
    rows.update(
        state=TO_DO[file.state], rows=report.rows, taken=report.taken, refused=report.refused, worked_at=None,
        refusals=refusals, **({"body": b""} if file.state == "taking" else {}),
    )  # fmt: skip

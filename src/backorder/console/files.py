"""Files: items, stock, orders and purchase orders given out, and taken in after a check that changes nothing."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.http import HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backorder.files import transfer
from backorder.files.kinds import KINDS, Kind
from backorder.files.rows import MEDIA_TYPES, Format
from backorder.journal.refusals import Refused, unknown

from . import uploads
from .asking import Ask, Did, Given, form
from .door import Visit, address, page
from .listing import cell
from .models import Upload
from .refusals import in_words
from .settings import tabs
from .states import State
from .templatetags.look import count

BLOCK = 64 * 1024
SHOWN = 50


@dataclass(frozen=True, slots=True)
class Card:
    """A kind on the page: its name, what its file has, and what the person may do with it."""

    kind: Kind
    name: str
    columns: str
    may_take: bool


@dataclass(frozen=True, slots=True)
class Sent:
    """A file that was sent, as it is shown."""

    file: Upload
    kind: str
    state: State
    says: str


@page("settings/files", name="files", needs="orders:read")
def files(visit: Visit) -> HttpResponseBase:
    """What can be taken in and given out, and the files that were sent last."""
    return _index(visit, None)


def _index(visit: Visit, refusal: Refused | None, of: str = "") -> HttpResponse:
    words = names()
    cards = [
        Card(kind, words[kind.name], ", ".join(kind.columns), visit.may(kind.scopes[1]))
        for kind in KINDS.values() if visit.may(kind.scopes[0])
    ]  # fmt: skip
    sent = [shown(one) for one in uploads.recent([one.kind.name for one in cards if one.may_take])]
    return visit.render(
        "console/files.html", title=_("Files"), settings_tabs=tabs(visit), cards=cards, sent=sent, refusal=refusal,
        refused_kind=of, token=uuid4().hex, most=uploads.MOST_BYTES // 2**20,
        status=refusal.status if refusal else 200,
    )  # fmt: skip


def names() -> dict[str, str]:
    """What the kinds are called."""
    return {"items": _("Items"), "stock": _("Stock"), "orders": _("Orders"), "purchase-orders": _("Purchase orders")}


def shown(file: Upload) -> Sent:
    """A file with its state and what came of it."""
    return Sent(file, names()[file.kind], states()[file.state], _says(file))


def states() -> dict[str, State]:
    """How a file may stand."""
    return {
        "checking": State("", "wait", _("Being checked")), "checked": State("risk", "ask", _("Checked")),
        "taking": State("", "wait", _("Being taken in")), "taken": State("kept", "kept", _("Taken in")),
        "stopped": State("late", "late", _("Stopped")),
    }  # fmt: skip


def _says(file: Upload) -> str:
    if file.state == "stopped":
        gone = _("The worker ended in the middle. What was taken stays taken; the same file may be sent again.")
        return gone if file.trouble == "worker_gone" else _again(file.facts, file.trouble)
    if file.state in uploads.TO_DO:
        return ngettext("%(n)s row so far", "%(n)s rows so far", file.rows) % {"n": count(file.rows)}
    values = {"taken": count(file.taken), "n": count(file.rows), "refused": count(file.refused)}
    if file.state == "checked":
        return _("%(taken)s of %(n)s rows would be taken, %(refused)s refused.") % values
    return _("%(taken)s of %(n)s rows were taken, %(refused)s refused.") % values


def _rows(file: Upload) -> list[dict[str, Any]]:
    """The refused rows, each with its reason in the language of the page."""
    return [{**one, "reason": _again({**one.get("facts", {}), "name": one["name"]}, one["reason"])}
            for one in file.refusals]  # fmt: skip


def _again(facts: Mapping[str, Any], english: str) -> str:
    return in_words(str(facts.get("name", "")), facts) or english


# -- each kind has addresses of its own, for each needs a right of its own ------------------------------------------


def _hang(kind: Kind) -> None:
    name, (reads, writes) = kind.name, kind.scopes
    page(f"settings/files/{name}/export/<str:format>", name=f"file-export-{name}", needs=reads)(_exporting(kind))
    page(f"settings/files/{name}/send", name=f"file-send-{name}", needs=writes, methods=("POST",))(_sending(kind))
    page(f"settings/files/{name}/<int:upload>", name=f"file-{name}", needs=writes)(_showing(kind))
    page(f"settings/files/{name}/<int:upload>/refused", name=f"file-refused-{name}", needs=writes)(_reporting(kind))
    taking = form(f"settings/files/{name}/<int:upload>/take", name=f"file-take-{name}", needs=writes)
    taking.asks(_asking(kind))
    taking.does(_taking(kind))


def _exporting(kind: Kind) -> Callable[..., HttpResponseBase]:
    def export(visit: Visit, format: str) -> HttpResponseBase:
        """All of a kind, as a file."""
        if format not in MEDIA_TYPES.values():
            raise unknown("format", format)
        wanted: Format = "csv" if format == "csv" else "ndjson"
        media_type = next(name for name, known in MEDIA_TYPES.items() if known == wanted)
        rows = _in_blocks(transfer.export_rows(kind.name, format=wanted))
        return _download(StreamingHttpResponse(rows, content_type=media_type), f"{kind.name}.{wanted}")

    return export


def _sending(kind: Kind) -> Callable[..., HttpResponseBase]:
    def send(visit: Visit) -> HttpResponseBase:
        """Keep a file, to be checked; what cannot be kept is said on the page."""
        try:
            file = visit.request.FILES.get("file")
            if file is None:
                raise Refused("file_is_missing", _("Choose a file first."), field="file")
            if (file.size or 0) > uploads.MOST_BYTES:
                raise uploads.too_large()
            token = visit.request.POST.get("token", "")[:64] or uuid4().hex
            kept = uploads.send(
                kind.name, file.read(), name=file.name or "", token=token, person=visit.person, now=visit.now
            )
        except Refused as refused:
            return _index(visit, refused, kind.name)
        return HttpResponseRedirect(address(f"file-{kind.name}", kept.pk))

    return send


def _showing(kind: Kind) -> Callable[..., HttpResponseBase]:
    def show(visit: Visit, upload: int) -> HttpResponseBase:
        """A file, how far it is, and which rows were refused; script asks for the middle alone."""
        file = uploads.upload(upload, kind=kind.name)
        values: dict[str, Any] = {
            "sent": shown(file), "refusals": _rows(file)[:SHOWN], "hidden": max(file.refused - SHOWN, 0),
            "is_worked_on": file.state in uploads.TO_DO,
            "take": address(f"file-take-{kind.name}", upload), "here": address(f"file-{kind.name}", upload),
            "report": address(f"file-refused-{kind.name}", upload),
        }  # fmt: skip
        template = "console/file_state.html" if visit.is_fragment else "console/file.html"
        response = visit.render(template, title=file.name, settings_tabs=tabs(visit), **values)
        response["Vary"] = "HX-Request, Cookie"
        return response

    return show


def _reporting(kind: Kind) -> Callable[..., HttpResponseBase]:
    def report(visit: Visit, upload: int) -> HttpResponseBase:
        """The refused rows as CSV: line, what is wrong, where, in a sentence."""
        file = uploads.upload(upload, kind=kind.name)
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(["row", "type", "field", "reason"])
        for one in _rows(file):
            writer.writerow([cell(one[name]) for name in ("row", "name", "field", "reason")])
        response = HttpResponse("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8")
        return _download(response, f"refused-{kind.name}-{upload}.csv")

    return report


def _asking(kind: Kind) -> Callable[..., Ask]:
    def ask(visit: Visit, given: Given, upload: int) -> Ask:
        """Take it in."""
        file = uploads.upload(upload, kind=kind.name)
        says = [_says(file), _("What is refused is left out and does not touch the others.")]
        back = address(f"file-{kind.name}", upload)
        return Ask(_("Take in %(name)s?") % {"name": file.name}, _("Take it in"), back, says=says, icon="kept")

    return ask


def _taking(kind: Kind) -> Callable[..., Did]:
    def do(visit: Visit, given: Given, upload: int) -> Did:
        """The worker takes it in."""
        uploads.take(upload, kind=kind.name)
        return Did(_("The file is being taken in."), address(f"file-{kind.name}", upload))

    return do


def _download(response: Any, name: str) -> HttpResponseBase:
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    assert isinstance(response, HttpResponseBase)
    return response


def _in_blocks(lines: Iterable[bytes]) -> Iterator[bytes]:
    block = bytearray()
    for line in lines:
        block += line
        if len(block) >= BLOCK:
            yield bytes(block)
            block.clear()
    yield bytes(block)


for _kind in KINDS.values():
    _hang(_kind)

"""Forms that change something: what will happen is said before, what happened after, and nothing happens twice.

A form is two functions: one tells what it asks and what it would do (`Ask`), one does it (`Did`). Both see the same
`Given`. The same address shows the form (GET, or POST with a selection), and does it (POST with `confirmed`). With
script it opens in a dialog, without it is a page. A refusal comes back on the form with everything that was typed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Literal
from uuid import uuid4

from django.db import IntegrityError, transaction
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backorder.journal.refusals import Refused

from . import stale, toasts
from .door import Visit, page
from .models import Done
from .refusals import said

Kind = Literal["text", "long", "units", "day", "choice", "check", "hidden"]
LONGEST_TEXT = 4_000
MOST_UNITS = 1_000_000
MOST_PICKED = 200
# Answers to what the person did not see coming; the form is shown again with these.
SHOWN_AGAIN = frozenset({404, 409, 412, 422, 503})


@dataclass(frozen=True, slots=True)
class Field:
    """One thing to fill in. `options` are (value, label, hint); a hint says what the choice does."""

    name: str
    label: str
    kind: Kind = "text"
    value: str = ""
    hint: str = ""
    options: Sequence[tuple[str, str, str]] = ()
    least: int = 1
    most: int | None = None
    required: bool = True
    error: str = ""


@dataclass(frozen=True, slots=True)
class Ask:
    """A form: its question, what it will do in sentences, what it asks, and the words on its button.

    `subject` (`order/7`) and `version` make it notice that somebody changed that meanwhile. `back` is where giving up
    leads. `part` is a template that shows `values` under the sentences. With `looks` the button does nothing yet: it
    shows the form again for what was typed, with its effect.
    """

    title: str
    button: str
    back: str
    says: Sequence[str] = ()
    fields: Sequence[Field] = ()
    danger: bool = False
    subject: str = ""
    version: int | None = None
    icon: str = ""
    part: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    looks: bool = False


@dataclass(frozen=True, slots=True)
class Did:
    """What was done, in a sentence; the page that shows it; and the address and fields that take it back."""

    says: str
    to: str
    undo: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)


class Given:
    """What was typed, read by kind; what cannot be read is refused with its field named."""

    def __init__(self, values: QueryDict) -> None:
        self.values = values

    def text(self, name: str, *, longest: int = LONGEST_TEXT, required: bool = False) -> str:
        """Text without spaces around it."""
        value = (self.values.get(name) or "").strip().replace("\x00", "")
        if required and not value:
            raise invalid(name, _("Something is needed here."))
        if len(value) > longest:
            raise invalid(name, _("At most %(n)s characters; these are %(has)s.") % {"n": longest, "has": len(value)})
        return value

    def number(self, name: str, *, least: int = 1, most: int = MOST_UNITS) -> int:
        """A whole number."""
        value = self.text(name, required=True)
        # No more digits than `most` could have: int() of a novel takes its time.
        if not value.removeprefix("-").isdecimal() or len(value) > 12 or not least <= int(value) <= most:
            raise invalid(name, _("Choose a whole number from %(least)s to %(most)s.") % {"least": least, "most": most})
        return int(value)

    def day(self, name: str) -> date:
        """A day."""
        try:
            return date.fromisoformat(self.text(name, required=True, longest=10))
        except ValueError:
            raise invalid(name, _("Write the day like 2026-12-24.")) from None

    def choice(self, name: str, options: Sequence[str]) -> str:
        """One of the options."""
        value = self.text(name, required=True)
        if value not in options:
            raise invalid(name, _("Choose one of those offered."))
        return value

    def check(self, name: str) -> bool:
        """Is the box ticked?"""
        return bool(self.values.get(name))

    def ids(self, name: str) -> list[int]:
        """The ids of rows that were picked, each once, in the order given."""
        picked = list(dict.fromkeys(self.values.getlist(name)))
        if len(picked) > MOST_PICKED:
            raise invalid(name, _("At most %(n)s at once.") % {"n": MOST_PICKED})
        if not all(one.isdecimal() and len(one) < 19 for one in picked):
            raise invalid(name, _("This is not a selection of ours."))
        return [int(one) for one in picked]

    @property
    def query(self) -> str:
        """The query of the list all of whose rows are meant; empty where some were picked."""
        return self.text("all", longest=LONGEST_TEXT)

    @property
    def version(self) -> int | None:
        """The version of the subject that the person saw."""
        value = self.values.get("version", "")
        return int(value) if value.isdecimal() and len(value) < 10 else None


Asks = Callable[..., Ask]
Does = Callable[..., Did]


@dataclass(slots=True)
class Form:
    """A form that hangs in the door; `asks` and `does` are decorators for its two functions."""

    name: str
    _asks: Asks | None = None
    _does: Does | None = None
    _for_all: tuple[Asks, Does] | None = None

    def for_all(self, asks: Asks, does: Does) -> None:
        """What is asked and done instead where `all` came along, the query of a list: all that it finds is meant."""
        self._for_all = asks, does

    def asks(self, function: Asks) -> Asks:
        """`(visit, given, path values) -> Ask`."""
        self._asks = function
        return function

    def does(self, function: Does) -> Does:
        """`(visit, given, path values) -> Did`; it runs inside a transaction together with its being remembered."""
        self._does = function
        return function

    def answer(self, visit: Visit, **path_values: Any) -> HttpResponseBase:
        """The view."""
        assert self._does is not None, self.name
        request = visit.request
        if request.method == "POST" and request.POST.get("confirmed"):
            given = Given(_sent(visit))
            try:
                did = _once(visit, given, lambda: self._do(visit, given, path_values))
            except Refused as refused:
                if refused.status not in SHOWN_AGAIN:
                    raise
                return self._show(visit, given, path_values, refused)
            return _after(visit, did)
        return self._show(visit, Given(_typed(visit)), path_values, None)

    def _do(self, visit: Visit, given: Given, path_values: Mapping[str, Any]) -> Did:
        does = self._for_all[1] if self._for_all and given.query else self._does
        assert does is not None
        return does(visit, given, **path_values)

    def _show(
        self, visit: Visit, given: Given, path_values: Mapping[str, Any], refused: Refused | None
    ) -> HttpResponse:
        asks = self._for_all[0] if self._for_all and given.query else self._asks
        assert asks is not None
        ask = asks(visit, given, **path_values)
        fields = [_filled(one, given, refused) for one in ask.fields]
        values = {
            "ask": replace(ask, fields=fields),
            "refusal": refused,
            "is_on_a_field": any(one.error for one in fields),
            "token": uuid4().hex,
            "in_dialog": visit.request.headers.get("HX-Target") in ("dialog", "dialog-form"),
            "changed": stale.since(ask.subject, refused) if refused and ask.subject else None,
            "title": ask.title,
        }
        return visit.render("console/ask.html", status=refused.status if refused else 200, **values)


def form(route: str, *, name: str, needs: str) -> Form:
    """Hang a form in at /console/<route>, for those who may `needs`."""
    made = Form(name)
    page(route, name=name, needs=needs, methods=("GET", "POST"))(made.answer)
    return made


def invalid(field: str, says: str) -> Refused:
    """The refusal of what was typed into a field."""
    return Refused("invalid_field", says, field=field)


def counted(n: int, one: str, many: str) -> str:
    """`3 lines`."""
    return ngettext(one, many, n) % {"n": n}


def safe_back(visit: Visit, default: str) -> str:
    """Where the person came from, if that is one of our pages."""
    wanted = visit.request.GET.get("back") or visit.request.POST.get("back") or ""
    is_ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) and wanted.startswith("/console/")
    return wanted if is_ours else default


def _typed(visit: Visit) -> QueryDict:
    """What a form begins with: what was picked or typed, also before a session ended."""
    request = visit.request
    kept = toasts.take_typed(request, request.get_full_path())
    values = _sent(visit)
    for name, texts in kept.items():
        values.setlist(name, texts)
    return values


def _sent(visit: Visit) -> QueryDict:
    """What came with the address, and over it what came with the form."""
    values = visit.request.GET.copy()
    for name in visit.request.POST:
        values.setlist(name, visit.request.POST.getlist(name))
    return values


def _filled(asked: Field, given: Given, refused: Refused | None) -> Field:
    # What is hidden is ours to say, and may be there several times.
    typed = None if asked.kind == "hidden" else given.values.get(asked.name)
    error = said(refused) if refused and refused.values.get("field") == asked.name else asked.error
    return replace(asked, value=asked.value if typed is None else typed, error=error)


def _once(visit: Visit, given: Given, do: Callable[[], Did]) -> Did:
    """Do it, or say what was said when this very form was sent before."""
    token = given.text("token", longest=64)
    if not token:
        return do()
    with transaction.atomic():
        try:
            with transaction.atomic():
                # A double click waits here for the first one's end.
                Done.objects.create(token=token, person_id=visit.person.id, made_at=visit.now)
        except IntegrityError:
            kept = Done.objects.filter(token=token, person_id=visit.person.id).first()
            if kept is None or kept.answer is None:
                raise Refused("form_was_sent", _("This form was sent already."), status=409) from None
            return Did(**kept.answer)
        did = do()
        answer = {"says": did.says, "to": did.to, "undo": did.undo, "fields": dict(did.fields)}
        Done.objects.filter(token=token).update(answer=answer)
    return did


def _after(visit: Visit, did: Did) -> HttpResponse:
    toasts.give(visit.request, toasts.Toast(did.says, did.undo, tuple(did.fields.items())))
    if not visit.is_fragment:
        return HttpResponseRedirect(did.to)
    response = HttpResponse(status=204)
    response["HX-Redirect"] = did.to
    return response

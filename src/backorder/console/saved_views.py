"""Views of a list that people saved under a name: their filters and sort, for themselves or for everybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode

from django.db.models import Q
from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from backorder.journal.refusals import Refused

from . import toasts
from .door import Visit, page
from .models import SavedView

NAME_CHARACTERS = 40
QUERY_CHARACTERS = 2_000
MOST_VIEWS = 30


@dataclass(frozen=True, slots=True)
class View:
    """A tab of a list: built in (`id` 0) or saved. `count` is shown beside it when it is cheap to know."""

    label: str
    filters: Mapping[str, str] = field(default_factory=dict)
    sort: str = ""
    id: int = 0
    mine: bool = False
    count: str = ""

    def url(self) -> str:
        """The query of the view."""
        return "?" + urlencode({**self.filters, **({"sort": self.sort} if self.sort else {})})


def of(person: int, listing: str) -> list[View]:
    """What a person sees beside the built-in tabs of a list."""
    rows = SavedView.objects.filter(Q(person_id=person) | Q(shared=True), page=listing).order_by("id")[:MOST_VIEWS]
    return [_view(row, person) for row in rows]


@page("views", name="view-save", needs="orders:read", methods=("POST",))
def save(visit: Visit) -> HttpResponseBase:
    """Keep the filters and sort of the list one looks at."""
    given = visit.request.POST
    listing, query = (given.get(key, "").strip() for key in ("page", "query"))
    name = _name(visit)
    if len(query) > QUERY_CHARACTERS or SavedView.objects.filter(person_id=visit.person.id).count() >= MOST_VIEWS:
        says = _("At most %(n)s views can be kept; remove one first.") % {"n": MOST_VIEWS}
        raise Refused("too_many_views", says, status=409, limit=MOST_VIEWS)
    SavedView.objects.update_or_create(
        person_id=visit.person.id,
        page=listing[:40],
        name=name,
        defaults={"query": query.removeprefix("?"), "shared": bool(given.get("shared"))},
    )
    toasts.give(visit.request, toasts.Toast(_("View “%(name)s” is saved.") % {"name": name}))
    return _back(visit, query)


@page("views/<int:view>/rename", name="view-rename", needs="orders:read", methods=("POST",))
def rename(visit: Visit, view: int) -> HttpResponseBase:
    """Give a view of one's own another name."""
    name = _name(visit)
    row = SavedView.objects.filter(id=view, person_id=visit.person.id).first()
    if row is None:
        raise Refused("unknown_view", _("This view is gone, or is not yours to rename."), status=404, field="view")
    if SavedView.objects.filter(person_id=row.person_id, page=row.page, name=name).exclude(id=view).exists():
        says = _("There is a view “%(name)s” already.") % {"name": name}
        raise Refused("view_name_taken", says, status=409, field="name", value=name)
    row.name = name
    row.save(update_fields=["name"])
    toasts.give(visit.request, toasts.Toast(_("The view is called “%(name)s” now.") % {"name": name}))
    return _back(visit, f"?{row.query}")


@page("views/<int:view>/remove", name="view-delete", needs="orders:read", methods=("POST",))
def remove(visit: Visit, view: int) -> HttpResponseBase:
    """Forget a view of one's own."""
    SavedView.objects.filter(id=view, person_id=visit.person.id).delete()
    return _back(visit, "")


def _name(visit: Visit) -> str:
    name = visit.request.POST.get("name", "").strip().replace("\x00", "")
    if not 1 <= len(name) <= NAME_CHARACTERS:
        says = _("A view's name has 1 to %(n)s characters.") % {"n": NAME_CHARACTERS}
        raise Refused("view_name_length", says, field="name", value=name[:80], limit=NAME_CHARACTERS)
    return name


def _view(row: SavedView, person: int) -> View:
    values = dict(parse_qsl(row.query))
    sort = values.pop("sort", "")
    values.pop("columns", None)
    return View(row.name, values, sort, id=row.pk, mine=row.person_id == person)


def _back(visit: Visit, query: str) -> HttpResponseBase:
    back = visit.request.POST.get("back", "")
    is_ours = url_has_allowed_host_and_scheme(back, allowed_hosts=None) and back.startswith("/console/")
    return HttpResponseRedirect(back.partition("?")[0] + query if is_ours else "/console/")

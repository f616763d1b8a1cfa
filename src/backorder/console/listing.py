"""Every list of the console: filters and sort in the address, saved views, columns, pages by key, CSV, bulk actions.

A list is described by a `Listing`; a function `read(criteria, limit)` brings its rows. Nothing counts everything:
a page reads one row more than it shows, and the next page begins behind the last row's key.
"""

from __future__ import annotations

import csv
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, Literal
from urllib.parse import urlencode

import msgspec
from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from backorder.journal.refusals import Refused

from . import saved_views
from .door import Visit, address
from .saved_views import View

PAGE_ROWS = 50
CSV_ROWS = 500
MOST_CSV_ROWS = 100_000
LONGEST_VALUE = 200


@dataclass(frozen=True, slots=True)
class Column:
    """A column: `sort` names the sort its head switches to, `low` ones go first on narrow pages.

    `csv` gives its cell of a row for a file; a column without one is not in the file.
    """

    name: str
    label: str
    csv: Callable[[Any], object] | None = None
    sort: str = ""
    number: bool = False
    low: bool = False
    shown: bool = True


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter: one of `options`, a whole number, a day, or text."""

    name: str
    label: str
    kind: Literal["choice", "number", "day", "text"] = "text"
    options: Sequence[tuple[str, str]] = ()
    unit: str = ""
    hint: str = ""

    def read(self, given: str) -> str:
        """The value as it was meant; refused when it cannot be meant."""
        given = given.strip().replace("\x00", "")[:LONGEST_VALUE]
        if self.kind == "choice" and given not in dict(self.options):
            raise self._refusal(given)
        if self.kind == "number" and not (given.isdecimal() and len(given) <= 9):
            raise self._refusal(given)
        if self.kind == "day":
            try:
                date.fromisoformat(given)
            except ValueError:
                raise self._refusal(given) from None
        return given

    def says(self, value: str) -> str:
        """The value in words."""
        return dict(self.options).get(value, value) + (f" {self.unit}" if self.unit else "")

    def _refusal(self, given: str) -> Refused:
        says = _("The filter %(label)s cannot be “%(value)s”.") % {"label": self.label, "value": given[:40]}
        return Refused("invalid_filter", says, field=self.name, value=given[:40])


@dataclass(frozen=True, slots=True)
class Sort:
    """An order of rows, and which way it goes at first."""

    name: str
    label: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Bulk:
    """An action on the picked rows: the form it opens, its words, its icon, its key, and the scope it needs."""

    form: str
    label: str
    icon: str
    needs: str
    key: str = ""
    danger: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """One list. `row` is the template of a row; with `bulk` actions it has a checkbox, whose name is what they read.

    With `all_at_once` their forms also take `all`, the query of the list, for everything that it finds.
    """

    name: str
    title: str
    caption: str
    row: str
    columns: Sequence[Column]
    sorts: Sequence[Sort]
    filters: Sequence[Filter] = ()
    views: Sequence[View] = ()
    bulk: Sequence[Bulk] = ()
    all_at_once: bool = False
    empty_title: str = ""
    empty_says: str = ""
    page_rows: int | None = None  # PAGE_ROWS

    def filter(self, name: str) -> Filter | None:
        """The filter of this name."""
        return next((one for one in self.filters if one.name == name), None)


@dataclass(frozen=True, slots=True)
class Criteria:
    """What an address asks of a list. `after` is the key of the last row that was seen."""

    filters: Mapping[str, str]
    sort: str
    descending: bool
    after: tuple[Any, ...] | None = None
    columns: tuple[str, ...] = ()

    def query_sort(self) -> str:
        """The sort as an address writes it."""
        return ("-" if self.descending else "") + self.sort

    def query(self, **change: Any) -> str:
        """The address's query, with some of it changed; without the place in the list."""
        changed = replace(self, after=None, **change)
        pairs = [*changed.filters.items(), ("sort", changed.query_sort())]
        if changed.columns:
            pairs.append(("columns", ",".join(changed.columns)))
        return "?" + urlencode(pairs)


@dataclass(frozen=True, slots=True)
class Found:
    """Rows of a page, and the key of the last row looked at when there may be more.

    `searched` is how many rows were looked at when a filter found too few in too many: the page then says so.
    """

    rows: Sequence[Any]
    after: tuple[Any, ...] | None = None
    searched: int | None = None


Read = Callable[[Criteria, int], Found]


def show(
    visit: Visit, listing: Listing, read: Read, *, template: str = "console/list.html", **more: Any
) -> HttpResponseBase:
    """The list as a page (`template`), as its rows alone (for script), or as CSV (`format=csv`)."""
    criteria = criteria_of(visit, listing)
    if visit.request.GET.get("format") == "csv":
        return _csv(listing, criteria, read)
    found = read(criteria, listing.page_rows or PAGE_ROWS)
    is_rows = visit.request.headers.get("HX-Target") == "rows"
    values = {**_shown(visit, listing, criteria, found), **more}
    response = visit.render("console/list_rows.html" if is_rows else template, **values)
    response["Vary"] = "HX-Request, HX-Target, Cookie"
    return response


def criteria_of(visit: Visit, listing: Listing, query: Mapping[str, str] | None = None) -> Criteria:
    """What the address (or a saved `query`) asks for; refused for a filter, sort or place that there is not."""
    asked = visit.request.GET
    given = {**asked.dict(), "columns": ",".join(asked.getlist("columns"))} if query is None else query
    filters = {one.name: one.read(given[one.name]) for one in listing.filters if given.get(one.name)}
    sort = given.get("sort") or ("-" if listing.sorts[0].descending else "") + listing.sorts[0].name
    name = sort.removeprefix("-")
    if name not in {one.name for one in listing.sorts}:
        raise Refused("invalid_filter", _("There is no such sort."), field="sort", value=name[:40])
    known = [column.name for column in listing.columns]
    chosen = [one for one in given.get("columns", "").split(",") if one in known]
    return Criteria(
        filters=filters,
        sort=name,
        descending=sort.startswith("-"),
        after=_read_place(given.get("after")),
        columns=tuple(name for name in known if name in chosen),
    )


def cut(rows: Sequence[Any], limit: int, key: Callable[[Any], tuple[Any, ...]]) -> Found:
    """One page of `rows` that were read with limit + 1."""
    if len(rows) <= limit:
        return Found(rows)
    return Found(rows[:limit], key(rows[limit - 1]))


def _shown(visit: Visit, listing: Listing, criteria: Criteria, found: Found) -> dict[str, Any]:
    columns = [one for one in listing.columns if (one.name in criteria.columns if criteria.columns else one.shown)]
    views = [*listing.views, *saved_views.of(visit.person.id, listing.name)]
    here = criteria.query()
    return {
        "title": listing.title,
        "listing": listing,
        "criteria": criteria,
        "here": here,
        "rows": found.rows,
        "found": found,
        "columns": columns,
        "shown": {one.name for one in columns},
        "heads": [_head(one, criteria) for one in columns],
        "tabs": [_tab(one, criteria, listing) for one in views],
        "chips": [_chip(one, criteria) for one in listing.filters if one.name in criteria.filters],
        "unset": [one for one in listing.filters if one.name not in criteria.filters],
        "sorts": [_sort(one, criteria) for one in listing.sorts],
        "sorted_by": next(one.label for one in listing.sorts if one.name == criteria.sort),
        "next": f"{here}&after={_write_place(found.after)}" if found.after else "",
        "is_later": criteria.after is not None,
        "csv": f"{here}&format=csv",
        "bulk": [one for one in listing.bulk if visit.may(one.needs)],
        "save": address("view-save"),
    }


def _head(column: Column, criteria: Criteria) -> dict[str, Any]:
    is_sorted = bool(column.sort) and column.sort == criteria.sort
    turned = not criteria.descending if is_sorted else column.number
    return {
        "column": column,
        "sorted": ("descending" if criteria.descending else "ascending") if is_sorted else "",
        "url": criteria.query(sort=column.sort, descending=turned) if column.sort else "",
    }


def _tab(view: View, criteria: Criteria, listing: Listing) -> dict[str, Any]:
    is_here = dict(view.filters) == dict(criteria.filters) and view.sort in ("", criteria.query_sort())
    return {
        "view": view,
        "url": view.url(),
        "here": is_here,
        "delete": view.id and address("view-delete", view.id),
        "rename": view.id and address("view-rename", view.id),
    }


def _chip(one: Filter, criteria: Criteria) -> dict[str, str]:
    rest = {name: value for name, value in criteria.filters.items() if name != one.name}
    value = criteria.filters[one.name]
    return {"label": one.label, "value": one.says(value), "without": criteria.query(filters=rest)}


def _sort(one: Sort, criteria: Criteria) -> dict[str, Any]:
    return {
        "label": one.label,
        "url": criteria.query(sort=one.name, descending=one.descending),
        "here": one.name == criteria.sort,
    }


def _read_place(given: str | None) -> tuple[Any, ...] | None:
    if not given:
        return None
    try:
        return tuple(msgspec.json.decode(urlsafe_b64decode(given.encode()), type=list[int | str | None]))
    except (ValueError, msgspec.MsgspecError):
        raise Refused(
            "invalid_cursor", _("This place in the list is none of ours; begin at its first page."), field="after"
        ) from None


def _write_place(key: tuple[Any, ...] | None) -> str:
    return urlsafe_b64encode(msgspec.json.encode(key)).decode()


# -- as a file -----------------------------------------------------------------------------------------------------


class _Line:
    """What a csv.writer writes into: it gives each line back."""

    def write(self, text: str) -> str:
        return text


def _csv(listing: Listing, criteria: Criteria, read: Read) -> HttpResponseBase:
    columns = [one for one in listing.columns if one.csv]
    response = StreamingHttpResponse(_lines(columns, criteria, read), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{listing.name}.csv"'
    return response


def _lines(columns: Sequence[Column], criteria: Criteria, read: Read) -> Iterator[str]:
    writer = csv.writer(_Line())
    yield "\ufeff" + writer.writerow([one.label for one in columns])
    given = 0
    after = criteria.after
    while given < MOST_CSV_ROWS:
        found = read(replace(criteria, after=after), CSV_ROWS)
        for row in found.rows:
            yield writer.writerow([cell(one.csv(row)) for one in columns if one.csv])
        given += len(found.rows)
        after = found.after
        if after is None:
            return


def cell(value: object) -> object:
    """A cell that no spreadsheet takes for a formula."""
    if isinstance(value, int | float | Decimal):
        return value
    text = "" if value is None else str(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text

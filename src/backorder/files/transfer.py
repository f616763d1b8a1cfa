"""Import and export: files of items, stock, orders and purchase orders, taken in chunk by chunk.

A row is taken whole or refused by number, field and reason; refused rows do not touch the others, and what
was taken stays taken when a later chunk fails. Taking the same file in again changes nothing new.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import msgspec
from django.db import transaction
from msgspec import Struct

from backorder.files import rows
from backorder.files.kinds import KINDS, Kind, Outcome
from backorder.files.rows import Format
from backorder.journal.refusals import Refused
from backorder.orders.placing import forms

MOST_ROWS = 5_000_000
# A report names this many refused rows; all are counted.
MOST_NAMED = 1_000


class RefusedRow(Struct, frozen=True):
    """A row that was not taken: its line in the file, what is wrong and where."""

    row: int
    name: str
    field: str | None
    reason: str


class Report(Struct, frozen=True):
    """What became of a file."""

    kind: str
    rows: int
    taken: int
    refused: int
    refusals: tuple[RefusedRow, ...]


@dataclass(slots=True)
class _Tally:
    rows: int = 0
    taken: int = 0
    refused: int = 0
    named: list[RefusedRow] = field(default_factory=list)
    told: Callable[[int, Refused], None] | None = None

    def count(self, row: int, refused: Refused | None) -> None:
        self.rows += 1
        if refused is None:
            self.taken += 1
            return
        self.refused += 1
        if len(self.named) < MOST_NAMED:
            self.named.append(RefusedRow(row, refused.name, refused.values.get("field"), refused.says))
            if self.told is not None:
                self.told(row, refused)


def kind_of(name: str) -> Kind:
    """The kind of this name; refused if there is none."""
    if name not in KINDS:
        raise Refused(
            "unknown_kind",
            f"There is no kind {name!r}; there are {', '.join(KINDS)}.",
            status=404,
            field="kind",
            value=name,
            limit=list(KINDS),
        )
    return KINDS[name]


def import_rows(
    name: str,
    lines: Iterable[bytes],
    *,
    format: Format,
    actor: str,
    progress: Callable[[int], None] | None = None,
    dry: bool = False,
    told: Callable[[int, Refused], None] | None = None,
) -> Report:
    """Take in the lines of a file; `progress` is called with the number of rows after each chunk, `told` with each
    refused row that the report names and its refusal.

    `dry`: every chunk is taken and rolled back, so that the report says what would become of the file; a row that
    stands on one of an earlier chunk is judged without it.
    """
    kind = kind_of(name)
    tally = _Tally(told=told)
    values = _values(kind, rows.read(lines, format, kind.columns))
    for chunk in _chunks(values, kind.chunk):
        _take(kind, chunk, tally, actor, dry)
        if tally.rows > MOST_ROWS:
            raise Refused("too_many_rows", f"A file has at most {MOST_ROWS} rows.", field="rows", limit=MOST_ROWS)
        if progress is not None:
            progress(tally.rows)
    return Report(kind.name, tally.rows, tally.taken, tally.refused, tuple(tally.named))


def export_rows(name: str, *, format: Format) -> Iterator[bytes]:
    """All of a kind as the lines of a file, page by page."""
    kind = kind_of(name)
    return rows.write(kind.give(format == "csv"), format, kind.given_columns)


def format_of(filename: str) -> Format:
    """The format that a file's name tells; refused if it tells none."""
    if filename.endswith((".ndjson", ".jsonl")):
        return "ndjson"
    if filename.endswith(".csv"):
        return "csv"
    raise Refused("unknown_format", f"{filename} ends neither in .ndjson nor in .csv.", field="file", value=filename)


def _take(kind: Kind, chunk: list[tuple[int, Any]], tally: _Tally, actor: str, dry: bool) -> None:
    good = [value for _, value in chunk if not isinstance(value, Refused)]
    outcomes = iter(_outcomes(kind, good, actor, dry) if good else ())
    for row, value in chunk:
        tally.count(row, value if isinstance(value, Refused) else next(outcomes))


def _outcomes(kind: Kind, good: list[Any], actor: str, dry: bool) -> list[Outcome]:
    if not dry:
        return kind.take(good, actor)
    with transaction.atomic():
        outcomes = kind.take(good, actor)
        transaction.set_rollback(True)
    return outcomes


def _values(kind: Kind, numbered: Iterator[rows.Numbered]) -> Iterator[tuple[int, Any]]:
    """(line, value or refusal) for each value of the file."""
    decoder = msgspec.json.Decoder(kind.form)
    for key, group in groupby(numbered, key=lambda row: _group(kind, row)):
        found = list(group) if key is not None else ()
        for number, row in found or group:
            if isinstance(row, Refused):
                yield number, row
            elif isinstance(row, bytes):
                yield number, _checked(lambda row=row: forms.read(row, decoder))  # type: ignore[misc]
            elif not kind.group:
                yield number, _checked(lambda row=row: _convert(kind, row))  # type: ignore[misc]
            else:
                cells = [cells for _, cells in found if isinstance(cells, dict)]
                yield number, _checked(lambda cells=cells: _convert(kind, _nested(kind, cells)))  # type: ignore[misc]
                break


def _group(kind: Kind, row: rows.Numbered) -> object:
    _, cells = row
    if isinstance(cells, dict) and kind.group:
        return tuple(cells.get(column) for column in kind.group)
    return None


def _nested(kind: Kind, cells: list[dict[str, Any]]) -> dict[str, Any]:
    """One value out of its rows: what they share, and a line each."""
    head = {name: value for name, value in cells[0].items() if name not in kind.line_columns}
    customer = {name.removeprefix("customer_"): head.pop(name) for name in list(head) if name.startswith("customer_")}
    lines = [{name: value for name, value in row.items() if name in kind.line_columns} for row in cells]
    return {**head, **({"customer": customer} if customer else {}), "lines": lines}


def _convert(kind: Kind, value: dict[str, Any]) -> Any:
    if isinstance(value.get("attributes"), str):
        value = {**value, "attributes": forms.read(value["attributes"].encode(), msgspec.json.Decoder(dict))}
    try:
        return msgspec.convert(value, kind.form, strict=False)
    except msgspec.ValidationError as wrong:
        raise forms.refusal_of(str(wrong)) from None


def _checked(read: Callable[[], Any]) -> Any:
    try:
        return read()
    except Refused as refused:
        return refused


def _chunks(values: Iterator[tuple[int, Any]], size: int) -> Iterator[list[tuple[int, Any]]]:
    chunk: list[tuple[int, Any]] = []
    for value in values:
        chunk.append(value)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk

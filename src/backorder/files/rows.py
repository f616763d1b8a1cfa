"""Rows of a file as they come and go: NDJSON, one value a line, or CSV with a header; never the whole file at once."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

import msgspec

from backorder.journal.refusals import Refused

Format = Literal["ndjson", "csv"]

LONGEST_LINE = 1024 * 1024
MEDIA_TYPES: dict[str, Format] = {"application/x-ndjson": "ndjson", "text/csv": "csv"}

Numbered = tuple[int, bytes | dict[str, Any] | Refused]
"""(line of the file, its NDJSON or its cells, or why it cannot be read)."""


def read(lines: Iterable[bytes], kind: Format, columns: Sequence[str]) -> Iterator[Numbered]:
    """The rows of a file, each with the number of its line. A CSV header with other columns refuses the file."""
    return _ndjson(lines) if kind == "ndjson" else _csv(lines, columns)


def write(rows: Iterable[Any], kind: Format, columns: Sequence[str]) -> Iterator[bytes]:
    """Rows (structs, dataclasses or plain mappings for CSV) as lines of a file."""
    if kind == "ndjson":
        encode = msgspec.json.Encoder().encode
        for row in rows:
            yield encode(row) + b"\n"
        return
    yield _line(columns)
    for row in rows:
        plain: Mapping[str, Any] = msgspec.to_builtins(row)
        yield _line([_cell(plain.get(column)) for column in columns])


def line_too_long(number: int) -> Refused:
    """A line that is longer than any row can be."""
    return Refused(
        "line_too_long",
        f"Line {number} is longer than {LONGEST_LINE} bytes.",
        field="line",
        value=number,
        limit=LONGEST_LINE,
    )


def _ndjson(lines: Iterable[bytes]) -> Iterator[Numbered]:
    for number, line in enumerate(lines, 1):
        if len(line) > LONGEST_LINE:
            yield number, line_too_long(number)
        elif line.strip():
            yield number, line.removeprefix(b"\xef\xbb\xbf")


def _csv(lines: Iterable[bytes], columns: Sequence[str]) -> Iterator[Numbered]:
    reader = csv.reader(_texts(lines), strict=True)
    try:
        header = next(reader)
    except StopIteration:
        return
    except (csv.Error, UnicodeDecodeError) as wrong:
        raise Refused("file_is_not_csv", f"The header cannot be read: {wrong}.", field="header") from None
    for column in header:
        if column not in columns:
            raise Refused(
                "unknown_column",
                f"There is no column {column!r}; there are {', '.join(columns)}.",
                field="header",
                value=column,
                limit=list(columns),
            )
    yield from _cells(reader, header)


def _cells(reader: Any, header: Sequence[str]) -> Iterator[Numbered]:
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except (csv.Error, UnicodeDecodeError) as wrong:
            # The quotes no longer tell where a row ends, so nothing after this line can be trusted.
            yield reader.line_num, Refused("row_is_not_csv", f"The row cannot be read: {wrong}.", field="row")
            return
        if not cells:
            continue
        if len(cells) != len(header):
            yield (
                reader.line_num,
                Refused(
                    "row_has_wrong_width",
                    f"The row has {len(cells)} cells, not {len(header)}.",
                    field="row",
                    value=len(cells),
                    limit=len(header),
                ),
            )
        else:
            yield reader.line_num, {name: cell for name, cell in zip(header, cells, strict=True) if cell != ""}


def _texts(lines: Iterable[bytes]) -> Iterator[str]:
    for number, line in enumerate(lines):
        if len(line) > LONGEST_LINE:
            raise csv.Error(f"line longer than {LONGEST_LINE} bytes")
        yield line.decode("utf-8-sig" if number == 0 else "utf-8")


def _line(cells: Sequence[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(cells)
    return text.getvalue().encode()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dict, list)):
        return msgspec.json.encode(value).decode()
    return str(value)

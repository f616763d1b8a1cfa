"""Columns of whole numbers to and from the database, without an object per value.

A few rows come by a prepared statement; very many by COPY in binary form, which numpy reads as it is. Whole
columns go as binary arrays.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

import numpy as np
import psycopg
from django.db import connection, transaction
from numpy.typing import NDArray
from psycopg.adapt import Dumper
from psycopg.pq import Format

Columns = NDArray[np.int64]
"""One row a column of the result: `found[0]` are the values of the statement's first column."""

_HEADER_BYTES = 19  # Signature, flags, length of the header's extension.
_TRAILER_BYTES = 2
_FIELD_BYTES = 12  # Four of length, eight of value.
_INT8, _INT8_ARRAY = 20, 1016


class _Array(Dumper):
    """A column of whole numbers as PostgreSQL's binary bigint[], made by numpy in one go."""

    format = Format.BINARY
    oid = _INT8_ARRAY

    def dump(self, obj: Any) -> bytes:
        """The column as bytes."""
        if not len(obj):
            return struct.pack("!iii", 0, 0, _INT8)
        body = np.empty(len(obj), dtype=[("length", ">i4"), ("value", ">i8")])
        body["length"] = 8
        body["value"] = obj
        return struct.pack("!iiiii", 1, 0, _INT8, len(obj), 1) + body.tobytes()


def integers(sql: str, params: Sequence[Any], *, bulk: bool = False) -> Columns:
    """The columns of a statement whose values are all `bigint NOT NULL`; `bulk` for very many rows.

    The statement begins with a comment that says how many columns it has: `/* 7 */`.
    """
    width = int(sql.lstrip().removeprefix("/*").partition("*/")[0])
    if bulk:
        return _copied(sql, params, width)
    found = run(sql, params)
    return np.array(found, dtype=np.int64).T.copy() if found else np.empty((width, 0), dtype=np.int64)


def run(sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Run a statement prepared, arrays of numpy among its parameters, and return its rows."""
    connection.ensure_connection()
    try:
        with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
            cursor.adapters.register_dumper(np.ndarray, _Array)
            cursor.execute(sql, params, prepare=True, binary=True)
            return cursor.fetchall() if cursor.description else []
    except BaseException:
        if connection.in_atomic_block:
            transaction.set_rollback(True)
        raise


def _copied(sql: str, params: Sequence[Any], width: int) -> Columns:
    connection.ensure_connection()
    plain = [param.tolist() if isinstance(param, np.ndarray) else param for param in params]
    with (
        connection.wrap_database_errors,
        psycopg.Cursor(connection.connection) as cursor,
        cursor.copy(f"COPY ({sql}) TO STDOUT (FORMAT binary)", plain) as copy,
    ):
        content = b"".join(copy)
    row_bytes = 2 + _FIELD_BYTES * width
    body = np.frombuffer(content, dtype=np.uint8)[_HEADER_BYTES : len(content) - _TRAILER_BYTES]
    fields = body.reshape(-1, row_bytes)[:, 2:].reshape(-1, width, _FIELD_BYTES)[:, :, 4:]
    values = np.ascontiguousarray(fields.transpose(1, 0, 2)).view(">i8")
    return values.reshape(width, -1).astype(np.int64)

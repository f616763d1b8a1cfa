"""Columns of whole numbers to and from the database, without an object per value or per row.

The database gathers each column into one array and sends it in binary form, which numpy reads as it is; whole
columns go the same way.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

import numpy as np
import psycopg
from django.db import connection, transaction
from numpy.typing import NDArray
from psycopg.abc import Buffer
from psycopg.adapt import Dumper, Loader
from psycopg.pq import Format

Columns = NDArray[np.int64]
"""One row a column of the result: `found[0]` are the values of the statement's first column."""

_INT8, _INT8_ARRAY = 20, 1016
_HEADER_BYTES = 20  # Dimensions, flags, type, length, first index.
_ELEMENT = np.dtype([("length", ">i4"), ("value", ">i8")])


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


class _Column(Loader):
    """PostgreSQL's binary bigint[] as a column."""

    format = Format.BINARY

    def load(self, data: Buffer) -> Any:
        """The column; it has no empty values."""
        if len(data) <= _HEADER_BYTES:
            return np.empty(0, dtype=np.int64)
        return np.frombuffer(data, dtype=_ELEMENT, offset=_HEADER_BYTES)["value"].astype(np.int64)


def integers(sql: str, params: Sequence[Any]) -> Columns:
    """The columns of a statement whose values are all `bigint NOT NULL`.

    The statement begins with a comment that says how many columns it has: `/* 7 */`.
    """
    width = int(sql.lstrip().removeprefix("/*").partition("*/")[0])
    names = [f"c{n}" for n in range(width)]
    gathered = ", ".join(f"coalesce(array_agg({name}), '{{}}')" for name in names)
    (columns,) = run(f"SELECT {gathered} FROM ({sql}) AS r({', '.join(names)})", params)
    return np.array(columns, dtype=np.int64).reshape(width, -1)


def run(sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Run a statement prepared, arrays of numpy among its parameters, and return its rows."""
    connection.ensure_connection()
    try:
        with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
            cursor.adapters.register_dumper(np.ndarray, _Array)
            cursor.adapters.register_loader(_INT8_ARRAY, _Column)
            cursor.execute(sql, params, prepare=True, binary=True)
            return cursor.fetchall() if cursor.description else []
    except BaseException:
        if connection.in_atomic_block:
            transaction.set_rollback(True)
        raise

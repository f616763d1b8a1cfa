"""Columns of whole numbers to and from the database, without an object per value or per row.

The database strings the rows together as the eight bytes of each value, which numpy reads as they are; whole
columns go to it as arrays in binary form.
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

_INT8, _INT8_ARRAY = 20, 1016
_BYTES = 8
_ELEMENT = np.dtype([("length", ">i4"), ("value", ">i8")])


class _Array(Dumper):
    """A column of whole numbers as PostgreSQL's binary bigint[], made by numpy in one go."""

    format = Format.BINARY
    oid = _INT8_ARRAY

    def dump(self, obj: Any) -> bytes:
        """The column as bytes."""
        if not len(obj):
            return struct.pack("!iii", 0, 0, _INT8)
        body = np.empty(len(obj), dtype=_ELEMENT)
        body["length"] = 8
        body["value"] = obj
        return struct.pack("!iiiii", 1, 0, _INT8, len(obj), 1) + body.tobytes()


def integers(sql: str, params: Sequence[Any]) -> Columns:
    """The columns of a statement whose values are all `bigint NOT NULL`.

    The statement begins with a comment that says how many columns it has: `/* 7 */`.
    """
    width = int(sql.lstrip().removeprefix("/*").partition("*/")[0])
    names = [f"c{n}" for n in range(width)]
    row = " || ".join(f"int8send({name})" for name in names)
    gathered = f"count(*), coalesce(string_agg({row}, ''), '')"
    ((many, octets),) = run(f"SELECT {gathered} FROM ({sql}) AS r({', '.join(names)})", params)
    # A row with an empty value is left out by the database without a word.
    assert len(octets) == many * width * _BYTES, "no value is NULL"
    return np.ascontiguousarray(np.frombuffer(octets, dtype=">i8").reshape(-1, width).T, dtype=np.int64)


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

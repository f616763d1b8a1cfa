"""Columns of whole numbers come as they are, row by row, and never with a row missing."""

from __future__ import annotations

import numpy as np
import pytest

from backorder.orders.ledger.integers import integers

pytestmark = pytest.mark.django_db

ROWS = "/* 2 */ SELECT n, 10 - n FROM unnest(%s::bigint[]) AS r(n)"


def test_columns_come_back_as_they_went() -> None:
    given = np.array([7, -1, 1 << 62, -(1 << 63) + 11], dtype=np.int64)
    found = integers(ROWS, [given])
    assert found.dtype == np.int64
    assert found.flags.c_contiguous
    assert found.tolist() == [given.tolist(), [3, 11, 10 - (1 << 62), (1 << 63) - 1]]


def test_no_rows_are_columns_without_values() -> None:
    assert integers(ROWS, [np.array([], dtype=np.int64)]).shape == (2, 0)


def test_an_empty_value_is_no_row_less_but_a_defect() -> None:
    with pytest.raises(AssertionError, match="no value is NULL"):
        integers("/* 2 */ SELECT n, nullif(n, 2) FROM unnest(%s::bigint[]) AS r(n)", [np.array([1, 2, 3])])

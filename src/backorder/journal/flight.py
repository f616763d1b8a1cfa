"""Send prepared statements in one flight and read their rows: one write, one wait, whatever their number.

psycopg's own pipeline sends each statement by itself, keys what it prepared by the parameters' types and leaves the
tail of a long statement unsent when nothing follows it. This is libpq's pipeline through psycopg's wrapper, for texts
that cast every parameter: all go as text of unknown type, all come back binary.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Generator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import psycopg
from psycopg import generators, pq
from psycopg.abc import Buffer
from psycopg.adapt import PyFormat, Transformer
from psycopg.waiting import Ready, Wait

Statement = tuple[str, list[Any]]
"""A text with a `%s` for each parameter, cast where it stands, and the parameters."""

Rows = list[tuple[Any, ...]]
Params = list[Buffer | None]

_STATES_OF_ROWS = {pq.ExecStatus.TUPLES_OK, pq.ExecStatus.SINGLE_TUPLE}
_FAILED = {pq.ExecStatus.FATAL_ERROR, pq.ExecStatus.BAD_RESPONSE}
_numbers = itertools.count()
_prepared: WeakKeyDictionary[psycopg.Connection[Any], dict[str, bytes]] = WeakKeyDictionary()


class _Sent(NamedTuple):
    """One message to the server: something prepared under a name, or a statement whose rows are asked for."""

    text: str = ""
    name: bytes = b""
    is_asked: bool = False


def fly(raw: psycopg.Connection[Any], statements: Sequence[Statement], *, commit: bool = False) -> list[Rows]:
    """Run statements one after the other, each with a snapshot of its own, and return the rows of each.

    Begins a transaction first where the connection is not in one and does not commit by itself; `commit` ends it after
    the last statement. The first error ends the flight: nothing after it is run, and it is raised.
    """
    with raw.lock:
        return raw.wait(_flight(raw, statements, commit=commit))


def _flight(
    raw: psycopg.Connection[Any], statements: Sequence[Statement], *, commit: bool
) -> Generator[Wait, Ready, list[Rows]]:
    wire, convert = raw.pgconn, Transformer(raw)
    ready = [(text, _as_text(convert, params)) for text, params in statements]  # What cannot be sent fails here.
    wire.enter_pipeline_mode()
    try:
        sent = _send(raw, ready, commit=commit)
        yield from _flush(wire)
        return (yield from _answers(raw, convert, sent))
    finally:
        if wire.status == pq.ConnStatus.OK:
            wire.exit_pipeline_mode()


def _send(raw: psycopg.Connection[Any], ready: Sequence[tuple[str, Params]], *, commit: bool) -> list[_Sent]:
    """Put everything into the wire's buffer; what the server will answer to, in order."""
    wire, known, sent = raw.pgconn, _known(raw), []
    fresh: dict[str, bytes] = {}
    if not raw.autocommit and wire.transaction_status == pq.TransactionStatus.IDLE:
        wire.send_query_params(b"BEGIN", None)
        sent.append(_Sent())
    for text, params in ready:
        name = known.get(text) or fresh.get(text)
        if name is None:
            name = fresh[text] = b"flight_%d" % next(_numbers)
            wire.send_prepare(name, _numbered(text))
            sent.append(_Sent(text, name))
        wire.send_query_prepared(name, params, result_format=pq.Format.BINARY)
        sent.append(_Sent(is_asked=True))
    if commit:
        wire.send_query_params(b"COMMIT", None)
        sent.append(_Sent())
    wire.pipeline_sync()
    return sent


def _flush(wire: Any) -> Generator[Wait, Ready, None]:
    """Send until nothing is left to send, reading meanwhile lest both sides wait for the other to read."""
    while wire.flush():
        ready = yield Wait.RW
        if ready & Ready.R:
            wire.consume_input()


def _answers(
    raw: psycopg.Connection[Any], convert: Transformer, sent: Sequence[_Sent]
) -> Generator[Wait, Ready, list[Rows]]:
    """The rows of each statement, after the answers to all have been read; the first failure is raised."""
    found: list[Rows] = []
    failure: Any = None
    for each in sent:
        (result,) = yield from generators.fetch_many(raw.pgconn)
        if result.status in _FAILED:
            failure = failure or result
        elif failure is None and each.is_asked:
            found.append(_rows(convert, result))
        elif failure is None and each.name:
            _known(raw)[each.text] = each.name
    yield from generators.fetch_many(raw.pgconn)  # The end of the flight.
    if failure is not None:
        raise psycopg.errors.error_from_result(failure, encoding=raw.info.encoding)
    return found


def _rows(convert: Transformer, result: Any) -> Rows:
    if result.status not in _STATES_OF_ROWS or not result.ntuples:
        return []
    convert.set_pgresult(result)
    return convert.load_rows(0, result.ntuples, tuple)


def _as_text(convert: Transformer, params: Sequence[Any]) -> Params:
    return [None if value is None else convert.get_dumper(value, PyFormat.TEXT).dump(value) for value in params]


def _known(raw: psycopg.Connection[Any]) -> dict[str, bytes]:
    """What this connection has prepared already: the name by the text."""
    return _prepared.setdefault(raw, {})


@lru_cache(maxsize=512)
def _numbered(text: str) -> bytes:
    """The text with `$1` for the first `%s` and so on, as PostgreSQL wants it."""
    pieces = re.split("(%s|%%)", text)
    number = 0
    for n, piece in enumerate(pieces):
        if piece == "%s":
            number += 1
            pieces[n] = f"${number}"
        elif piece == "%%":
            pieces[n] = "%"
    return "".join(pieces).encode()

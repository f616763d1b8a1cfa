"""Send prepared statements in one flight and read their rows: one write, one wait, whatever their number.

psycopg's own pipeline sends each statement by itself, keys what it prepared by the parameters' types and leaves the
tail of a long statement unsent when nothing follows it. This is libpq's pipeline through psycopg's wrapper, for texts
that cast every parameter: all go as text of unknown type, all come back binary.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Generator, Iterable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import psycopg
from psycopg import generators, pq
from psycopg.abc import Buffer
from psycopg.abc import Transformer as Convert
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
    ready = [
        (text, _as_text(Transformer(raw), params)) for text, params in statements
    ]  # What cannot be sent fails here.
    flight = Flight(raw)
    try:
        for text, values in ready:
            flight.put(text, values)
        return flight.land(commit=commit)
    finally:
        flight.leave()


def stream(raw: psycopg.Connection[Any], statements: Iterable[Statement], *, commit: bool = False) -> list[Rows]:
    """The same, but each statement is sent as soon as it is made: the next is being made while the server runs it.

    From the second statement on nothing may use the connection while one is being made.
    """
    making = iter(statements)
    made = next(making, None)
    flight = Flight(raw)
    try:
        while made is not None:
            flight.put(made[0], _as_text(Transformer(raw), made[1]))
            flight.push()
            made = next(making, None)
        return flight.land(commit=commit)
    finally:
        flight.leave()


def is_in_flight(raw: psycopg.Connection[Any] | None) -> bool:
    """Are statements on their way on this connection, so that nothing else may be asked on it?

    Not on one that is lost: what asks on it is to hear just that, so that it takes another.
    """
    if raw is None or raw.pgconn.status != pq.ConnStatus.OK:
        return False
    return bool(raw.pgconn.pipeline_status != pq.PipelineStatus.OFF)


class Flight:
    """Statements on their way: what was put is being run while more is put, until the flight lands.

    Nothing else may use the connection meanwhile, and whoever begins one leaves it whatever happens.
    """

    def __init__(self, raw: psycopg.Connection[Any]) -> None:
        self._raw = raw
        self._fresh: dict[str, bytes] = {}
        self._sent: list[_Sent] = []  # What the server will answer to, in order.
        raw.lock.acquire()
        try:
            raw.pgconn.enter_pipeline_mode()
        except psycopg.Error:
            raw.lock.release()
            raise
        if not raw.autocommit and raw.pgconn.transaction_status == pq.TransactionStatus.IDLE:
            raw.pgconn.send_query_params(b"BEGIN", None)
            self._sent.append(_Sent())

    def put(self, text: str, values: Params) -> None:
        """Add a statement with its values as text; it is sent with the next push, or at the end."""
        name = _known(self._raw).get(text) or self._fresh.get(text)
        if name is None:
            name = self._fresh[text] = b"flight_%d" % next(_numbers)
            self._raw.pgconn.send_prepare(name, _numbered(text))
            self._sent.append(_Sent(text, name))
        self._raw.pgconn.send_query_prepared(name, values, result_format=pq.Format.BINARY)
        self._sent.append(_Sent(is_asked=True))

    def push(self) -> None:
        """Send what was put, as far as the server takes it now, and do not wait."""
        self._raw.pgconn.flush()

    def land(self, *, commit: bool) -> list[Rows]:
        """Send the rest, wait for all answers and return the rows of each statement."""
        if commit:
            self._raw.pgconn.send_query_params(b"COMMIT", None)
            self._sent.append(_Sent())
        self._raw.pgconn.pipeline_sync()
        return self._raw.wait(self._landing())

    def leave(self) -> None:
        """Give the connection back; one whose flight did not land is of no use any more and is closed."""
        try:
            if self._raw.pgconn.status == pq.ConnStatus.OK:
                self._raw.pgconn.exit_pipeline_mode()
            else:
                self._raw.pgconn.finish()
        except psycopg.OperationalError:
            self._raw.pgconn.finish()
        finally:
            self._raw.lock.release()

    def _landing(self) -> Generator[Wait, Ready | int, list[Rows]]:
        yield from _flush(self._raw.pgconn)
        return (yield from _answers(self._raw, self._sent))


def _flush(wire: Any) -> Generator[Wait, Ready | int, None]:
    """Send until nothing is left to send, reading meanwhile lest both sides wait for the other to read."""
    while wire.flush():
        ready = yield Wait.RW
        if ready & Ready.R:
            wire.consume_input()


def _answers(raw: psycopg.Connection[Any], sent: Sequence[_Sent]) -> Generator[Wait, Ready | int, list[Rows]]:
    """The rows of each statement, after the answers to all have been read; the first failure is raised."""
    convert = Transformer(raw)
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


def _rows(convert: Convert, result: Any) -> Rows:
    if result.status not in _STATES_OF_ROWS or not result.ntuples:
        return []
    convert.set_pgresult(result)
    return convert.load_rows(0, result.ntuples, tuple)


def _as_text(convert: Convert, params: Sequence[Any]) -> Params:
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

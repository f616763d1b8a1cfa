"""The client: one method for each operation of the API (see calls.py), over one connection pool."""

from __future__ import annotations

from types import TracebackType
from typing import Self

import httpx

from .calls import Calls
from .transport import Transport


class Client(Calls):
    """Calls one installation with one key. Use it in a `with` statement, or close it."""

    def __init__(
        self,
        address: str,
        *,
        key: str,
        timeout: float = 30.0,
        tries: int = 4,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """`address` such as http://127.0.0.1:8400; `timeout` in seconds; `tries` are all tries of a repeatable call."""
        super().__init__(Transport(address, key=key, timeout=timeout, tries=tries, transport=transport))

    def close(self) -> None:
        """Give the connections back."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

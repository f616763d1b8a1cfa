"""How calls travel: keys, retries that cannot do anything twice, pages, and refusals as exceptions."""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Generic, TypeVar

import httpx

Row = TypeVar("Row")

PREFIX = "/api/v1"
LATER = frozenset({429, 502, 503, 504})
# Members of a problem that a refusal has names of its own for.
NAMED = frozenset({"type", "title", "detail", "name"})
FIRST_PAUSE = 0.2
LONGEST_PAUSE = 10.0


class Refused(Exception):
    """The installation said no. `name` is the refusal, `values` what belongs to it (field, value, limit ...)."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        self.status = status
        self.name = str(problem.get("name", "unknown"))
        self.says = str(problem.get("detail", ""))
        self.values = {
            name: value for name, value in problem.items() if name not in ("type", "title", "detail", "name")
        }
        super().__init__(f"{self.name}: {self.says}")


class Unreachable(Exception):
    """No answer came, however often it was tried; whether the call was done is not known."""


class Pages(Generic[Row]):
    """The rows of a long list; the next page is fetched when it is needed. Each iteration starts anew."""

    def __init__(self, transport: Transport, path: str, query: Mapping[str, Any]) -> None:
        self._transport = transport
        self._path = path
        self._query = query

    def __iter__(self) -> Iterator[Row]:
        answer = self._transport.send("GET", self._path, query=self._query, repeatable=True)
        while True:
            yield from answer.json()
            following = answer.links.get("next")
            if following is None:
                return
            answer = self._transport.send("GET", following["url"].removeprefix(PREFIX), repeatable=True)


class Transport:
    """One installation, one key, one pool of connections."""

    def __init__(
        self, address: str, *, key: str, timeout: float, tries: int, transport: httpx.BaseTransport | None = None
    ) -> None:
        assert tries >= 1
        self._tries = tries
        self._http = httpx.Client(
            base_url=address.rstrip("/"),
            timeout=timeout,
            transport=transport,
            headers={"Authorization": f"Bearer {key}", "Accept": "application/json"},
        )

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def call(self, method: str, path: str, **how: Any) -> Any:
        """Send a call and return the JSON of its answer (None if there is none)."""
        answer = self.send(method, path, **how)
        return answer.json() if answer.content else None

    def send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        content: bytes | Iterable[bytes] | None = None,
        media_type: str = "application/json",
        version: int | None = None,
        once: bool = False,
        idempotency_key: str | None = None,
        repeatable: bool = False,
    ) -> httpx.Response:
        """Send a call; again if it may be repeated and was not answered. Raises Refused, Unreachable."""
        headers = {}
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        if once:
            headers["Idempotency-Key"] = idempotency_key or str(uuid.uuid4())
        if content is not None:
            headers["Content-Type"] = media_type
        given = {name: value for name, value in (query or {}).items() if value is not None}
        # A stream can be read once only.
        again = repeatable and (content is None or isinstance(content, bytes))
        for attempt in range(1, self._tries + 1):
            last = attempt == self._tries
            try:
                answer = self._http.request(
                    method, PREFIX + path, params=given or None, json=body, content=content, headers=headers
                )
            except httpx.ConnectError as error:
                # Nothing was sent, so anything may be tried again.
                if last:
                    raise Unreachable(str(error)) from error
            except httpx.TransportError as error:
                if last or not again:
                    raise Unreachable(str(error)) from error
            else:
                if answer.status_code not in LATER or last or not (again or answer.status_code == 429):
                    return _checked(answer)
                time.sleep(_asked_pause(answer))
                continue
            time.sleep(_pause(attempt))
        raise AssertionError("the last attempt returns or raises")

    def stream(self, path: str, *, query: Mapping[str, Any] | None = None) -> Iterator[bytes]:
        """The lines of a file, as they come."""
        given = {name: value for name, value in (query or {}).items() if value is not None}
        with self._http.stream("GET", PREFIX + path, params=given or None) as answer:
            if answer.is_error:
                answer.read()
                _checked(answer)
            yield from answer.iter_bytes()


def _checked(answer: httpx.Response) -> httpx.Response:
    if not answer.is_error:
        return answer
    try:
        problem = answer.json()
    except ValueError:
        problem = {"detail": answer.text[:200]}
    raise Refused(answer.status_code, problem if isinstance(problem, dict) else {})


def _asked_pause(answer: httpx.Response) -> float:
    asked = answer.headers.get("Retry-After", "")
    return min(float(asked), LONGEST_PAUSE) if asked.isdigit() else FIRST_PAUSE


def _pause(attempt: int) -> float:
    return float(min(FIRST_PAUSE * 2 ** (attempt - 1), LONGEST_PAUSE)) * random.uniform(0.5, 1.0)

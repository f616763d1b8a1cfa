"""Settle together what waits together: what arrives while one batch is under way is the next batch.

No timer: a lone call is settled at once, and under load batches grow by themselves. Each call is
answered after its batch has been committed, and the queue has an end.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from django.db import connection

from backorder.journal.refusals import Refused

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")

log = logging.getLogger(__name__)


class Settler(Generic[Asked, Answer]):
    """Hands calls of an event loop to `settle`, up to `most` together, in `threads` threads of its own.

    With two threads one decides while the other waits for its commit. `settle` returns one answer per
    call in the same order; an exception as an answer is raised to its caller, and one that `settle`
    itself raises goes to all of its batch.
    """

    def __init__(
        self,
        settle: Callable[[Sequence[Asked]], Sequence[Answer | Exception]],
        *,
        most: int,
        queue: int,
        name: str,
        threads: int = 1,
    ) -> None:
        self._settle = settle
        self._most = most
        self._queue = queue
        self._name = name
        self._waiting: deque[tuple[Asked, asyncio.Future[Answer]]] = deque()
        self._has_work = threading.Condition()
        self._threads = [threading.Thread(target=self._run, name=name, daemon=True) for _ in range(threads)]
        self._has_begun = False

    async def ask(self, asked: Asked) -> Answer:
        """Wait for the answer to one call. Refused (503) when the queue is full."""
        if len(self._waiting) >= self._queue:
            raise Refused("too_busy", "More calls wait than can be answered; try again.", status=503, retry_after=1)
        answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        with self._has_work:
            self._waiting.append((asked, answered))
            self._begin()
            self._has_work.notify()
        return await answered

    def _begin(self) -> None:
        if not self._has_begun:
            self._has_begun = True
            for thread in self._threads:
                thread.start()

    def _run(self) -> None:
        while True:
            with self._has_work:
                while not self._waiting:
                    self._has_work.wait()
                batch = [self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))]
            answers = self._answers([asked for asked, _ in batch])
            loop = batch[0][1].get_loop()
            loop.call_soon_threadsafe(_deliver, [answered for _, answered in batch], answers)

    def _answers(self, asked: list[Asked]) -> Sequence[Answer | Exception]:
        try:
            answers = self._settle(asked)
        except Exception as failure:
            log.warning("%s: a batch of %d failed: %s", self._name, len(asked), failure)
            connection.close_if_unusable_or_obsolete()  # After a restart of the database this thread's is dead.
            return [failure] * len(asked)
        assert len(answers) == len(asked)
        return answers


def _deliver(futures: list[asyncio.Future[Answer]], answers: Sequence[Answer | Exception]) -> None:
    for answered, answer in zip(futures, answers, strict=True):
        if answered.done():
            continue  # The caller has gone; what was settled stays settled, and a retry will find it.
        if isinstance(answer, Exception):
            answered.set_exception(answer)
        else:
            answered.set_result(answer)

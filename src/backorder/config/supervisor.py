"""Keeps the three parts of an installation alive: database, worker and web server.

Each is a process of its own. One that dies is started again, at once the first time and with growing pauses if it
keeps dying. Stopping goes from the outside in: web, worker, database, so that nothing loses what it stands on.
"""

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

LOOK_SECONDS = 0.2
STOP_SECONDS = 20
HEALTHY_SECONDS = 10
LONGEST_PAUSE_SECONDS = 30
SUPERVISED = "BACKORDER_SUPERVISED"

log = logging.getLogger(__name__)


@dataclass
class Part:
    """A child process that shall run: its command, and what became of it."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    deaths: int = 0
    not_before: float = field(default=0.0)

    def start(self) -> None:
        """Start the child. It reads our end of a pipe, and so notices when we are gone, however we went."""
        self.process = subprocess.Popen(
            self.command,
            stdin=subprocess.PIPE,
            env={**os.environ, SUPERVISED: "1"},
            start_new_session=True,
        )
        self.started_at = time.monotonic()

    def look(self) -> None:
        """Start the child again if it died, after a pause that grows while it keeps dying young."""
        if self.process is None or self.process.poll() is None:
            return
        now = time.monotonic()
        if not self.not_before:
            self.deaths = 1 if now - self.started_at > HEALTHY_SECONDS else self.deaths + 1
            self.not_before = now + pause(self.deaths)
            _close_pipe(self.process)
            log.warning("%s ended with code %s; it is started again", self.name, self.process.returncode)
        if now >= self.not_before:
            self.not_before = 0.0
            self.start()

    def stop(self) -> None:
        """Ask the child to finish, and end it if it does not."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            log.warning("%s did not stop within %s seconds and is killed", self.name, STOP_SECONDS)
            self.process.kill()
            self.process.wait()
        _close_pipe(self.process)
        self.process = None


def pause(deaths: int) -> float:
    """Return for how many seconds to wait before a start, after so many deaths in a row: 0, 1, 3, 6 ... 30."""
    return min(LONGEST_PAUSE_SECONDS, deaths * (deaths - 1) / 2)


def program(*arguments: str) -> list[str]:
    """Return the command line of another `backorder` command, run by this very Python."""
    return [sys.executable, "-m", "backorder.cli", *arguments]


def supervise(parts: Sequence[Part], *, stop: threading.Event, mend: Callable[[], None]) -> None:
    """Keep the parts running until `stop` is set, then stop the last one first. `mend` brings the database back."""
    try:
        for part in parts:
            part.start()
        while not stop.wait(LOOK_SECONDS):
            mend()
            for part in parts:
                part.look()
    finally:
        for part in reversed(parts):
            part.stop()


def stop_on_signals() -> threading.Event:
    """Return an event that SIGINT and SIGTERM set. A second signal changes nothing: stopping is under way."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop


def end_with_the_supervisor() -> None:
    """In a child: once the supervisor is gone, end as if SIGTERM had come. Elsewhere: do nothing."""
    if os.environ.get(SUPERVISED) == "1":
        threading.Thread(target=_wait_for_the_end, name="supervisor-watch", daemon=True).start()


def _wait_for_the_end() -> None:
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def _close_pipe(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    process.stdin.close()

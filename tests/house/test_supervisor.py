"""The supervisor: what dies is started again, what stops stops in order, and nothing outlives it."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from backorder.config import supervisor
from backorder.config.supervisor import Part

# A part that notes its start and its end, and obeys SIGTERM.
PART = """
import pathlib, signal, sys, time
def note(word):
    with open(sys.argv[2], "a") as file:
        file.write(f"{word} {sys.argv[1]}\\n")
def end(*_):
    note("stop")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
note("start")
while True:
    time.sleep(0.02)
"""


@pytest.fixture
def notes(tmp_path):
    return tmp_path / "notes"


def part(name: str, notes: Path) -> Part:
    return Part(name, [sys.executable, "-c", PART, name, str(notes)])


def wait_for(question, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not question():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


def lines(notes: Path) -> list[str]:
    return notes.read_text().splitlines() if notes.exists() else []


@pytest.fixture
def supervised(notes):
    """Two parts under supervision, until the test ends."""
    parts, stop, mended = [part("worker", notes), part("web", notes)], threading.Event(), []
    thread = threading.Thread(
        target=supervisor.supervise, args=(parts,), kwargs={"stop": stop, "mend": lambda: mended.append(1)}
    )
    thread.start()
    wait_for(lambda: {"start worker", "start web"} <= set(lines(notes)))
    yield parts, stop, thread, mended
    stop.set()
    thread.join()


def test_parts_stop_from_the_outside_in(supervised, notes):
    _, stop, thread, _ = supervised
    stop.set()
    thread.join()
    assert lines(notes)[-2:] == ["stop web", "stop worker"]


def test_a_killed_part_is_started_again_and_the_other_is_left_alone(supervised, notes):
    (worker, web), _, _, mended = supervised
    before = worker.process.pid
    web.process.kill()
    wait_for(lambda: lines(notes).count("start web") == 2)
    assert lines(notes).count("start worker") == 1
    assert worker.process.pid == before
    assert mended


def test_pauses_grow_while_a_part_keeps_dying():
    assert [supervisor.pause(deaths) for deaths in (1, 2, 3, 4, 5, 100)] == [0, 1, 3, 6, 10, 30]


def test_a_part_that_keeps_dying_is_started_after_its_pause():
    dying = Part("web", [sys.executable, "-c", "raise SystemExit(3)"])
    dying.start()
    first = dying.process
    first.wait()
    dying.look()
    second = dying.process
    assert (dying.deaths, second is first) == (1, False)
    second.wait()
    dying.look()
    assert (dying.deaths, dying.process is second) == (2, True)
    dying.not_before = time.monotonic() - 1
    dying.look()
    assert (dying.deaths, dying.process is second) == (2, False)
    dying.stop()


def test_a_part_that_does_not_obey_is_killed(monkeypatch):
    monkeypatch.setattr(supervisor, "STOP_SECONDS", 0.2)
    deaf = Part(
        "web",
        [
            sys.executable,
            "-c",
            "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); time.sleep(60)",
        ],
    )
    deaf.start()
    process = deaf.process
    time.sleep(0.5)
    deaf.stop()
    assert process.returncode in {-9, -15}
    assert deaf.process is None


def test_a_child_ends_when_its_supervisor_is_killed(tmp_path):
    child = "from backorder.config import supervisor as s; import time; s.end_with_the_supervisor(); time.sleep(60)"
    parent = (
        "import sys, time; from backorder.config.supervisor import Part\n"
        f"part = Part('web', [sys.executable, '-c', {child!r}]); part.start()\n"
        "print(part.process.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE, text=True) as process:
        child_process = psutil.Process(int(process.stdout.readline()))
        process.kill()
    wait_for(lambda: not child_process.is_running() or child_process.status() == psutil.STATUS_ZOMBIE)

"""`backorder serve`: everything from one command, back after whatever is killed, gone when it is stopped."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path

import psutil
import psycopg
import pytest

from backorder.cli.house import is_answering, web_address
from backorder.config import embedded, installation, server
from tests.house.conftest import PATIENCE_SECONDS, wait_for


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Served:
    """A `backorder serve` of this test, with what it said."""

    def __init__(self, data: Path) -> None:
        self.data, self.port, self.said = data, free_port(), []
        self.address = web_address("127.0.0.1", self.port)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "backorder.cli", "serve", "--port", str(self.port)],
            env={**os.environ, "BACKORDER_DATA": str(data)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.reader = threading.Thread(target=lambda: self.said.extend(self.process.stdout))
        self.reader.start()

    def text(self) -> str:
        return "".join(self.said)

    def parts(self) -> dict[str, psutil.Process]:
        """Return its children that live: web and worker; others it has for an instant only."""
        found = {}
        for child in psutil.Process(self.process.pid).children():
            with contextlib.suppress(psutil.Error):
                words = set(child.cmdline())
                found |= {name: child for name, command in (("web", "web"), ("worker", "work")) if command in words}
        return found

    def wait_until_ready(self) -> None:
        wait_for(lambda: "answers at" in self.text() or self.process.poll() is not None, self.text)
        assert self.process.poll() is None, self.text()

    def stop(self, number: int = signal.SIGINT) -> str:
        self.process.send_signal(number)
        return self.end()

    def end(self) -> str:
        self.process.wait(PATIENCE_SECONDS)
        self.reader.join()
        self.process.stdout.close()
        return self.text()


def is_dead(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


@pytest.fixture(scope="module")
def served(running):
    """One served installation for the tests that leave it as they found it: answering."""
    found = Served(running)
    try:
        found.wait_until_ready()
        yield found
    finally:
        if found.process.poll() is None:
            found.stop()


def test_it_answers_and_tells_its_address_and_first_key(served):
    text = served.text()
    assert f"backorder answers at {served.address} " in text
    token = re.search(r"first API key, shown only now: (bo_\w+_\S+)", text)[1]
    request = urllib.request.Request(f"{served.address}/api/v1/items", headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status == 200
    with urllib.request.urlopen(f"{served.address}/healthz", timeout=30) as answer:
        assert answer.read() == b'{"status": "ok", "version": "0.1.0"}'


def test_a_second_serve_on_the_same_data_is_refused(served):
    second = Served(served.data)
    text = second.end()
    assert second.process.returncode == 1
    assert text == (
        f"Error: The data in {served.data} are already being served: process {served.process.pid}, {served.address}.\n"
    )
    assert is_answering(served.address)


def test_an_address_in_use_is_refused(served):
    with pytest.raises(server.AddressInUse, match=f"Cannot listen on 127.0.0.1:{served.port}: Address already in use"):
        server.claim("127.0.0.1", served.port)


def test_a_restore_is_refused_while_it_serves(served, command, tmp_path):
    file = tmp_path / "all.dump"
    assert command(served.data, "backup", str(file)).returncode == 0
    done = command(served.data, "restore", str(file), "--force")
    assert (done.returncode, done.stderr) == (
        1,
        "Error: The installation is being served. Stop it first (Ctrl-C), then restore.\n",
    )


@pytest.mark.parametrize("name", ["web", "worker"])
def test_a_killed_part_comes_back_by_itself(served, name):
    before = served.parts()
    before[name].kill()
    wait_for(lambda: is_dead(before[name]))
    wait_for(lambda: set(served.parts()) == {"web", "worker"} and is_answering(served.address), served.text)
    after = served.parts()
    other = "worker" if name == "web" else "web"
    assert after[name].pid != before[name].pid
    assert after[other].pid == before[other].pid


def test_a_killed_database_comes_back_by_itself_and_keeps_what_was_committed(served):
    with psycopg.connect(embedded.url(served.data)) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS survivor AS SELECT 42 AS answer")
    killed = psutil.Process(embedded.process_id(served.data))
    killed.kill()
    wait_for(lambda: is_dead(killed))
    wait_for(lambda: embedded.is_running(served.data) and is_answering(served.address), served.text)
    with psycopg.connect(embedded.url(served.data)) as connection:
        assert connection.execute("SELECT answer FROM survivor").fetchone() == (42,)
    wait_for(lambda: set(served.parts()) == {"web", "worker"}, served.text)


def test_every_thread_answers_again_after_the_database_was_restarted(served):
    embedded.stop(served.data)
    wait_for(lambda: embedded.is_running(served.data) and is_answering(served.address), served.text)
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(is_answering(served.address))) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [True] * 40


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_stopping_ends_everything_and_a_second_start_goes_on(data_folder, number):
    first = Served(data_folder)
    first.wait_until_ready()
    parts = first.parts()
    with psycopg.connect(embedded.url(data_folder)) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    text = first.stop(number)
    assert first.process.returncode == 0
    assert text.endswith("Stopped. Start again to go on where it was.\n")
    assert "Traceback" not in text
    assert [name for name, part in parts.items() if not is_dead(part)] == []
    assert not embedded.is_running(data_folder)
    assert not installation.is_served(data_folder)

    second = Served(data_folder)
    second.wait_until_ready()
    with psycopg.connect(embedded.url(data_folder)) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)
    assert "first API key" not in second.text()
    second.stop(number)


def test_after_kill_9_of_serve_itself_nothing_stays_and_it_starts_again(data_folder):
    first = Served(data_folder)
    first.wait_until_ready()
    parts = first.parts()
    first.process.kill()
    first.end()
    wait_for(lambda: all(is_dead(part) for part in parts.values()))
    second = Served(data_folder)
    second.wait_until_ready()
    assert is_answering(second.address)
    assert second.stop().endswith("Stopped. Start again to go on where it was.\n")


def test_web_and_worker_run_alone_and_the_last_one_stops_the_database(data_folder, command):
    assert command(data_folder, "migrate").returncode == 0
    port = free_port()
    arguments = {"web": ["web", "--port", str(port)], "work": ["work"]}
    environment = {**os.environ, "BACKORDER_DATA": str(data_folder)}
    processes = {
        name: subprocess.Popen([sys.executable, "-m", "backorder.cli", *words], env=environment)
        for name, words in arguments.items()
    }
    wait_for(lambda: is_answering(web_address("127.0.0.1", port)))
    processes["web"].send_signal(signal.SIGINT)
    assert processes["web"].wait(PATIENCE_SECONDS) == 0
    assert embedded.is_running(data_folder)
    processes["work"].send_signal(signal.SIGTERM)
    assert processes["work"].wait(PATIENCE_SECONDS) == 0
    assert not embedded.is_running(data_folder)

"""What tests of the house share: installations of their own, and other users of this machine."""

import multiprocessing
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from backorder.config import embedded

OTHER_USER = "backorder-test"
PATIENCE_SECONDS = 90


def wait_for(question: Callable[[], object], explain: Callable[[], str] = lambda: "") -> None:
    """Return as soon as the answer is yes; on a busy machine that takes a while."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not question():
        assert time.monotonic() < deadline, f"it did not happen {explain()}"
        time.sleep(0.02)


@pytest.fixture
def data_folder() -> Iterator[Path]:
    """A data folder of this test alone; whatever runs on it is stopped in the end."""
    above = _short_folder()
    data = above / "data"
    yield data
    embedded.stop(data)
    shutil.rmtree(above)


@pytest.fixture(scope="module")
def running(request: pytest.FixtureRequest) -> Iterator[Path]:
    """A data folder whose database runs; tests that share it leave it running."""
    above = _short_folder()
    data = above / "data"
    embedded.start(data)
    yield data
    embedded.stop(data)
    shutil.rmtree(above)


@dataclass(frozen=True)
class Done:
    """How a command ended and what it said."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture(scope="session")
def command() -> Callable[..., Done]:
    """Run `backorder ARGUMENTS` on a data folder, in a process of its own, and return how it ended.

    The processes are forked from one that has imported what takes long to import and done nothing else.
    """
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload(
        ["backorder.cli", "backorder.config.installation", "django.contrib.postgres.fields", "rich"]
    )

    def run(data: Path, *arguments: str, **environment: str) -> Done:
        wanted = {**os.environ, "BACKORDER_DATA": str(data), **environment}
        with tempfile.TemporaryDirectory() as folder:
            process = server.Process(target=_run_command, args=(arguments, wanted, folder))
            process.start()
            process.join(120)
            assert process.exitcode is not None, f"backorder {arguments} did not end"
            stdout, stderr = ((Path(folder) / name).read_text() for name in ("stdout", "stderr"))
            return Done(process.exitcode, stdout, stderr)

    return run


def _run_command(arguments: Sequence[str], environment: dict[str, str], folder: str) -> None:
    os.environ.clear()
    os.environ.update(environment)
    for descriptor, name in ((1, "stdout"), (2, "stderr")):
        os.dup2(os.open(f"{folder}/{name}", os.O_WRONLY | os.O_CREAT), descriptor)
    from backorder.cli import main

    main(args=list(arguments), prog_name="backorder")


def other_user() -> pwd.struct_passwd | None:
    """Return an ordinary user of this machine who is neither we nor the database's; None if we may not make one."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(OTHER_USER)
    except KeyError:
        subprocess.run(["useradd", "--system", "--no-create-home", "--user-group", OTHER_USER], check=True)
        return pwd.getpwnam(OTHER_USER)


def as_user(user: pwd.struct_passwd, what: Callable[[], str]) -> str:
    """Return what `what` returns, or the name of what it raises, when another user of this machine does it."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        os.setgroups([])
        os.setgid(user.pw_gid)
        os.setuid(user.pw_uid)
        try:
            answer = what()
        except BaseException as error:
            answer = f"{type(error).__name__}: {error}"
        os.write(write_end, answer.encode()[:60_000])
        os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end, "rb") as answer_file:
        answer = answer_file.read().decode()
    os.waitpid(child, 0)
    return answer


def _short_folder() -> Path:
    # pytest's own folders are closed to the system user whom root lends to the database, and long for a socket.
    folder = Path(tempfile.mkdtemp(prefix="house-", dir=os.environ["BACKORDER_TEST_RUN"]))
    folder.chmod(0o711)
    return folder

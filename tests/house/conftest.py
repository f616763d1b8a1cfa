"""What tests of the house share: installations of their own, and other users of this machine."""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from backorder.config import embedded

OTHER_USER = "backorder-test"


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


@pytest.fixture
def command() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run `backorder ARGUMENTS` on a data folder and return how it ended."""

    def run(data: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "backorder.cli", *arguments],
            env={**os.environ, "BACKORDER_DATA": str(data), **environment},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


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

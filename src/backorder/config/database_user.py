"""As whom the embedded database runs. PostgreSQL refuses to run as root, so root lends it an unprivileged system user.

That user must be able to reach the data and the programs; where a folder above is closed to it (root's home, say),
nothing is opened up: the data then lie under /var/lib/backorder, with a link in their usual place.
"""

import os
import pwd
import shutil
import stat
import subprocess
import uuid
from dataclasses import dataclass
from pathlib import Path

NAME = "backorder-db"
OUTSIDE = Path("/var/lib/backorder")


@dataclass(frozen=True)
class SystemUser:
    """Who runs the server when root starts it."""

    uid: int
    gid: int


def choose() -> SystemUser | None:
    """Return the system user to run a new server as, made if needed; None means whoever we are.

    Raises RuntimeError when root has no means to make one.
    """
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam(NAME)
    except KeyError:
        entry = _make()
    return SystemUser(entry.pw_uid, entry.pw_gid)


def owner_of(home: Path) -> SystemUser | None:
    """Return the system user to run an existing server as: the owner of its data, when we are root."""
    if os.geteuid() != 0:
        return None
    found = home.stat()
    return SystemUser(found.st_uid, found.st_gid)


def give(path: Path, user: SystemUser | None) -> None:
    """Make a file or folder the database's own."""
    if user is not None:
        os.chown(path, user.uid, user.gid)


def place_for(wanted: Path, user: SystemUser | None) -> Path:
    """Return where new data shall lie: `wanted`, or a folder of its own outside if `user` cannot reach that."""
    if user is not None and can_reach(wanted.parent.parent, user):
        # The data folder itself is ours; the database may pass through it but not look around.
        wanted.parent.chmod(0o711)
    if can_reach(wanted, user):
        return wanted
    place = OUTSIDE / uuid.uuid4().hex[:12] / "postgres"
    place.parent.mkdir(parents=True, mode=0o755)
    return place


def can_reach(path: Path, user: SystemUser | None) -> bool:
    """Return whether `user` may pass through every folder above `path`."""
    return user is None or all(_may_enter(folder, user) for folder in path.absolute().parents)


def _may_enter(folder: Path, user: SystemUser) -> bool:
    try:
        found = folder.stat()
    except FileNotFoundError:
        return True
    if found.st_uid == user.uid:
        return bool(found.st_mode & stat.S_IXUSR)
    if found.st_gid == user.gid:
        return bool(found.st_mode & stat.S_IXGRP)
    return bool(found.st_mode & stat.S_IXOTH)


def _make() -> pwd.struct_passwd:
    program = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if program is None:
        raise RuntimeError(
            f"PostgreSQL does not run as root and there is no useradd to make the system user {NAME}: "
            "start backorder as an ordinary user, or set DATABASE_URL."
        )
    # Two starts at once: the second useradd fails, and then the user is there.
    subprocess.run(
        [
            program,
            "--system",
            "--user-group",
            "--no-create-home",
            "--home-dir",
            "/",
            "--shell",
            "/usr/sbin/nologin",
            NAME,
        ],
        capture_output=True,
        check=False,
    )
    return pwd.getpwnam(NAME)

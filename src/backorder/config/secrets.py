"""The secrets of an installation: made once, kept in one file that only its owner may read.

Reading never creates anything, so that settings may be imported (by a type checker, say) without side effects.
"""

import json
import os
import secrets
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

FILE_NAME = "secrets.json"


@dataclass(frozen=True)
class Secrets:
    """What must survive a restart and never be shown."""

    secret_key: str
    database_password: str
    superuser_password: str

    def __repr__(self) -> str:
        return "Secrets(***)"


def data_folder() -> Path:
    """Return where this installation keeps its data: BACKORDER_DATA, or ./.backorder."""
    return Path(os.environ.get("BACKORDER_DATA") or ".backorder").expanduser().absolute()


def read(data: Path) -> Secrets | None:
    """Return the secrets of an installation, or None when it does not exist yet."""
    try:
        return Secrets(**json.loads((data / FILE_NAME).read_text()))
    except FileNotFoundError:
        return None


def ensure(data: Path) -> Secrets:
    """Return the secrets of an installation, made now if there are none. Two starts at once agree on one set."""
    found = read(data)
    if found is not None:
        return found
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write_once(data, generate())
    found = read(data)
    assert found is not None, f"{data / FILE_NAME} vanished while it was being made"
    return found


def generate() -> Secrets:
    """Return fresh random secrets, kept nowhere."""
    return Secrets(secrets.token_urlsafe(48), secrets.token_urlsafe(24), secrets.token_urlsafe(24))


def _write_once(data: Path, made: Secrets) -> None:
    # mkstemp creates with mode 0600; link() fails if another process was first, and then its secrets stand.
    handle, temporary = tempfile.mkstemp(dir=data, prefix=".secrets-")
    try:
        with os.fdopen(handle, "w") as file:
            json.dump(asdict(made), file)
            file.flush()
            os.fsync(file.fileno())
        os.link(temporary, data / FILE_NAME)
    except FileExistsError:
        pass
    finally:
        os.unlink(temporary)

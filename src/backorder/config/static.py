"""Style, icons and script of the pages: under names that carry a hash of their content, so browsers keep them for good.

No build step: the files are read where they lie, in `look/` and in the rooms' `static/` folders, once per process.
"""

from __future__ import annotations

import hashlib
import posixpath
from functools import cache
from pathlib import Path

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage
from whitenoise.middleware import WhiteNoiseMiddleware

HASH_CHARACTERS = 12


class Storage(StaticFilesStorage):
    """Gives each file the address that carries its hash; a file that does not exist is a programmer's error."""

    def url(self, name: str | None) -> str:
        """The address of a static file."""
        assert name, "a static file has a name"
        return super().url(hashed_name(name))


class Middleware(WhiteNoiseMiddleware):  # type: ignore[misc]
    """Serves every static file under its hashed name, forever cacheable, and under its plain one."""

    def add_file_to_dictionary(self, url: str, path: str, stat_cache: dict[str, object] | None = None) -> None:
        """Hang a file in under both names."""
        super().add_file_to_dictionary(url, path, stat_cache=stat_cache)
        name = url.removeprefix(self.static_prefix)
        super().add_file_to_dictionary(self.static_prefix + hashed_name(name), path, stat_cache=stat_cache)

    def immutable_file_test(self, path: str, url: str) -> bool:
        """Is this an address whose content never changes?"""
        stem, _ = posixpath.splitext(url)
        mark = posixpath.splitext(stem)[1].removeprefix(".")
        return len(mark) == HASH_CHARACTERS and mark == _mark(str(path))


@cache
def hashed_name(name: str) -> str:
    """`console/console.js` as `console/console.0123456789ab.js`."""
    path = finders.find(name)
    assert isinstance(path, str), f"there is no static file {name}"
    stem, ending = posixpath.splitext(name)
    return f"{stem}.{_mark(path)}{ending}"


@cache
def _mark(path: str) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:HASH_CHARACTERS]
